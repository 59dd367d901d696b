#pragma once

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "graph/graph.h"

namespace vernier::onnx {

/// What a node of a written file reads: a value of the graph, or a constant that only this form
/// needs.
using FormInput = std::variant<ValueId, Tensor>;

/// A node as a file of one opset spells it.
struct NodeForm {
  std::vector<FormInput> inputs;  ///< formal ones; trailing omitted ones are cut
  std::vector<Attribute> attributes;
};

/// The form of `node` (which has the newest one, as all nodes of a Graph have) at `opset` of
/// ai.onnx: constant inputs turn back into attributes, attributes that begin later and hold their
/// default are left out, defaults that changed are written down. `types` overrules the element
/// types of values. Nodes of other domains keep their form. Error: unsupported E-EXPORT-OPSET (the
/// message is the reason, without the node); unsupported E-EXPORT-OPERATOR for operators that no
/// file can spell.
Result<NodeForm> form_at(const Graph& graph, const Node& node, int opset,
                         const std::map<ValueId, DType>& types);

}  // namespace vernier::onnx
