#pragma once

#include <vector>

#include "data/postprocess.h"
#include "measure/detection_ap.h"

namespace vernier {

inline std::vector<ScoredBox> scored_boxes(const std::vector<Detection>& detections) {
  std::vector<ScoredBox> boxes;
  boxes.reserve(detections.size());
  for (const Detection& d : detections) boxes.push_back({d.x0, d.y0, d.x1, d.y1, d.score, d.label});
  return boxes;
}

}  // namespace vernier
