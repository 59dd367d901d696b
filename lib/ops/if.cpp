#include "ops/if.h"

#include <memory>

#include "graph/infer.h"
#include "ops/dense.h"
#include "ops/shapes.h"
#include "ops/type_check.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  attributes.ignore("then_branch");  // these two live on in Node::subgraphs
  attributes.ignore("else_branch");
  return Params(std::make_shared<NoParams>());
}

/// What is true of a value that is one of two types.
ValueType common_type(const ValueType& a, const ValueType& b) {
  if (!a.ranked || !b.ranked || a.rank() != b.rank()) {
    ValueType type = a;
    type.ranked = false;
    type.dims.clear();
    return type;
  }
  ValueType type = a;
  for (std::size_t i = 0; i < type.rank(); ++i) {
    if (!same_dim(a.dims[i], b.dims[i])) type.dims[i] = Dim::unknown();
  }
  return type;
}

Result<std::vector<ValueType>> branch_types(InferContext& context, std::size_t branch) {
  VERNIER_ASSIGN(auto types, context.infer_subgraph(branch, {}));
  if (types.size() == context.output_count()) return types;
  return invalid_model("branch " + std::to_string(branch) + " has " + std::to_string(types.size()) +
                           " outputs, expected " + std::to_string(context.output_count()),
                       "E-MODEL-ARITY");
}

Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 0, kBool));
  if (context.subgraph_count() != 2) {
    return invalid_model("a branch is missing", "E-MODEL-ATTR");
  }
  const Tensor* condition = context.constant(0);
  if (condition != nullptr && condition->element_count() == 1) {
    VERNIER_ASSIGN(const std::int64_t taken, scalar_int64(condition->view(), "condition"));
    VERNIER_ASSIGN(const auto types, branch_types(context, taken != 0 ? 0 : 1));
    for (std::size_t i = 0; i < types.size(); ++i) context.set_output(i, types[i]);
    return {};
  }
  auto then_result = branch_types(context, 0);
  auto else_result = branch_types(context, 1);
  if (!then_result && (!else_result || !context.shapes_are_bound())) {
    // One that only says that shapes do not fit would hide the other.
    const bool other = !else_result && is_shape_error(then_result.error());
    return std::move(other ? else_result : then_result).error();
  }
  if (!else_result && !context.shapes_are_bound()) return std::move(else_result).error();
  // With bound shapes, a branch that they do not fit is not the one that is taken.
  const auto& then_types = then_result ? *then_result : *else_result;
  const auto& else_types = else_result ? *else_result : *then_result;
  for (std::size_t i = 0; i < then_types.size(); ++i) {
    VERNIER_TRY(check_same_dtype(then_types[i], "then branch", else_types[i], "else branch"));
    ValueType type = common_type(then_types[i], else_types[i]);
    if (type.dtype == DType::undefined) type.dtype = else_types[i].dtype;
    context.set_output(i, std::move(type));
  }
  return {};
}

Result<void> reference(EvalContext& context) {
  VERNIER_ASSIGN(const std::int64_t condition, scalar_int64(context.input(0), "condition"));
  VERNIER_ASSIGN(const auto values, context.run_subgraph(condition != 0 ? 0 : 1, {}));
  for (std::size_t i = 0; i < values.size() && i < context.output_count(); ++i) {
    if (!context.has_output(i)) continue;
    VERNIER_ASSIGN(const MutTensorView out, context.output(i, values[i].dtype, values[i].shape));
    copy_elements(values[i], out);
  }
  return {};
}

}  // namespace

const OpDef if_op{
    .domain = "",
    .name = "If",
    .since_version = 1,
    .inputs = {1, 1},
    .outputs = {1, -1},
    .traits = {.has_subgraph = true, .foldable = false},
    .parse = parse,
    .infer = infer,
    .reference = reference,
};

}  // namespace vernier
