#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "graph/value_type.h"
#include "tensor/tensor.h"

namespace vernier {

class Graph;
using GraphPtr = std::shared_ptr<Graph>;  // shared: clones of a graph share unchanged bodies

/// A node attribute, every ONNX kind. Sparse tensors are kept as (values, indices, dims).
struct SparseTensor {
  Tensor values;
  Tensor indices;
  Shape dims;
};
using AttributeValue =
    std::variant<std::int64_t, float, std::string, Tensor, SparseTensor, ValueType, GraphPtr,
                 std::vector<std::int64_t>, std::vector<float>, std::vector<std::string>,
                 std::vector<Tensor>, std::vector<SparseTensor>, std::vector<ValueType>,
                 std::vector<GraphPtr>>;
struct Attribute {
  std::string name;
  AttributeValue value;
};

/// Hands the attributes of one node to OpDef::parse and remembers which were read, so that an
/// attribute that nobody read becomes an error. The typed getters return the default when the
/// attribute is absent and an error (invalid_model, E-MODEL-ATTR) when its type is wrong.
class AttrReader {
 public:
  explicit AttrReader(const std::vector<Attribute>& attributes)
      : attributes_(attributes), read_(attributes.size(), false) {}

  [[nodiscard]] bool has(std::string_view name) const;
  Result<std::int64_t> get_int(std::string_view name, std::int64_t fallback);
  /// Int restricted to [low, high].
  Result<std::int64_t> get_int_in(std::string_view name, std::int64_t fallback, std::int64_t low,
                                  std::int64_t high);
  Result<bool> get_bool(std::string_view name, bool fallback);
  Result<float> get_float(std::string_view name, float fallback);
  Result<std::string> get_string(std::string_view name, std::string fallback);
  Result<std::vector<std::int64_t>> get_ints(std::string_view name,
                                             std::vector<std::int64_t> fallback = {});
  Result<std::vector<float>> get_floats(std::string_view name, std::vector<float> fallback = {});
  Result<std::vector<std::string>> get_strings(std::string_view name,
                                               std::vector<std::string> fallback = {});
  /// nullopt when absent.
  Result<std::optional<Tensor>> get_tensor(std::string_view name);
  /// A dtype given as its ONNX number; `fallback` when absent.
  Result<DType> get_dtype(std::string_view name, DType fallback);
  /// nullptr when absent. Subgraph attributes are also listed in Node::subgraphs by the importer.
  Result<GraphPtr> get_graph(std::string_view name);

  /// Marks an attribute as known and without meaning for vernier (documentation of exporters).
  void ignore(std::string_view name);
  /// Names that nobody read, sorted.
  [[nodiscard]] std::vector<std::string> unread() const;

 private:
  template <class T>
  Result<const T*> find(std::string_view name, const char* kind);
  const std::vector<Attribute>& attributes_;
  std::vector<bool> read_;
};

}  // namespace vernier
