#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>

#include "base/result.h"
#include "graph/graph.h"
#include "onnx/node_form.h"

namespace vernier::onnx {

/// Softmax, LogSoftmax or Hardmax over several axes as one, in nodes of the newest meaning: Flatten
/// (or a Reshape that does the same), the operator along the last axis, a Reshape to the shape that
/// was. Opsets before 13 have one node for it; later ones do where no more than one of the axes has
/// another size than 1.
class JointSoftmaxes {
 public:
  /// Those of `graph` (not of bodies in it) that `opset` has one node for. Types must be inferred.
  JointSoftmaxes(const Graph& graph, int opset);

  /// The operator whose form the Reshape `id` is written in; nullptr: its own.
  [[nodiscard]] const Node* written_as(NodeId id) const;
  /// Changes the form of that operator into the one of the Reshape `id`.
  void complete(NodeId id, NodeForm& form) const;
  /// Nodes that are not written, and values that are not made, because of that.
  [[nodiscard]] bool is_absorbed(NodeId id) const { return absorbed_.count(id) != 0; }
  [[nodiscard]] std::size_t absorbed_count() const { return absorbed_.size(); }

 private:
  struct Joint {
    NodeId softmax = NodeId::none;
    ValueId input = ValueId::none;
    std::int64_t axis = 0;
  };
  [[nodiscard]] std::optional<Joint> match(NodeId id) const;
  void absorb(NodeId reshape, const Joint& joint);

  const Graph& graph_;
  int opset_;
  std::map<NodeId, Joint> joints_;  ///< by Reshape
  std::set<NodeId> absorbed_;
};

}  // namespace vernier::onnx
