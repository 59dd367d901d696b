#include <algorithm>
#include <limits>

#include "base/checked_math.h"
#include "ops/flatten.h"
#include "ops/reshape.h"
#include "ops/resize.h"
#include "passes/batch_step.h"

namespace vernier {
namespace {

const Reason kFine;

/// Product of the sizes in [first, last); nullopt: one is not known, or it is too large.
std::optional<std::int64_t> product(const std::vector<Dim>& dims, std::size_t first,
                                    std::size_t last) {
  std::int64_t all = 1;
  for (std::size_t i = first; i < last; ++i) {
    if (!dims[i].is_known()) return std::nullopt;
    const auto next = checked_mul(all, dims[i].value);
    if (!next) return std::nullopt;
    all = *next;
  }
  return all;
}

std::vector<BatchSize> plain(const std::vector<std::int64_t>& values) {
  std::vector<BatchSize> sizes(values.size());
  std::transform(values.begin(), values.end(), sizes.begin(), [](std::int64_t value) {
    return BatchSize{value, false};
  });
  return sizes;
}

/// Places in a reshaped tensor where the batch may be.
struct Places {
  std::vector<BatchAxis> exact;   ///< an axis of its own
  std::vector<BatchAxis> joined;  ///< together with others
};

Places places_of(const std::vector<Dim>& dims, std::int64_t outer_total, std::int64_t batch) {
  Places places;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const auto before = product(dims, 0, i);
    if (!before || *before == 0 || *before > outer_total) break;
    if (outer_total % *before != 0 || !dims[i].is_known()) continue;
    const std::int64_t outer = outer_total / *before;
    const auto block = checked_mul(outer, batch);
    if (!block || *block == 0 || dims[i].value % *block != 0 || dims[i].value == 0) continue;
    const BatchAxis place{i, outer, dims[i].value / *block};
    (place.multiple() == 1 ? places.exact : places.joined).push_back(place);
  }
  return places;
}

/// The place in the result of a Reshape. Where sizes of 1 leave several, step.guess chooses.
std::optional<BatchAxis> choose_place(const BatchStep& step, const std::vector<Dim>& dims,
                                      std::int64_t outer_total) {
  const Places places = places_of(dims, outer_total, step.batch);
  if (!places.exact.empty()) {
    if (step.guess == 2) return places.exact.back();
    for (const BatchAxis& place : places.exact) {
      if (step.guess == 0 && place == *step.in[0]) return place;
    }
    return places.exact.front();
  }
  if (places.joined.empty()) return std::nullopt;
  const bool late = step.guess == 0 ? dims.size() >= step.rank(0) : step.guess == 2;
  return late ? places.joined.back() : places.joined.front();
}

/// The target of a Reshape with a free batch at `place`.
void rewrite_target(BatchStep& step, std::vector<std::int64_t> target, const std::vector<Dim>& dims,
                    const BatchAxis& place, bool allows_zero) {
  const std::size_t at = place.axis;
  if (target[at] == -1 || (target[at] == 0 && !allows_zero)) return;
  std::vector<BatchSize> sizes = plain(target);
  const bool copies = !allows_zero && place == *step.in[0];
  const auto open = std::find(target.begin(), target.end(), -1);
  const bool open_known =
      open == target.end() || dims[static_cast<std::size_t>(open - target.begin())].is_known();
  if (copies) {
    sizes[at].factor = 0;
  } else if (open_known) {
    if (open != target.end()) {
      const auto other = static_cast<std::size_t>(open - target.begin());
      sizes[other].factor = dims[other].value;
    }
    sizes[at].factor = -1;
  } else {
    sizes[at] = {place.multiple(), true};
  }
  step.rewrite_sizes(1, std::move(sizes));
}

}  // namespace

Reason batch_through_reshape(BatchStep& step) {
  const auto& from = step.type(0).dims;
  const BatchAxis& in = *step.in[0];
  const bool allows_zero = params_as<ReshapeParams>(step.node).allowzero;
  const auto before = product(from, 0, in.axis);
  const auto target = step.ints(1);
  const std::int64_t outer_total = before ? checked_mul(*before, in.outer).value_or(0) : 0;
  if (!target) {
    step.out_by_size = true;
    step.outer_total = outer_total;
    return kFine;
  }
  const auto& dims = step.out_type(0).dims;
  if (dims.size() != target->size()) return "its shape is not known";
  std::optional<BatchAxis> place;
  if (in.axis < target->size() && (*target)[in.axis] == 0 && !allows_zero) {
    place = in;  // copied
  } else if (outer_total > 0) {
    place = choose_place(step, dims, outer_total);
  }
  if (!place) return "it is not known where the batch goes";
  rewrite_target(step, *target, dims, *place, allows_zero);
  step.follow(*place);
  return kFine;
}

Reason batch_through_flatten(BatchStep& step) {
  const auto& from = step.type(0).dims;
  BatchAxis axis = *step.in[0];
  std::int64_t first = params_as<FlattenParams>(step.node).axis;
  if (first < 0) first += static_cast<std::int64_t>(from.size());
  const auto split = static_cast<std::size_t>(first);
  if (axis.axis >= split) return "it joins the batch to the values of a sample";
  const auto outer = product(from, 0, axis.axis);
  const auto inner = product(from, axis.axis + 1, split);
  const auto outer_total = outer ? checked_mul(axis.outer, *outer) : std::nullopt;
  const auto inner_total = inner ? checked_mul(axis.inner, *inner) : std::nullopt;
  if (!outer_total || !inner_total) return "it joins the batch to sizes that are not known";
  step.follow({0, *outer_total, *inner_total});
  return kFine;
}

