#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/budget.h"
#include "base/file.h"
#include "base/result.h"
#include "graph/attribute.h"
#include "onnx/wire.h"
#include "tensor/tensor.h"

namespace vernier::onnx {

/// What reading tensors needs: who keeps the bytes alive, where external data may lie, the budget.
class TensorSource {
 public:
  /// `origin` is the start of the file (for error offsets). `owner` keeps it alive. An empty
  /// `directory` refuses external data.
  /// `file_backed`: the bytes are a file mapping, whose pages may be dropped after use.
  TensorSource(const std::byte* origin, std::shared_ptr<const void> owner, std::string directory,
               std::shared_ptr<MemoryBudget> budget, bool file_backed = false)
      : file_backed_(file_backed),
        origin_(origin),
        owner_(std::move(owner)),
        directory_(std::move(directory)),
        budget_(std::move(budget)) {}

  [[nodiscard]] const std::byte* origin() const noexcept { return origin_; }
  [[nodiscard]] const std::shared_ptr<const void>& owner() const noexcept { return owner_; }
  [[nodiscard]] const std::shared_ptr<MemoryBudget>& budget() const noexcept { return budget_; }
  [[nodiscard]] bool file_backed() const noexcept { return file_backed_; }
  /// The external data file `location` beneath the directory, mapped once.
  Result<std::shared_ptr<const MappedFile>> external(const std::string& location);

 private:
  bool file_backed_;
  const std::byte* origin_;
  std::shared_ptr<const void> owner_;
  std::string directory_;
  std::shared_ptr<MemoryBudget> budget_;
  std::map<std::string, std::shared_ptr<const MappedFile>> files_;
};

struct NamedTensor {
  std::string_view name;  ///< a view into the message
  Tensor tensor;
};

/// Reads a serialized onnx.TensorProto of any element type. Raw data of whole-byte types stays a
/// view into the file, except that misaligned data up to 64 KiB is copied; everything else (typed
/// fields, packed 4/2-bit payloads, strings, bools with other bytes than 0 and 1) is converted
/// under the budget. The payload must have exactly the declared size. Errors: invalid_model
/// E-MODEL-PARSE, E-MODEL-TENSOR, E-MODEL-DTYPE, E-MODEL-SHAPE, E-MODEL-EXTERNAL, limit,
/// unsupported (segments).
Result<NamedTensor> read_tensor(Bytes message, TensorSource& source);

struct NamedSparseTensor {
  std::string_view name;
  SparseTensor tensor;
};
/// Reads a serialized onnx.SparseTensorProto (indices linear or per axis, sorted, in range).
Result<NamedSparseTensor> read_sparse_tensor(Bytes message, TensorSource& source);

/// The dense tensor of a sparse one, allocated under `budget`.
Result<Tensor> densify(const SparseTensor& sparse, const std::shared_ptr<MemoryBudget>& budget);

}  // namespace vernier::onnx
