#include "plan/assignment.h"

#include <algorithm>

#include "plan/views.h"

namespace vernier {

bool is_static_value(const Graph& graph, ValueId id) {
  const ValueType& type = graph.value(id).type;
  return type.dtype != DType::undefined && type.dtype != DType::string && type.shape().has_value();
}

ValueDesc describe_value(const Graph& graph, ValueId id) {
  ValueDesc desc;
  if (id == ValueId::none) return desc;
  const Value& value = graph.value(id);
  desc.dtype = value.type.dtype;
  if (const auto shape = value.type.shape()) {
    desc.shape = *shape;
    desc.strides = dense_strides(*shape);
  }
  if (value.constant) desc.constant = &*value.constant;
  return desc;
}

namespace {

constexpr std::size_t kMaxListed = 5;

bool is_dynamic(const Graph& graph, const Node& node) {
  const auto unknown = [&](ValueId id) {
    return id != ValueId::none && !graph.is_constant(id) && !is_static_value(graph, id);
  };
  const auto is_string_constant = [&](ValueId id) {
    return graph.is_constant(id) && graph.value(id).type.dtype == DType::string;
  };
  return std::any_of(node.inputs.begin(), node.inputs.end(), unknown) ||
         std::any_of(node.inputs.begin(), node.inputs.end(), is_string_constant) ||
         std::any_of(node.outputs.begin(), node.outputs.end(), unknown);
}

bool is_placeable_concat(const Node& node) { return node.is("Concat"); }

}  // namespace

Result<AssignmentTable> assign_backends(const Graph& graph, const PlanOptions& options) {
  VERNIER_ASSIGN(const auto order, graph.topological_order());
  AssignmentTable table;
  std::string refused;
  std::size_t refused_count = 0;
  for (const NodeId id : order) {
    const Node& node = graph.node(id);
    NodeAssignment assignment;
    assignment.id = id;
    for (std::size_t i = 0; i < node.formal_input_count(); ++i) {
      assignment.inputs.push_back(describe_value(graph, node.inputs[i]));
    }
    for (const ValueId output : node.outputs) {
      assignment.outputs.push_back(describe_value(graph, output));
    }
    assignment.dynamic = is_dynamic(graph, node);
    if (!assignment.dynamic) {
      assignment.concat = is_placeable_concat(node);
      assignment.view =
          is_view_op(node) && view_of(node, assignment.inputs, assignment.outputs).has_value();
    }
    if (assignment.view || assignment.concat) {
      table.nodes.push_back(std::move(assignment));
      continue;
    }
    for (const Backend* backend : options.backends) {
      // Kernels need fixed shapes; what varies at run time goes to the scalar reference.
      const bool needs_reference = assignment.dynamic || !node.subgraphs.empty();
      const Support support =
          needs_reference && backend->name() != kReferenceBackend
              ? Support::no(assignment.dynamic ? "shapes are known only at run time"
                                               : "control flow is run by the executor")
              : backend->supports(node, assignment.inputs, assignment.outputs);
      if (support) {
        assignment.backend = backend;
        assignment.kernel = support.kernel;
        break;
      }
      if (!assignment.reason.empty()) assignment.reason += "; ";
      assignment.reason += std::string(backend->name()) + ": " + support.reason;
    }
    if (assignment.backend == nullptr && ++refused_count <= kMaxListed) {
      refused += (refused.empty() ? "" : ", ") + std::string("'") + node.name + "' (" +
                 std::string(node.op->name) + ": " + assignment.reason + ")";
    }
    table.nodes.push_back(std::move(assignment));
  }
  if (refused_count > 0) {
    if (refused_count > kMaxListed) refused += ", ...";
    return unsupported(std::to_string(refused_count) + " nodes have no backend: " + refused,
                       "E-UNSUPPORTED-NODE");
  }
  return table;
}

}  // namespace vernier
