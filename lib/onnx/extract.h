#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "graph/value_type.h"
#include "onnx/import.h"
#include "onnx/wire.h"

namespace vernier::onnx {

/// A node of the main graph as the file has it: functions are not inlined, opsets not upgraded.
struct OutlineNode {
  std::string name;  ///< may be empty
  std::string op;
  std::string domain;  ///< empty: ai.onnx
  int opset = 0;
  std::vector<std::string> inputs;  ///< tensors read, in its bodies too; no initializers
  std::vector<std::string> outputs;
};

struct Outline {
  std::vector<std::string> inputs;  ///< without those that only name an initializer
  std::vector<std::string> outputs;
  std::vector<OutlineNode> nodes;  ///< producers first
};

/// A part of a model by the names of its tensors.
struct ExtractRequest {
  std::vector<std::string> outputs;  ///< at least one; results of nodes
  /// Where the part begins. Empty: at the model's own inputs, those that are needed.
  std::vector<std::string> inputs;
  /// Types of new inputs and outputs. A tensor that is not here keeps the type that the file
  /// declares; an output without either gets none, an input without either is an error.
  std::map<std::string, ValueType> types;
};

struct ExtractSummary {
  std::size_t nodes = 0;         ///< kept
  std::size_t initializers = 0;  ///< kept
  std::vector<std::string> inputs;
  std::uint64_t bytes = 0;
  bool external_data = false;  ///< a tensor that was kept lies in another file
};

/// Cuts parts out of an ONNX file on the level of the protobuf encoding
/// (https://protobuf.dev/programming-guides/encoding/): what is kept is copied byte by byte from
/// the mapped file, so operators that vernier does not know and their attributes survive, and no
/// weight is held in memory. Nodes that no output depends on and initializers that nobody reads are
/// left out. Training information is left out; local functions are kept.
class ModelExtractor {
 public:
  /// Errors: invalid_data E-FILE-OPEN; invalid_model E-MODEL-PARSE, -SIZE, -SSA (two producers of a
  /// tensor), -ORDER (a node before its producers); limit E-LIMIT-NODES, -VALUES, -NAME.
  static Result<ModelExtractor> open(const std::string& path, const ImportOptions& options = {});

  [[nodiscard]] const Outline& outline() const noexcept { return outline_; }

  /// Writes the part to `file`, whole or not at all. Errors: usage E-EXTRACT-NAME (no such tensor,
  /// or not the result of a node, or named twice), E-EXTRACT-INPUT (the part needs an input that is
  /// not in the list); unsupported E-EXTRACT-TYPE (an input of unknown type), E-EXTRACT-EXTERNAL (a
  /// kept tensor lies in another file, which is looked for beside the model, and `file` is in
  /// another folder); output E-OUTPUT-*.
  [[nodiscard]] Result<ExtractSummary> write(const ExtractRequest& request,
                                             const std::string& file) const;

 private:
  struct Item {  // one field of the graph message, with its tag
    enum class Kind : std::uint8_t { copy, node, initializer, input, output, value, annotation };
    Kind kind = Kind::copy;
    Bytes raw;
    Bytes message;
    std::string_view name;
    std::size_t index = 0;  // of a node, in nodes_
  };
  struct NodeScan {
    std::string_view name;
    std::string_view op;
    std::string_view domain;
    std::vector<std::string_view> inputs;  // captured ones last
    std::vector<std::string_view> outputs;
    bool external = false;
  };
  struct Selection;

  Result<void> scan_model();
  Result<void> scan_graph(Bytes graph);
  Result<Item> scan_item(const WireField& field, Bytes raw);
  Result<NodeScan> scan_node(Bytes message);
  Result<void> scan_attribute(Bytes message, NodeScan& node, std::vector<Bytes>& bodies);
  Result<void> scan_body(Bytes message, NodeScan& node, std::vector<Bytes>& bodies);
  Result<std::string_view> name_of(const WireReader& reader, const WireField& field);
  Result<std::string_view> name_in(Bytes message, std::uint32_t number);
  Result<bool> is_external(Bytes tensor) const;
  Result<void> make_outline();
  [[nodiscard]] Result<Selection> select(const ExtractRequest& request) const;
  [[nodiscard]] Result<std::string> port(const std::string& name, const ExtractRequest& request,
                                         bool is_input) const;

  std::shared_ptr<const MappedFile> file_;
  std::string path_;
  ImportOptions options_;
  std::map<std::string_view, int> opsets_;
  std::vector<Bytes> before_;  // fields of the model message before the graph, and after it
  std::vector<Bytes> after_;
  std::vector<Item> items_;
  std::vector<NodeScan> nodes_;
  std::map<std::string_view, std::size_t> producers_;     // tensor -> node
  std::map<std::string_view, std::size_t> initializers_;  // name -> item
  std::map<std::string_view, std::size_t> inputs_;        // name -> item
  std::map<std::string_view, std::size_t> declared_;      // name -> item that holds its type
  std::size_t value_count_ = 0;
  Outline outline_;
};

}  // namespace vernier::onnx
