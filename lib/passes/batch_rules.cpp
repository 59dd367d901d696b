#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "ops/arg_reduce.h"
#include "ops/concat.h"
#include "ops/einsum.h"
#include "ops/gemm.h"
#include "ops/layer_normalization.h"
#include "ops/lp_normalization.h"
#include "ops/mean_variance_normalization.h"
#include "ops/one_hot.h"
#include "ops/quantization.h"
#include "ops/recurrent.h"
#include "ops/reduce.h"
#include "ops/reverse_sequence.h"
#include "ops/rms_normalization.h"
#include "ops/softmax_family.h"
#include "ops/split.h"
#include "ops/top_k.h"
#include "ops/transpose.h"
#include "passes/batch_step.h"

namespace vernier {
namespace {

const Reason kFine;

/// Only input 0 has a batch.
Reason only_first(const BatchStep& step) {
  for (std::size_t slot = 1; slot < step.in.size(); ++slot) {
    if (step.batched(slot)) return "its input " + std::to_string(slot) + " has a batch";
  }
  return kFine;
}

/// The batch passes input 0; `axis` is worked on.
Reason beside(BatchStep& step, std::int64_t axis, const char* what) {
  if (Reason why = only_first(step); !why.empty()) return why;
  if (counted(axis, step.rank(0)) == step.in[0]->axis) return what;
  step.follow(*step.in[0]);
  return kFine;
}

/// Slots that are broadcast to each other.
Reason broadcast(BatchStep& step) {
  std::size_t rank = 0;
  for (std::size_t slot = 0; slot < step.in.size(); ++slot) {
    if (!step.has(slot)) continue;
    if (!step.type(slot).ranked) return "the rank of an input is not known";
    rank = std::max(rank, step.rank(slot));
  }
  std::optional<BatchAxis> all;
  for (std::size_t slot = 0; slot < step.in.size(); ++slot) {
    if (!step.batched(slot)) continue;
    BatchAxis axis = *step.in[slot];
    axis.axis += rank - step.rank(slot);
    if (all && *all != axis) return "its inputs have the batch on different axes";
    all = axis;
  }
  for (std::size_t slot = 0; slot < step.in.size(); ++slot) {
    if (!step.has(slot) || step.batched(slot)) continue;
    const std::size_t missing = rank - step.rank(slot);
    if (all->axis < missing) continue;
    Reason why = step.meet(slot, all->axis - missing, *all, true);
    if (!why.empty()) return why;
  }
  step.follow(*all);
  return kFine;
}

/// Each sample by itself, the batch being the first axis of input 0: Conv, pools, ...
Reason by_sample(BatchStep& step) {
  if (Reason why = only_first(step); !why.empty()) return why;
  if (step.in[0]->axis != 0) return "the batch is not its first axis";
  step.follow(*step.in[0]);
  return kFine;
}

Reason max_pool(BatchStep& step) {
  if (step.has_output(1)) return "its indices count over the whole batch";
  return by_sample(step);
}

Reason batch_normalization(BatchStep& step) {
  if (step.has_output(1)) return "it takes the mean of the batch";
  return by_sample(step);
}

Reason first_only(BatchStep& step) {
  if (Reason why = only_first(step); !why.empty()) return why;
  step.follow(*step.in[0]);
  return kFine;
}

Reason cast_like(BatchStep& step) {
  if (!step.batched(0)) return kFine;
  step.follow(*step.in[0]);
  return kFine;
}

Reason softmax(BatchStep& step) {
  return beside(step, params_as<SoftmaxParams>(step.node).axis, "it runs over the batch axis");
}

Reason lp_normalization(BatchStep& step) {
  return beside(step, params_as<LpNormalizationParams>(step.node).axis,
                "it runs over the batch axis");
}

Reason top_k(BatchStep& step) {
  return beside(step, params_as<TopKParams>(step.node).axis, "it sorts the batch");
}

Reason split(BatchStep& step) {
  return beside(step, params_as<SplitParams>(step.node).axis, "it splits the batch");
}

Reason cumulative(BatchStep& step) {
  const auto axis = step.ints(1);
  if (!axis || axis->size() != 1) return "its axis is not a constant";
  return beside(step, axis->front(), "it sums over the batch");
}

Reason trilu(BatchStep& step) {
  if (Reason why = only_first(step); !why.empty()) return why;
  if (step.in[0]->axis + 2 >= step.rank(0)) return "the batch is a side of its triangle";
  step.follow(*step.in[0]);
  return kFine;
}

Reason rows_from(BatchStep& step, std::int64_t axis) {
  if (Reason why = only_first(step); !why.empty()) return why;
  if (counted(axis, step.rank(0)) <= step.in[0]->axis) return "it normalises over the batch";
  step.follow(*step.in[0]);
  return kFine;
}

Reason layer_normalization(BatchStep& step) {
  return rows_from(step, params_as<LayerNormalizationParams>(step.node).axis);
}

Reason rms_normalization(BatchStep& step) {
  return rows_from(step, params_as<RmsNormalizationParams>(step.node).axis);
}

Reason mean_variance(BatchStep& step) {
  const auto& axes = params_as<MeanVarianceNormalizationParams>(step.node).axes;
  for (const std::int64_t axis : axes) {
    if (counted(axis, step.rank(0)) == step.in[0]->axis) return "it takes the mean of the batch";
  }
  step.follow(*step.in[0]);
  return kFine;
}

/// The batch axis after the given axes went (or shrank to 1).
Reason without_axes(BatchStep& step, const std::vector<std::int64_t>& axes, bool kept) {
  BatchAxis axis = *step.in[0];
  std::size_t before = 0;
  for (const std::int64_t one : axes) {
    const std::size_t at = counted(one, step.rank(0));
    if (at == axis.axis) return "it reduces over the batch";
    before += at < axis.axis ? 1U : 0U;
  }
  if (!kept) axis.axis -= before;
  step.follow(axis);
  return kFine;
}

Reason reduce(BatchStep& step) {
  if (Reason why = only_first(step); !why.empty()) return why;
  const auto& params = params_as<ReduceParams>(step.node);
  const auto axes = step.ints(1);
  if (step.has(1) && !axes) return "its axes are not constants";
  if (!axes || axes->empty()) {
    if (!params.noop_with_empty_axes) return "it reduces over the batch";
    step.follow(*step.in[0]);
    return kFine;
  }
  return without_axes(step, *axes, params.keepdims);
}

Reason arg_reduce(BatchStep& step) {
  const auto& params = params_as<ArgReduceParams>(step.node);
  return without_axes(step, {params.axis}, params.keepdims);
}

/// Without axes a batch of 1 would go, too: the axes of 1 are written down.
Reason squeeze_ones(BatchStep& step) {
  BatchAxis axis = *step.in[0];
  if (step.size(0, axis.axis) == 1) return "it removes the batch axis";
  std::vector<BatchSize> removed;
  std::size_t before = 0;
  for (std::size_t i = 0; i < step.rank(0); ++i) {
    if (step.size(0, i) < 0) return "the sizes of its input are not known";
    if (step.size(0, i) != 1) continue;
    removed.push_back({static_cast<std::int64_t>(i), false});
    before += i < axis.axis ? 1U : 0U;
  }
  if (removed.empty()) return "it would remove a batch of 1";
  axis.axis -= before;
  step.rewrite_sizes(1, std::move(removed));
  step.follow(axis);
  return kFine;
}

Reason squeeze(BatchStep& step) {
  const auto axes = step.ints(1);
  if (step.has(1) && !axes) return "its axes are not constants";
  if (!axes) return squeeze_ones(step);
  if (Reason why = without_axes(step, *axes, false); !why.empty()) {
    return "it removes the batch axis";
  }
  return kFine;
}

Reason unsqueeze(BatchStep& step) {
  const auto axes = step.ints(1);
  if (!axes) return "its axes are not constants";
  const std::size_t rank = step.rank(0) + axes->size();
  std::vector<bool> is_new(rank, false);
  for (const std::int64_t one : *axes) {
    if (counted(one, rank) >= rank) return "its axes do not fit";
    is_new[counted(one, rank)] = true;
  }
  BatchAxis axis = *step.in[0];
  std::size_t old = 0;
  for (std::size_t i = 0; i < rank; ++i) {
    if (is_new[i]) continue;
    if (old++ != step.in[0]->axis) continue;
    axis.axis = i;
  }
  step.follow(axis);
  return kFine;
}

Reason transpose(BatchStep& step) {
  const auto perm = resolve_permutation(params_as<TransposeParams>(step.node), step.rank(0));
  if (!perm) return perm.error().message;
  BatchAxis axis = *step.in[0];
  for (std::size_t i = 0; i < perm->size(); ++i) {
    if ((*perm)[i] == static_cast<std::int64_t>(step.in[0]->axis)) axis.axis = i;
  }
  step.follow(axis);
  return kFine;
}

/// Inputs of one rank that have their samples on one axis: `slots` that are present.
Reason together(BatchStep& step, const std::vector<std::size_t>& slots, const BatchAxis& axis) {
  for (const std::size_t slot : slots) {
    if (!step.has(slot)) continue;
    if (step.batched(slot)) {
      if (*step.in[slot] != axis) return "its inputs have the batch on different axes";
      continue;
    }
    if (Reason why = step.meet(slot, axis.axis, axis, false); !why.empty()) return why;
  }
  return kFine;
}

std::size_t first_batched(const BatchStep& step) {
  std::size_t slot = 0;
  while (!step.batched(slot)) ++slot;
  return slot;
}

Reason concat(BatchStep& step) {
  const BatchAxis axis = *step.in[first_batched(step)];
  const std::size_t joined =
      counted(params_as<ConcatParams>(step.node).axis, step.rank(first_batched(step)));
  if (joined == axis.axis) return "it joins something to the batch";
  std::vector<std::size_t> slots;
  for (std::size_t i = 0; i < step.in.size(); ++i) slots.push_back(i);
  step.follow(axis);
  return together(step, slots, axis);
}

/// Where the batch of one operand of a matrix product goes.
struct Operand {
  std::size_t slot;
  bool is_left;
};

Reason matmul_operand(BatchStep& step, const Operand& own, const Operand& other) {
  const std::size_t rank = step.rank(own.slot);
  const std::size_t other_rank = step.rank(other.slot);
  const BatchAxis& from = *step.in[own.slot];
  if (rank < 2) return "it sums over the batch";
  const std::size_t summed = own.is_left ? rank - 1 : rank - 2;
  const std::size_t kept = own.is_left ? rank - 2 : rank - 1;
  if (from.axis == summed) return "it sums over the batch";
  BatchAxis to = from;
  if (from.axis == kept) {
    if (step.batched(other.slot)) return "it multiplies samples with each other";
    const std::size_t full = std::max(rank, other_rank);
    to.axis = own.is_left && other_rank > 1 ? full - 2 : full - 1;
    if (other_rank == 1) to.axis = rank - 2;
    step.follow(to);
    return kFine;
  }
  to.axis = from.axis + (other_rank > rank ? other_rank - rank : 0);
  const std::size_t from_right = rank - from.axis;
  if (step.batched(other.slot)) {
    BatchAxis second = *step.in[other.slot];
    if (other_rank - second.axis != from_right || second.outer != from.outer ||
        second.inner != from.inner) {
      return "it multiplies samples with each other";
    }
  } else if (other_rank >= from_right) {
    Reason why = step.meet(other.slot, other_rank - from_right, from, true);
    if (!why.empty()) return why;
  }
  step.follow(to);
  return kFine;
}

Reason matmul_of(BatchStep& step, std::size_t left, std::size_t right) {
  for (std::size_t slot = 0; slot < step.in.size(); ++slot) {
    if (slot != left && slot != right && step.batched(slot)) return "its scale has a batch";
  }
  if (!step.type(left).ranked || !step.type(right).ranked) return "its ranks are not known";
  return step.batched(left) ? matmul_operand(step, {left, true}, {right, false})
                            : matmul_operand(step, {right, false}, {left, true});
}

Reason matmul(BatchStep& step) { return matmul_of(step, 0, 1); }
Reason qlinear_matmul(BatchStep& step) { return matmul_of(step, 0, 3); }

Reason gemm(BatchStep& step) {
  const auto& params = params_as<GemmParams>(step.node);
  if (step.batched(0) && step.batched(1)) return "it multiplies samples with each other";
  if (!step.batched(0) && !step.batched(1)) return "its bias alone has a batch";
  const std::size_t slot = step.batched(0) ? 0 : 1;
  const bool transposed = slot == 0 ? params.trans_a : params.trans_b;
  BatchAxis axis = *step.in[slot];
  const std::size_t kept = (slot == 0) != transposed ? 0 : 1;
  if (axis.axis != kept) return "it sums over the batch";
  axis.axis = slot;
  step.follow(axis);
  if (!step.has(2)) return kFine;
  if (!step.type(2).ranked) return "the rank of its bias is not known";
  const std::size_t missing = 2 - step.rank(2);
  if (step.batched(2)) {
    BatchAxis bias = *step.in[2];
    bias.axis += missing;
    return bias == axis ? kFine : Reason("its inputs have the batch on different axes");
  }
  return axis.axis < missing ? kFine : step.meet(2, axis.axis - missing, axis, true);
}

/// LSTM, GRU, RNN: states of one batch are repeated.
Reason recurrent(BatchStep& step) {
  const bool first = params_as<RecurrentParams>(step.node).batch_first;
  const auto state_slots = std::array<std::size_t, 2>{5, 6};
  for (const std::size_t slot : std::array<std::size_t, 4>{1, 2, 3, 7}) {
    if (step.batched(slot)) return "its weights have a batch";
  }
  const BatchAxis sequence{first ? std::size_t{0} : std::size_t{1}, 1, 1};
  const std::size_t source = first_batched(step);
  BatchAxis samples = sequence;
  samples.outer = step.in[source]->outer;
  samples.inner = step.in[source]->inner;
  BatchAxis lengths = samples;
  lengths.axis = 0;
  if (Reason why = together(step, {0}, samples); !why.empty()) return why;
  if (Reason why = together(step, {4}, lengths); !why.empty()) return why;
  for (const std::size_t slot : state_slots) {
    if (Reason why = together(step, {slot}, samples); !why.empty()) return why;
  }
  step.follow(samples);
  if (!first && !step.out.empty()) step.out[0]->axis = 2;
  return kFine;
}

Reason one_hot(BatchStep& step) {
  if (Reason why = only_first(step); !why.empty()) return why;
  BatchAxis axis = *step.in[0];
  const std::size_t added = counted(params_as<OneHotParams>(step.node).axis, step.rank(0) + 1);
  if (added <= axis.axis) ++axis.axis;
  step.follow(axis);
  return kFine;
}

Reason quantize(BatchStep& step) {
  const auto& params = params_as<QuantParams>(step.node);
  if (Reason why = only_first(step); !why.empty()) return why;
  if (!step.has(1)) return "it has no scale";
  const ValueType& scale = step.type(1);
  const bool per_tensor =
      scale.ranked && (scale.dims.empty() || (scale.dims.size() == 1 && scale.dims[0].value == 1));
  if (!per_tensor &&
      (params.block_size > 0 || counted(params.axis, step.rank(0)) == step.in[0]->axis)) {
    return "its scales run over the batch";
  }
  step.follow(*step.in[0]);
  return kFine;
}

Reason reverse_sequence(BatchStep& step) {
  const auto& params = params_as<ReverseSequenceParams>(step.node);
  const BatchAxis axis{static_cast<std::size_t>(params.batch_axis), 1, 1};
  if (Reason why = together(step, {0}, axis); !why.empty()) return why;
  if (Reason why = together(step, {1}, BatchAxis{}); !why.empty()) return why;
  step.follow(axis);
  return kFine;
}

/// GridSample, Attention: all inputs have their samples on the first axis.
Reason grid_sample(BatchStep& step) {
  BatchAxis axis = *step.in[first_batched(step)];
  if (axis.axis != 0) return "the batch is not its first axis";
  step.follow(axis);
  return together(step, {0, 1}, axis);
}

Reason attention(BatchStep& step) {
  const BatchAxis axis = *step.in[first_batched(step)];
  if (axis.axis != 0) return "the batch is not its first axis";
  step.follow(axis);
  if (Reason why = together(step, {0, 1, 2, 4, 5, 6}, axis); !why.empty()) return why;
  if (!step.has(3)) return kFine;
  if (step.batched(3)) {
    const bool fits = step.rank(3) == 4 && *step.in[3] == axis;
    return fits ? kFine : Reason("its mask has the batch on another axis");
  }
  return step.rank(3) < 4 ? kFine : step.meet(3, 0, axis, true);
}

Reason einsum(BatchStep& step) {
  const std::string& equation = params_as<EinsumParams>(step.node).equation;
  const auto arrow = equation.find("->");
  if (arrow == std::string::npos || equation.find('.') != std::string::npos) {
    return "its equation leaves axes unsaid";
  }
  std::vector<std::string> terms(1);
  for (const char c : equation.substr(0, arrow)) {
    if (c == ',') {
      terms.emplace_back();
    } else {
      terms.back() += c;
    }
  }
  const std::string result = equation.substr(arrow + 2);
  const std::size_t source = first_batched(step);
  if (terms.size() != step.in.size()) return "its equation does not fit its inputs";
  const char label = terms[source][step.in[source]->axis];
  const auto at = result.find(label);
  if (at == std::string::npos) return "it sums over the batch";
  for (std::size_t slot = 0; slot < terms.size(); ++slot) {
    const auto place = terms[slot].find(label);
    if (place == std::string::npos && !step.batched(slot)) continue;
    BatchAxis axis = *step.in[source];
    axis.axis = place;
    if (step.batched(slot) && *step.in[slot] != axis) return "it pairs samples with each other";
    if (Reason why = together(step, {slot}, axis); !why.empty()) return why;
  }
  BatchAxis axis = *step.in[source];
  axis.axis = at;
  step.follow(axis);
  return kFine;
}

Reason chooses_rows(BatchStep&) { return "its result has no axis for the samples"; }
Reason over_all(BatchStep&) { return "its scale is that of the whole batch"; }
Reason has_bodies(BatchStep&) { return "the batch is not followed into its bodies"; }

const std::map<std::string_view, BatchRule>& rules() {
  static const std::map<std::string_view, BatchRule> kRules = {
      {"ArgMax", arg_reduce},
      {"ArgMin", arg_reduce},
      {"Attention", attention},
      {"AveragePool", by_sample},
      {"BatchNormalization", batch_normalization},
      {"CastLike", cast_like},
      {"Col2Im", by_sample},
      {"Compress", chooses_rows},
      {"Concat", concat},
      {"Conv", by_sample},
      {"ConvInteger", by_sample},
      {"ConvTranspose", by_sample},
      {"CumProd", cumulative},
      {"CumSum", cumulative},
      {"DepthToSpace", by_sample},
      {"DequantizeLinear", quantize},
      {"Dropout", first_only},
      {"DynamicQuantizeLinear", over_all},
      {"Einsum", einsum},
      {"Expand", batch_through_expand},
      {"Flatten", batch_through_flatten},
      {"GRU", recurrent},
      {"Gather", batch_through_gather},
      {"GatherElements", batch_through_gather_elements},
      {"GatherND", batch_through_gather_nd},
      {"Gemm", gemm},
      {"GlobalAveragePool", by_sample},
      {"GlobalLpPool", by_sample},
      {"GlobalMaxPool", by_sample},
      {"GridSample", grid_sample},
      {"GroupNormalization", by_sample},
      {"Hardmax", softmax},
      {"If", has_bodies},
      {"InstanceNormalization", by_sample},
      {"LRN", by_sample},
      {"LSTM", recurrent},
      {"LayerNormalization", layer_normalization},
      {"LogSoftmax", softmax},
      {"Loop", has_bodies},
      {"LpNormalization", lp_normalization},
      {"LpPool", by_sample},
      {"MatMul", matmul},
      {"MatMulInteger", matmul},
      {"MaxPool", max_pool},
      {"MeanVarianceNormalization", mean_variance},
      {"NonMaxSuppression", chooses_rows},
      {"NonZero", chooses_rows},
      {"OneHot", one_hot},
      {"Pad", batch_through_pad},
      {"QLinearConv", by_sample},
      {"QLinearMatMul", qlinear_matmul},
      {"QuantizeLinear", quantize},
      {"RMSNormalization", rms_normalization},
      {"RNN", recurrent},
      {"Reshape", batch_through_reshape},
      {"Resize", batch_through_resize},
      {"ReverseSequence", reverse_sequence},
      {"Scan", has_bodies},
      {"ScatterElements", batch_through_scatter_elements},
      {"ScatterND", batch_through_scatter_nd},
      {"Slice", batch_through_slice},
      {"Softmax", softmax},
      {"SpaceToDepth", by_sample},
      {"Split", split},
      {"Squeeze", squeeze},
      {"Tile", batch_through_tile},
      {"TopK", top_k},
      {"Transpose", transpose},
      {"Trilu", trilu},
      {"Unique", chooses_rows},
      {"Unsqueeze", unsqueeze},
  };
  return kRules;
}

}  // namespace

BatchRule find_batch_rule(const Node& node) {
  if (!node.op->domain.empty()) return nullptr;
  if (!node.subgraphs.empty()) return has_bodies;
  if (node.op->traits.elementwise) return broadcast;
  if (node.op->name.starts_with("Reduce")) return reduce;
  const auto at = rules().find(node.op->name);
  return at == rules().end() ? nullptr : at->second;
}

}  // namespace vernier
