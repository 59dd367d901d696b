#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/preprocess.h"
#include "tensor/tensor.h"

namespace vernier {

struct Ranked {
  std::int64_t index = 0;
  double score = 0.0;        ///< the output's own value
  double probability = 0.0;  ///< softmax of the scores, or the score when they are probabilities
};

struct TopK {
  bool softmax_applied = false;           ///< false: the row already was a distribution
  std::vector<std::vector<Ranked>> rows;  ///< one list for each row, best first
};

/// The k best of each row of a real-valued output [classes], [N, classes] or [N, classes, 1, 1].
/// Scores count as probabilities when every row is non-negative and sums to 1 within 1e-3. Ties go
/// to the lower index, NaN comes last. Errors: invalid_data E-OUTPUT-SHAPE / E-OUTPUT-DTYPE.
Result<TopK> top_k(const TensorView& output, std::int64_t k);

struct Detection {
  double x0 = 0.0;  ///< box corners in pixels of the source picture, inside it
  double y0 = 0.0;
  double x1 = 0.0;
  double y1 = 0.0;
  double score = 0.0;
  std::int64_t label = 0;
};

struct DetectOptions {
  double min_score = 0.25;
  double max_iou = 0.45;                ///< boxes of one class overlapping more are suppressed
  std::size_t max_candidates = 30'000;  ///< best ones kept before suppression
  std::size_t max_detections = 300;
};

/// Decodes YOLOv8's head [1, 4 + classes, anchors] (centre x, y, width, height in pixels of the
/// tensor, class probabilities), suppresses class by class and maps the boxes back through
/// `record`. Boxes with values that are not finite are left out. Errors: invalid_data
/// E-OUTPUT-SHAPE / E-OUTPUT-DTYPE.
Result<std::vector<Detection>> decode_yolo(const TensorView& output, const PreprocessRecord& record,
                                           const DetectOptions& options = {});

/// Greedy suppression, best score first; boxes of different labels do not touch each other.
std::vector<Detection> suppress_overlaps(std::vector<Detection> boxes, double max_iou,
                                         std::size_t max_detections);

}  // namespace vernier
