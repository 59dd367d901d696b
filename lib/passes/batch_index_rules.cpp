#include "ops/gather.h"
#include "ops/gather_elements.h"
#include "ops/gather_nd.h"
#include "ops/scatter_elements.h"
#include "passes/batch_step.h"

namespace vernier {
namespace {

const Reason kFine;

/// Slots 0 to `count` have their samples on one axis, which is not `axis`.
Reason element_wise(BatchStep& step, std::size_t count, std::int64_t axis) {
  std::size_t source = 0;
  while (!step.batched(source)) ++source;
  const BatchAxis samples = *step.in[source];
  if (counted(axis, step.rank(source)) == samples.axis) return "its indices count samples";
  for (std::size_t slot = 0; slot < count; ++slot) {
    if (step.batched(slot)) {
      if (*step.in[slot] != samples) return "its inputs have the batch on different axes";
      continue;
    }
    Reason why = step.meet(slot, samples.axis, samples, false);
    if (!why.empty()) return why;
  }
  step.follow(samples);
  return kFine;
}

}  // namespace

Reason batch_through_gather(BatchStep& step) {
  if (!step.type(0).ranked || !step.type(1).ranked) return "its ranks are not known";
  const std::size_t axis = counted(params_as<GatherParams>(step.node).axis, step.rank(0));
  if (step.batched(0) && step.batched(1)) return "it pairs samples with each other";
  if (step.batched(1)) {
    BatchAxis to = *step.in[1];
    to.axis += axis;
    step.follow(to);
    return kFine;
  }
  BatchAxis to = *step.in[0];
  if (to.axis == axis) return "it picks samples of the batch";
  if (to.axis > axis) to.axis += step.rank(1) - 1;
  step.follow(to);
  return kFine;
}

Reason batch_through_gather_elements(BatchStep& step) {
  return element_wise(step, 2, params_as<GatherElementsParams>(step.node).axis);
}

Reason batch_through_scatter_elements(BatchStep& step) {
  return element_wise(step, 3, params_as<ScatterElementsParams>(step.node).axis);
}

Reason batch_through_gather_nd(BatchStep& step) {
  const auto shared = static_cast<std::size_t>(params_as<GatherNDParams>(step.node).batch_dims);
  if (!step.type(0).ranked || step.rank(1) == 0) return "its ranks are not known";
  const std::int64_t depth = step.size(1, step.rank(1) - 1);
  const std::size_t source = step.batched(0) ? 0 : 1;
  BatchAxis axis = *step.in[source];
  if (axis.axis < shared) {
    step.follow(axis);
    const std::size_t other = 1 - source;
    if (!step.batched(other)) return step.meet(other, axis.axis, axis, false);
    return *step.in[other] == axis ? kFine : Reason("its inputs have the batch on different axes");
  }
  if (step.batched(0) && step.batched(1)) return "it pairs samples with each other";
  if (source == 1) {
    if (axis.axis + 1 == step.rank(1)) return "the batch is in its indices";
    step.follow(axis);
    return kFine;
  }
  const std::size_t addressed = shared + static_cast<std::size_t>(depth);
  if (depth < 0 || axis.axis < addressed) return "its indices count samples";
  axis.axis = step.rank(1) - 1 + axis.axis - addressed;
  step.follow(axis);
  return kFine;
}

Reason batch_through_scatter_nd(BatchStep& step) {
  if (step.batched(1)) return "the batch is in its indices";
  if (step.rank(1) == 0 || !step.type(2).ranked) return "its ranks are not known";
  const std::int64_t depth = step.size(1, step.rank(1) - 1);
  const std::size_t before = step.rank(1) - 1;
  if (depth < 0) return "the depth of its indices is not known";
  const auto addressed = static_cast<std::size_t>(depth);
  BatchAxis axis = *step.in[step.batched(0) ? 0 : 2];
  if (!step.batched(0)) {
    if (axis.axis < before) return "its indices count samples";
    axis.axis = axis.axis - before + addressed;
  }
  if (axis.axis < addressed) return "its indices count samples";
  BatchAxis updates = axis;
  updates.axis = axis.axis - addressed + before;
  step.follow(axis);
  if (!step.batched(0)) return step.meet(0, axis.axis, axis, false);
  if (!step.batched(2)) return step.meet(2, updates.axis, updates, false);
  return *step.in[2] == updates ? kFine : Reason("its inputs have the batch on different axes");
}

}  // namespace vernier