Reason batch_through_slice(BatchStep& step) {
  const BatchAxis& in = *step.in[0];
  const std::size_t rank = step.rank(0);
  const auto starts = step.ints(1);
  const auto ends = step.ints(2);
  const auto axes = step.ints(3);
  const auto steps = step.ints(4);
  if (step.has(3) && !axes) return "its axes are not constants";
  step.follow(in);
  const std::size_t count = axes ? axes->size() : (starts ? starts->size() : rank);
  for (std::size_t i = 0; i < count; ++i) {
    std::int64_t axis = axes ? (*axes)[i] : static_cast<std::int64_t>(i);
    if (axis < 0) axis += static_cast<std::int64_t>(rank);
    if (axis != static_cast<std::int64_t>(in.axis)) continue;
    const std::int64_t size = in.multiple() * step.batch;
    if (!starts || !ends || (step.has(4) && !steps) || starts->size() != count ||
        ends->size() != count || (steps && steps->size() != count)) {
      return "its limits on the batch axis are not constants";
    }
    const bool whole = ((*starts)[i] == 0 || (*starts)[i] <= -size) && (*ends)[i] >= size &&
                       (!steps || (*steps)[i] == 1);
    if (!whole) return "it takes some samples of the batch";
    std::vector<BatchSize> free_starts = plain(*starts);
    free_starts[i].factor = 0;
    if ((*starts)[i] != 0) step.rewrite_sizes(1, std::move(free_starts));
    const std::int64_t last = std::numeric_limits<std::int32_t>::max();
    std::vector<BatchSize> free_ends = plain(*ends);
    free_ends[i].factor =
        step.constant(2)->dtype() == DType::int32 ? last : std::numeric_limits<std::int64_t>::max();
    if ((*ends)[i] < last) step.rewrite_sizes(2, std::move(free_ends));
  }
  return kFine;
}

Reason batch_through_expand(BatchStep& step) {
  if (step.batched(1)) return "its shape has a batch";
  BatchAxis axis = *step.in[0];
  const auto& dims = step.out_type(0).dims;
  if (!step.out_type(0).ranked) return "its rank is not known";
  axis.axis += dims.size() - step.rank(0);
  step.follow(axis);
  const auto target = step.ints(1);
  if (!target || axis.axis + target->size() < dims.size()) return kFine;
  const std::size_t at = axis.axis + target->size() - dims.size();
  const std::int64_t size = (*target)[at];
  if (size == 1) return kFine;
  if (size != axis.multiple() * step.batch) return "it repeats the samples";
  std::vector<BatchSize> sizes = plain(*target);
  sizes[at].factor = 1;
  step.rewrite_sizes(1, std::move(sizes));
  return kFine;
}

Reason batch_through_tile(BatchStep& step) {
  const auto repeats = step.ints(1);
  step.follow(*step.in[0]);
  if (!repeats) return kFine;  // the sizes of two batches tell
  const std::size_t at = step.in[0]->axis;
  return at < repeats->size() && (*repeats)[at] == 1 ? kFine : Reason("it repeats the samples");
}

Reason batch_through_resize(BatchStep& step) {
  const auto& params = params_as<ResizeParams>(step.node);
  const BatchAxis& in = *step.in[0];
  step.follow(in);
  std::size_t at = in.axis;
  if (!params.axes.empty()) {
    std::vector<std::int64_t> axes = params.axes;
    for (auto& axis : axes) axis += axis < 0 ? static_cast<std::int64_t>(step.rank(0)) : 0;
    const auto own = std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(in.axis));
    if (own == axes.end()) return kFine;
    at = static_cast<std::size_t>(own - axes.begin());
  }
  const Tensor* scales = step.constant(2);
  if (scales != nullptr && at < static_cast<std::size_t>(scales->element_count())) {
    const bool kept = scales->dtype() == DType::float32 && scales->span<float>()[at] == 1.0F;
    return kept ? kFine : Reason("it scales the batch axis");
  }
  const auto target = step.ints(3);
  if (!target || at >= target->size()) return kFine;
  if ((*target)[at] != in.multiple() * step.batch) return "it scales the batch axis";
  std::vector<BatchSize> sizes = plain(*target);
  sizes[at] = {in.multiple(), true};
  step.rewrite_sizes(3, std::move(sizes));
  return kFine;
}

Reason batch_through_pad(BatchStep& step) {
  const auto pads = step.ints(1);
  const auto axes = step.ints(3);
  if (!pads || (step.has(3) && !axes)) return "its pads are not constants";
  const std::size_t count = pads->size() / 2;
  if (axes && axes->size() != count) return "its pads do not fit its axes";
  for (std::size_t i = 0; i < count; ++i) {
    std::int64_t axis = axes ? (*axes)[i] : static_cast<std::int64_t>(i);
    if (axis < 0) axis += static_cast<std::int64_t>(step.rank(0));
    if (axis != static_cast<std::int64_t>(step.in[0]->axis)) continue;
    if ((*pads)[i] != 0 || (*pads)[i + count] != 0) return "it pads the batch axis";
  }
  step.follow(*step.in[0]);
  return kFine;
}

}  // namespace vernier
