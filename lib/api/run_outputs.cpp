#include "api/run_outputs.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "data/draw.h"
#include "data/postprocess.h"
#include "tensor/element.h"

namespace vernier {
namespace {

template <class T>
ValueStats stats_of(const Tensor& tensor) {
  ValueStats stats;
  stats.min = std::numeric_limits<double>::infinity();
  stats.max = -stats.min;
  double mean = 0.0;
  double squares = 0.0;
  std::int64_t finite = 0;
  const std::int64_t count = tensor.element_count();
  for (std::int64_t i = 0; i < count; ++i) {
    const auto x = static_cast<double>(load_element(tensor.as<T>()[i]));
    if (std::isnan(x)) {
      ++stats.nan;
    } else if (std::isinf(x)) {
      ++stats.inf;
    } else {
      ++finite;
      stats.zeros += x == 0.0 ? 1 : 0;
      stats.min = std::min(stats.min, x);
      stats.max = std::max(stats.max, x);
      // Welford's update.
      const double delta = x - mean;
      mean += delta / static_cast<double>(finite);
      squares += delta * (x - mean);
    }
  }
  if (finite == 0) stats.min = stats.max = std::numeric_limits<double>::quiet_NaN();
  stats.mean = finite > 0 ? mean : std::numeric_limits<double>::quiet_NaN();
  stats.stddev = finite > 0 ? std::sqrt(squares / static_cast<double>(finite)) : stats.mean;
  return stats;
}

std::string label_of(std::int64_t index, const std::vector<std::string>& labels) {
  const auto at = static_cast<std::size_t>(index);
  return index >= 0 && at < labels.size() ? labels[at] : std::string();
}

/// A record for boxes when the input was no picture: they stay in pixels of the tensor.
PreprocessRecord identity_record(const GatheredInputs& inputs) {
  PreprocessRecord record;
  for (const NamedTensor& input : inputs.tensors) {
    const Shape& shape = input.tensor.shape();
    if (shape.size() != 4) continue;
    record.height = static_cast<int>(std::min<std::int64_t>(shape[2], 1 << 20));
    record.width = static_cast<int>(std::min<std::int64_t>(shape[3], 1 << 20));
    break;
  }
  record.source_width = record.resized_width = record.width;
  record.source_height = record.resized_height = record.height;
  return record;
}

Result<void> rank_classes(const NamedTensor& output, const RunOptions& options,
                          const std::vector<std::string>& labels, RunReport& report) {
  auto ranked = top_k(output.tensor.view(), options.topk);
  if (!ranked) {
    if (ranked.error().where.tensor.empty()) ranked.error().where.tensor = output.name;
    return std::move(ranked).error();
  }
  for (const auto& row : ranked->rows) {
    std::vector<RankedClass> classes;
    for (const Ranked& entry : row) {
      classes.push_back(
          {entry.index, label_of(entry.index, labels), entry.score, entry.probability});
    }
    report.topk.push_back(std::move(classes));
  }
  return {};
}

Result<void> find_boxes(const NamedTensor& output, const GatheredInputs& inputs,
                        const RunOptions& options, const std::vector<std::string>& labels,
                        RunReport& report) {
  DetectOptions detect;
  detect.min_score = options.min_score;
  const PreprocessRecord record = inputs.record ? *inputs.record : identity_record(inputs);
  auto boxes = decode_yolo(output.tensor.view(), record, detect);
  if (!boxes) {
    if (boxes.error().where.tensor.empty()) boxes.error().where.tensor = output.name;
    return std::move(boxes).error();
  }
  report.decoded = true;
  for (const Detection& box : *boxes) {
    report.boxes.push_back(
        {box.x0, box.y0, box.x1, box.y1, box.score, box.label, label_of(box.label, labels)});
  }
  if (options.draw.empty()) return {};
  if (!inputs.picture) {
    return usage_error("--draw needs a picture as input", "E-OUTPUT-DECODE");
  }
  VERNIER_ASSIGN(const Image drawn, draw_detections(inputs.picture->image, *boxes, labels));
  VERNIER_TRY(save_image(drawn, options.draw));
  report.picture_file = options.draw;
  return {};
}

}  // namespace

std::optional<ValueStats> measure_values(const Tensor& tensor) {
  if (tensor.element_count() == 0) return std::nullopt;
  return visit_dtype(tensor.dtype(), [&](auto tag) -> std::optional<ValueStats> {
    using T = typename decltype(tag)::type;
    if constexpr (std::is_void_v<T> || std::is_same_v<T, std::string> ||
                  std::is_same_v<T, std::complex<float>> ||
                  std::is_same_v<T, std::complex<double>>) {
      return std::nullopt;
    } else {
      return stats_of<T>(tensor);
    }
  });
}

Result<void> postprocess(const std::vector<NamedTensor>& outputs, const GatheredInputs& inputs,
                         const RunOptions& options, const std::vector<std::string>& labels,
                         RunReport& report) {
  if (options.topk <= 0 && options.decode.empty()) return {};
  if (outputs.empty()) return usage_error("the model has no output", "E-OUTPUT-DECODE");
  if (options.topk > 0) VERNIER_TRY(rank_classes(outputs.front(), options, labels, report));
  if (!options.decode.empty()) {
    VERNIER_TRY(find_boxes(outputs.front(), inputs, options, labels, report));
  }
  return {};
}

}  // namespace vernier
