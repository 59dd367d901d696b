#pragma once

#include <cstdint>
#include <span>

namespace vernier {

/// A box of a picture, corners in pixels.
struct ScoredBox {
  double x0 = 0.0;
  double y0 = 0.0;
  double x1 = 0.0;
  double y1 = 0.0;
  double score = 0.0;
  std::int64_t label = 0;
};

/// Mean over the labels of `truth` of the average precision of `found` at an overlap (IoU) of
/// `min_iou`: each box of the truth is taken once, by the best-scored box that overlaps it enough;
/// the area under the precision/recall curve with precision made monotonic (PASCAL VOC 2010 and
/// later). 1 when both are empty, 0 when only the truth is.
double mean_average_precision(std::span<const ScoredBox> found, std::span<const ScoredBox> truth,
                              double min_iou);

}  // namespace vernier
