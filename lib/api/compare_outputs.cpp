#include "api/compare_outputs.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "api/scored_boxes.h"
#include "data/postprocess.h"
#include "measure/agreement.h"

namespace vernier {
namespace {

constexpr std::int64_t kTopK = 5;

/// Shares of rows with the same best class, and of the k best that both have.
void compare_classes(const TensorView& actual, const TensorView& expected, OutputComparison& row) {
  if (expected.rank() < 1 || expected.rank() > 2 || !is_floating(expected.dtype)) return;
  const std::int64_t classes = expected.shape.back();
  if (classes < 2 || !(actual.shape == expected.shape) || actual.dtype != expected.dtype) return;
  row.k = static_cast<int>(std::min(kTopK, classes));
  const auto a = top_k(actual, row.k);
  const auto b = top_k(expected, row.k);
  if (!a || !b || a->rows.empty() || a->rows.size() != b->rows.size()) return;
  double same = 0.0;
  double shared = 0.0;
  for (std::size_t i = 0; i < a->rows.size(); ++i) {
    std::set<std::int64_t> wanted;
    for (const Ranked& ranked : b->rows[i]) wanted.insert(ranked.index);
    same += a->rows[i].front().index == b->rows[i].front().index ? 1.0 : 0.0;
    for (const Ranked& ranked : a->rows[i]) shared += wanted.count(ranked.index) != 0 ? 1.0 : 0.0;
  }
  const auto rows = static_cast<double>(a->rows.size());
  row.top1 = same / rows;
  row.topk = shared / (rows * row.k);
}

}  // namespace

double tolerance_of(const SideBySide& both, std::size_t i, std::optional<double> max_rel_l2) {
  if (max_rel_l2) return *max_rel_l2;
  return std::max(default_max_rel_l2(both.contender(0).settings.precision),
                  default_max_rel_l2(both.contender(i).settings.precision));
}

std::vector<OutputComparison> compare_outputs_of(const SideBySide& both, std::size_t i,
                                                 std::optional<double> max_rel_l2) {
  std::vector<OutputComparison> rows;
  const auto& outputs = both.outputs(i);
  for (const NamedTensor& expected : both.outputs(0)) {
    OutputComparison row;
    row.contender = both.contender(i).label;
    row.output = expected.name;
    row.tolerance = tolerance_of(both, i, max_rel_l2);
    const auto found = std::find_if(outputs.begin(), outputs.end(), [&](const NamedTensor& item) {
      return item.name == expected.name;
    });
    if (found == outputs.end()) {
      row.rel_l2 = std::numeric_limits<double>::infinity();
      row.cosine = 0.0;
      row.reason = "the contender has no such output";
    } else {
      const TensorDifference d = compare_tensors(found->tensor.view(), expected.tensor.view());
      row.rel_l2 = d.rel_l2;
      row.cosine = d.cosine;
      row.max_abs = d.max_abs;
      row.reason = d.reason;
      row.agree = d.rel_l2 <= row.tolerance;
      compare_classes(found->tensor.view(), expected.tensor.view(), row);
    }
    row.snr_db =
        row.rel_l2 > 0.0 ? -20.0 * std::log10(row.rel_l2) : std::numeric_limits<double>::infinity();
    rows.push_back(std::move(row));
  }
  return rows;
}

Result<DetectionAgreement> compare_detections(const SideBySide& both, std::size_t i) {
  if (!both.inputs().record || both.outputs(0).empty() || both.outputs(i).empty()) {
    return usage_error("--task detect needs a picture as input (--input FILE --preprocess yolo)",
                       "E-COMPARE-TASK");
  }
  VERNIER_ASSIGN(const auto truth,
                 decode_yolo(both.outputs(0).front().tensor.view(), *both.inputs().record));
  VERNIER_ASSIGN(const auto found,
                 decode_yolo(both.outputs(i).front().tensor.view(), *both.inputs().record));
  DetectionAgreement result;
  result.contender = both.contender(i).label;
  result.baseline_boxes = static_cast<int>(truth.size());
  result.contender_boxes = static_cast<int>(found.size());
  const auto a = scored_boxes(found);
  const auto b = scored_boxes(truth);
  constexpr int kSteps = 10;  // 0.50, 0.55 .. 0.95, as COCO does
  for (int step = 0; step < kSteps; ++step) {
    const double map = mean_average_precision(a, b, 0.5 + 0.05 * step);
    if (step == 0) result.map50 = map;
    result.map50_95 += map / kSteps;
  }
  return result;
}

}  // namespace vernier
