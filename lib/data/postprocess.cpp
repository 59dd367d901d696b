#include "data/postprocess.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <type_traits>
#include <utility>

#include "tensor/element.h"
#include "tensor/strided.h"

namespace vernier {
namespace {

/// All elements as doubles, in row-major order. Error for types that have no order.
Result<std::vector<double>> to_doubles(const TensorView& view) {
  std::vector<double> values;
  values.reserve(static_cast<std::size_t>(view.element_count()));
  const bool real = visit_dtype(view.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (is_real_float_v<T> || (std::is_integral_v<T> && !std::is_same_v<T, bool>)) {
      for_each_offset<1>(view.shape, {view.strides}, [&](const auto& offset) {
        values.push_back(static_cast<double>(load_element(view.as<T>()[offset[0]])));
      });
      return true;
    } else {
      return false;
    }
  });
  if (!real) {
    return invalid_data(
        "the output is " + std::string(dtype_name(view.dtype)) + ", scores must be real numbers",
        "E-OUTPUT-DTYPE");
  }
  return values;
}

bool is_distribution(const double* row, std::size_t classes) {
  double sum = 0.0;
  for (std::size_t i = 0; i < classes; ++i) {
    if (!(row[i] >= 0.0)) return false;
    sum += row[i];
  }
  return std::abs(sum - 1.0) <= 1e-3;
}

std::vector<Ranked> rank_row(const double* row, std::size_t classes, std::size_t k, bool softmax) {
  std::vector<std::size_t> order(classes);
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto key = [&](std::size_t i) { return std::isnan(row[i]) ? -HUGE_VAL : row[i]; };
  const std::size_t kept = std::min(k, classes);
  std::partial_sort(
      order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept), order.end(),
      [&](std::size_t a, std::size_t b) { return key(a) != key(b) ? key(a) > key(b) : a < b; });
  double total = 0.0;
  const double best = key(order[0]);
  for (std::size_t i = 0; i < classes && softmax; ++i) {
    if (std::isfinite(best) && std::isfinite(key(i))) total += std::exp(key(i) - best);
  }
  std::vector<Ranked> ranked;
  for (std::size_t i = 0; i < kept; ++i) {
    const double score = row[order[i]];
    double probability = score;
    if (softmax) probability = total > 0.0 ? std::exp(key(order[i]) - best) / total : 0.0;
    ranked.push_back({static_cast<std::int64_t>(order[i]), score, probability});
  }
  return ranked;
}

double overlap(const Detection& a, const Detection& b) {
  const double width = std::min(a.x1, b.x1) - std::max(a.x0, b.x0);
  const double height = std::min(a.y1, b.y1) - std::max(a.y0, b.y0);
  if (width <= 0.0 || height <= 0.0) return 0.0;
  const double common = width * height;
  const double both = (a.x1 - a.x0) * (a.y1 - a.y0) + (b.x1 - b.x0) * (b.y1 - b.y0) - common;
  return both > 0.0 ? common / both : 0.0;
}

Detection map_back(const Detection& box, const PreprocessRecord& record) {
  const auto x = [&](double value) {
    const double source = (value - record.pad_left + record.crop_x) / record.scale_x;
    return std::clamp(source, 0.0, static_cast<double>(record.source_width));
  };
  const auto y = [&](double value) {
    const double source = (value - record.pad_top + record.crop_y) / record.scale_y;
    return std::clamp(source, 0.0, static_cast<double>(record.source_height));
  };
  return {x(box.x0), y(box.y0), x(box.x1), y(box.y1), box.score, box.label};
}

bool better(const Detection& a, const Detection& b) {
  if (a.score != b.score) return a.score > b.score;
  return a.label < b.label;
}

}  // namespace

Result<TopK> top_k(const TensorView& output, std::int64_t k) {
  std::size_t rank = output.rank();
  while (rank > 2 && output.shape[rank - 1] == 1) --rank;
  const bool fits = (rank == 1 || rank == 2) && output.shape[rank - 1] > 0;
  if (!fits || k < 1) {
    return invalid_data("the output " + describe(output) + " is no list of class scores",
                        "E-OUTPUT-SHAPE");
  }
  VERNIER_ASSIGN(const auto values, to_doubles(output));
  const auto classes = static_cast<std::size_t>(output.shape[rank - 1]);
  TopK result;
  for (std::size_t at = 0; at < values.size(); at += classes) {
    if (!is_distribution(values.data() + at, classes)) result.softmax_applied = true;
  }
  for (std::size_t at = 0; at < values.size(); at += classes) {
    result.rows.push_back(
        rank_row(values.data() + at, classes, static_cast<std::size_t>(k), result.softmax_applied));
  }
  return result;
}

std::vector<Detection> suppress_overlaps(std::vector<Detection> boxes, double max_iou,
                                         std::size_t max_detections) {
  std::stable_sort(boxes.begin(), boxes.end(), better);
  std::vector<Detection> kept;
  for (const Detection& box : boxes) {
    if (kept.size() >= max_detections) break;
    const bool covered = std::any_of(kept.begin(), kept.end(), [&](const Detection& other) {
      return other.label == box.label && overlap(other, box) > max_iou;
    });
    if (!covered) kept.push_back(box);
  }
  return kept;
}

Result<std::vector<Detection>> decode_yolo(const TensorView& output, const PreprocessRecord& record,
                                           const DetectOptions& options) {
  const bool fits = output.rank() == 3 && output.shape[0] == 1 && output.shape[1] > 4;
  if (!fits) {
    return invalid_data(
        "the output " + describe(output) + " is not a YOLOv8 head [1,4+classes,anchors]",
        "E-OUTPUT-SHAPE");
  }
  VERNIER_ASSIGN(const auto values, to_doubles(output));
  const auto rows = static_cast<std::size_t>(output.shape[1]);
  const auto anchors = static_cast<std::size_t>(output.shape[2]);
  const auto at = [&](std::size_t row, std::size_t anchor) {
    return values[row * anchors + anchor];
  };
  std::vector<Detection> boxes;
  for (std::size_t i = 0; i < anchors; ++i) {
    std::size_t best = 4;
    for (std::size_t row = 5; row < rows; ++row) {
      if (at(row, i) > at(best, i)) best = row;
    }
    const double score = at(best, i);
    const double half_width = at(2, i) / 2;
    const double half_height = at(3, i) / 2;
    if (!(score >= options.min_score) || !std::isfinite(score) ||
        !std::isfinite(at(0, i) + at(1, i) + half_width + half_height)) {
      continue;
    }
    boxes.push_back({at(0, i) - half_width, at(1, i) - half_height, at(0, i) + half_width,
                     at(1, i) + half_height, score, static_cast<std::int64_t>(best - 4)});
  }
  std::stable_sort(boxes.begin(), boxes.end(), better);
  if (boxes.size() > options.max_candidates) boxes.resize(options.max_candidates);
  boxes = suppress_overlaps(std::move(boxes), options.max_iou, options.max_detections);
  for (Detection& box : boxes) box = map_back(box, record);
  return boxes;
}

}  // namespace vernier
