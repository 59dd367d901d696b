#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "onnx/import.h"
#include "onnx/ir.h"
#include "onnx/tensor_proto.h"
#include "onnx/wire.h"

namespace vernier::onnx {

/// Reads a serialized onnx.ModelProto into the name-based form. Graph-valued attributes are put on
/// a work list instead of being followed, so nesting costs no stack.
class ModelReader {
 public:
  ModelReader(TensorSource& source, const ImportOptions& options)
      : source_(source), options_(options) {}
  Result<ModelIr> read(Bytes file);

 private:
  /// Opsets by domain that hold for the nodes of one graph.
  using Opsets = std::map<std::string, int>;
  struct Pending {
    Bytes message;
    int graph;
    std::shared_ptr<const Opsets> opsets;  // shared by all bodies below one graph or function
  };

  Result<void> read_opset_import(Bytes message, Opsets& opsets);
  Result<void> read_metadata(Bytes message);
  Result<void> read_pending();
  Result<void> read_graph(const Pending& pending);
  Result<void> read_initializer(Bytes message, GraphIr& graph);
  Result<void> read_sparse_initializer(Bytes message, GraphIr& graph);
  Result<PortIr> read_value_info(Bytes message);
  Result<void> read_node(Bytes message, const Pending& pending);
  Result<AttributeIr> read_attribute(Bytes message, const Pending& pending);
  Result<void> attach_graphs(const std::vector<Bytes>& messages, const Pending& pending,
                             AttributeIr& attribute);
  Result<void> read_function(Bytes message);
  Result<std::string_view> name_of(const WireReader& reader, const WireField& field) const;
  /// Queues a graph message and returns its index.
  int add_graph(Bytes message, int depth, std::shared_ptr<const Opsets> opsets);

  TensorSource& source_;
  const ImportOptions& options_;
  ModelIr model_;
  std::vector<Pending> pending_;
  std::size_t node_count_ = 0;
  std::size_t value_count_ = 0;
};

}  // namespace vernier::onnx
