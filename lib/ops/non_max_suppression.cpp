#include "ops/non_max_suppression.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "ops/dense.h"
#include "ops/shapes.h"
#include "ops/type_check.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<NonMaxSuppressionParams>();
  VERNIER_ASSIGN(const auto center, attributes.get_int_in("center_point_box", 0, 0, 1));
  params->center_point_box = center == 1;
  return Params(std::move(params));
}

Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 0, kFloats));
  VERNIER_TRY(check_dtype(context, 1, kFloats));
  const ValueType& boxes = context.input(0);
  VERNIER_TRY(check_rank(boxes, 3, 3, "boxes"));
  VERNIER_TRY(check_rank(context.input(1), 3, 3, "scores"));
  VERNIER_TRY(check_dim(boxes, 2, Dim::known(4), "boxes"));
  if (boxes.ranked) {
    VERNIER_TRY(check_dim(context.input(1), 0, boxes.dims[0], "scores"));
    VERNIER_TRY(check_dim(context.input(1), 2, boxes.dims[1], "scores"));
  }
  context.set_output(0, ValueType::of(DType::int64, {Dim::unknown(), Dim::known(3)}));
  return {};
}

struct Box {
  double x0, y0, x1, y1;
};

Box box_at(const double* b, bool center) {
  if (center) {
    return {b[0] - b[2] / 2, b[1] - b[3] / 2, b[0] + b[2] / 2, b[1] + b[3] / 2};
  }
  return {std::min(b[1], b[3]), std::min(b[0], b[2]), std::max(b[1], b[3]), std::max(b[0], b[2])};
}

/// True when the boxes overlap by more than the threshold (intersection over union).
bool overlaps(const Box& a, const Box& b, double threshold) {
  const double width = std::min(a.x1, b.x1) - std::max(a.x0, b.x0);
  const double height = std::min(a.y1, b.y1) - std::max(a.y0, b.y0);
  if (!(width > 0.0) || !(height > 0.0)) return false;
  const double area_a = (a.x1 - a.x0) * (a.y1 - a.y0);
  const double area_b = (b.x1 - b.x0) * (b.y1 - b.y0);
  const double shared = width * height;
  const double all = area_a + area_b - shared;
  return all > 0.0 && shared / all > threshold;
}

struct Limits {
  std::int64_t most = 0;
  double iou = 0.0;
  std::optional<double> score;
};

Result<Limits> read_limits(EvalContext& context) {
  Limits limits;
  if (context.has_input(2)) {
    VERNIER_ASSIGN(limits.most, scalar_int64(context.input(2), "max_output_boxes_per_class"));
  }
  if (context.has_input(3)) {
    VERNIER_ASSIGN(limits.iou, scalar_double(context.input(3), "iou_threshold"));
  }
  if (context.has_input(4)) {
    VERNIER_ASSIGN(limits.score, scalar_double(context.input(4), "score_threshold"));
  }
  return limits;
}

/// Selects boxes of one class; writes their numbers to `kept` and returns how many.
std::int64_t select(const double* boxes, const double* scores, std::int64_t count,
                    const Limits& limits, bool center, std::int64_t* order, std::int64_t* kept) {
  std::int64_t candidates = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    if (!limits.score || scores[i] > *limits.score) order[candidates++] = i;
  }
  std::sort(order, order + candidates, [&](std::int64_t a, std::int64_t b) {
    if (scores[a] > scores[b]) return true;
    if (scores[b] > scores[a]) return false;
    const bool a_nan = scores[a] != scores[a];
    const bool b_nan = scores[b] != scores[b];
    return a_nan != b_nan ? b_nan : a < b;
  });
  std::int64_t selected = 0;
  for (std::int64_t i = 0; i < candidates && selected < limits.most; ++i) {
    const Box box = box_at(boxes + order[i] * 4, center);
    const bool suppressed = std::any_of(kept, kept + selected, [&](std::int64_t other) {
      return overlaps(box, box_at(boxes + other * 4, center), limits.iou);
    });
    if (!suppressed) kept[selected++] = order[i];
  }
  return selected;
}

Result<void> reference(EvalContext& context) {
  const TensorView& boxes = context.input(0);
  const TensorView& scores = context.input(1);
  if (boxes.rank() != 3 || scores.rank() != 3 || boxes.shape[2] != 4 ||
      scores.shape[0] != boxes.shape[0] || scores.shape[2] != boxes.shape[1]) {
    return shape_error("boxes " + describe(boxes) + " and scores " + describe(scores) +
                       " do not fit");
  }
  VERNIER_ASSIGN(const Limits limits, read_limits(context));
  const bool center = params_as<NonMaxSuppressionParams>(context).center_point_box;
  const std::int64_t count = boxes.shape[1];
  const std::int64_t classes = scores.shape[1];
  const std::int64_t most = std::clamp<std::int64_t>(limits.most, 0, count);
  const std::int64_t bounds[] = {boxes.shape[0], classes, most, 3};
  const auto capacity = checked_element_count(bounds);
  if (!capacity) return limit_error("output size overflows", "E-LIMIT-TENSOR");
  VERNIER_ASSIGN(const double* box_values, dense_doubles(context, boxes));
  VERNIER_ASSIGN(const double* score_values, dense_doubles(context, scores));
  VERNIER_ASSIGN(std::int64_t * order, scratch_array<std::int64_t>(context, count));
  VERNIER_ASSIGN(std::int64_t * kept, scratch_array<std::int64_t>(context, count));
  VERNIER_ASSIGN(std::int64_t * rows, scratch_array<std::int64_t>(context, *capacity));
  std::int64_t total = 0;
  for (std::int64_t b = 0; b < boxes.shape[0] && most > 0; ++b) {
    for (std::int64_t c = 0; c < classes; ++c) {
      const std::int64_t selected =
          select(box_values + b * count * 4, score_values + (b * classes + c) * count, count,
                 limits, center, order, kept);
      for (std::int64_t i = 0; i < selected; ++i, ++total) {
        rows[total * 3] = b;
        rows[total * 3 + 1] = c;
        rows[total * 3 + 2] = kept[i];
      }
    }
  }
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, DType::int64, Shape{total, 3}));
  return store_int64s(rows, y);
}

}  // namespace

const OpDef non_max_suppression_op{
    .domain = "",
    .name = "NonMaxSuppression",
    .since_version = 10,
    .inputs = {2, 5},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
};

}  // namespace vernier
