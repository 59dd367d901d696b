#include "ops/loop.h"

#include <limits>
#include <memory>

#include "ops/body_values.h"
#include "ops/dense.h"
#include "ops/shapes.h"
#include "ops/type_check.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  attributes.ignore("body");  // lives on in Node::subgraphs
  return Params(std::make_shared<NoParams>());
}

/// Body inputs besides the carried values.
constexpr std::size_t kLeading = 2;

Error body_arity(std::size_t outputs, std::size_t carried, std::size_t node_outputs) {
  return invalid_model("body has " + std::to_string(outputs) + " outputs for " +
                           std::to_string(carried) + " carried values and " +
                           std::to_string(node_outputs) + " outputs of the node",
                       "E-MODEL-ARITY");
}

Result<void> infer(InferContext& context) {
  if (context.subgraph_count() != 1) return invalid_model("the body is missing", "E-MODEL-ATTR");
  if (context.has_input(0)) VERNIER_TRY(check_dtype(context, 0, kInt64));
  if (context.has_input(1)) VERNIER_TRY(check_dtype(context, 1, kBool));
  const std::size_t carried =
      context.input_count() > kLeading ? context.input_count() - kLeading : 0;
  std::vector<ValueType> inputs = {ValueType::of(DType::int64, std::vector<Dim>{}),
                                   ValueType::of(DType::boolean, std::vector<Dim>{})};
  for (std::size_t i = 0; i < carried; ++i) {
    // The shape may change from one iteration to the next; only the body's own declaration binds.
    ValueType type = context.input(kLeading + i);
    type.ranked = false;
    type.dims.clear();
    inputs.push_back(std::move(type));
  }
  VERNIER_ASSIGN(const auto types, context.infer_subgraph(0, inputs));
  if (types.size() < 1 + carried || types.size() - 1 != context.output_count()) {
    return body_arity(types.size(), carried, context.output_count());
  }
  for (std::size_t i = 0; i < context.output_count(); ++i) {
    ValueType type = types[1 + i];
    if (i < carried) {
      const ValueType& initial = context.input(kLeading + i);
      VERNIER_TRY(check_same_dtype(initial, "initial value", type, "carried value"));
      if (!initial.ranked || !type.ranked || initial.rank() != type.rank()) {
        type.ranked = false;
        type.dims.clear();
      }
      for (std::size_t k = 0; k < type.dims.size(); ++k) {
        if (!same_dim(type.dims[k], initial.dims[k])) type.dims[k] = Dim::unknown();
      }
    } else if (type.ranked) {
      type.dims.insert(type.dims.begin(), Dim::unknown());
    }
    context.set_output(i, std::move(type));
  }
  return {};
}

Result<void> reference(EvalContext& context) {
  const std::size_t carried_count =
      context.input_count() > kLeading ? context.input_count() - kLeading : 0;
  if (context.output_count() < carried_count) {
    return body_arity(0, carried_count, context.output_count());
  }
  std::int64_t trips = std::numeric_limits<std::int64_t>::max();
  if (context.has_input(0)) {
    VERNIER_ASSIGN(trips, scalar_int64(context.input(0), "trip count"));
  }
  std::uint8_t running = 1;
  if (context.has_input(1)) {
    VERNIER_ASSIGN(const std::int64_t condition, scalar_int64(context.input(1), "condition"));
    running = condition != 0 ? 1 : 0;
  }
  std::vector<CarriedValue> carried(carried_count);
  std::vector<StackedValue> stacked(context.output_count() - carried_count);
  std::vector<TensorView> inputs(kLeading + carried_count);
  for (std::size_t i = 0; i < carried_count; ++i)
    inputs[kLeading + i] = context.input(kLeading + i);
  std::int64_t iteration = 0;
  inputs[0] = {reinterpret_cast<const std::byte*>(&iteration), DType::int64, {}, {}};
  inputs[1] = {reinterpret_cast<const std::byte*>(&running), DType::boolean, {}, {}};
  for (; iteration < trips && running != 0; ++iteration) {
    VERNIER_ASSIGN(const auto values, context.run_subgraph(0, inputs));
    if (values.size() != 1 + carried_count + stacked.size()) {
      return body_arity(values.size(), carried_count, context.output_count());
    }
    for (std::size_t i = 0; i < carried_count; ++i) {
      VERNIER_TRY(carried[i].assign(context, values[1 + i]));
    }
    for (std::size_t i = 0; i < stacked.size(); ++i) {
      VERNIER_TRY(stacked[i].append(context, values[1 + carried_count + i]));
    }
    VERNIER_ASSIGN(const std::int64_t next, scalar_int64(values[0], "condition"));
    running = next != 0 ? 1 : 0;
    for (std::size_t i = 0; i < carried_count; ++i) inputs[kLeading + i] = carried[i].view();
  }
  for (std::size_t i = 0; i < carried_count; ++i) {
    if (!context.has_output(i)) continue;
    const TensorView& value = inputs[kLeading + i];
    VERNIER_ASSIGN(const MutTensorView out, context.output(i, value.dtype, value.shape));
    copy_elements(value, out);
  }
  const auto types = context.body_output_types(0);
  for (std::size_t i = 0; i < stacked.size(); ++i) {
    if (!context.has_output(carried_count + i)) continue;
    const std::size_t body_output = 1 + carried_count + i;
    VERNIER_TRY(stacked[i].finish(context, carried_count + i,
                                  body_output < types.size() ? types[body_output] : ValueType{}));
  }
  return {};
}

}  // namespace

const OpDef loop_op{
    .domain = "",
    .name = "Loop",
    .since_version = 1,
    .inputs = {2, -1},
    .outputs = {1, -1},
    .traits = {.has_subgraph = true, .foldable = false},
    .parse = parse,
    .infer = infer,
    .reference = reference,
};

}  // namespace vernier
