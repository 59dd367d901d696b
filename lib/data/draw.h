#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "data/image.h"
#include "data/postprocess.h"

namespace vernier {

/// Draws a frame and "label score" for each detection; `labels` may be shorter than the classes,
/// the number stands in then. Colours depend on the class only.
Result<Image> draw_detections(const Image& image, std::span<const Detection> detections,
                              std::span<const std::string> labels);

}  // namespace vernier
