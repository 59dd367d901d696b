#include "measure/detection_ap.h"

#include <algorithm>
#include <set>
#include <vector>

namespace vernier {
namespace {

double overlap(const ScoredBox& a, const ScoredBox& b) {
  const double width = std::min(a.x1, b.x1) - std::max(a.x0, b.x0);
  const double height = std::min(a.y1, b.y1) - std::max(a.y0, b.y0);
  if (width <= 0.0 || height <= 0.0) return 0.0;
  const double both = width * height;
  return both / ((a.x1 - a.x0) * (a.y1 - a.y0) + (b.x1 - b.x0) * (b.y1 - b.y0) - both);
}

double average_precision(std::vector<ScoredBox> found, const std::vector<ScoredBox>& truth,
                         double min_iou) {
  std::stable_sort(found.begin(), found.end(),
                   [](const ScoredBox& a, const ScoredBox& b) { return a.score > b.score; });
  std::vector<bool> taken(truth.size(), false);
  std::vector<double> precision;
  std::vector<double> recall;
  double hits = 0.0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    std::size_t best = truth.size();
    double best_iou = min_iou;
    for (std::size_t j = 0; j < truth.size(); ++j) {
      const double iou = overlap(found[i], truth[j]);
      if (!taken[j] && iou >= best_iou) {
        best = j;
        best_iou = iou;
      }
    }
    if (best < truth.size()) {
      taken[best] = true;
      hits += 1.0;
    }
    precision.push_back(hits / static_cast<double>(i + 1));
    recall.push_back(hits / static_cast<double>(truth.size()));
  }
  for (std::size_t i = precision.size(); i > 1; --i) {
    precision[i - 2] = std::max(precision[i - 2], precision[i - 1]);
  }
  double area = 0.0;
  double before = 0.0;
  for (std::size_t i = 0; i < recall.size(); ++i) {
    area += (recall[i] - before) * precision[i];
    before = recall[i];
  }
  return area;
}

}  // namespace

double mean_average_precision(std::span<const ScoredBox> found, std::span<const ScoredBox> truth,
                              double min_iou) {
  if (truth.empty()) return found.empty() ? 1.0 : 0.0;
  std::set<std::int64_t> labels;
  for (const ScoredBox& box : truth) labels.insert(box.label);
  double sum = 0.0;
  for (const std::int64_t label : labels) {
    const auto of_label = [&](std::span<const ScoredBox> boxes) {
      std::vector<ScoredBox> chosen;
      for (const ScoredBox& box : boxes) {
        if (box.label == label) chosen.push_back(box);
      }
      return chosen;
    };
    sum += average_precision(of_label(found), of_label(truth), min_iou);
  }
  return sum / static_cast<double>(labels.size());
}

}  // namespace vernier
