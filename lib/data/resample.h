#pragma once

#include "data/image.h"

namespace vernier {

/// Bilinear with antialiasing: a triangle filter whose support grows with the reduction, horizontal
/// pass first, each pass rounded to 8 bits (what Pillow and torchvision call BILINEAR on pictures).
Image resize_antialiased(const Image& image, int width, int height);

/// Bilinear on two neighbours a side without antialiasing, half-pixel centres (OpenCV's
/// INTER_LINEAR), as YOLO's and PP-OCR's pipelines do.
Image resize_bilinear(const Image& image, int width, int height);

/// The part [x, x + width) x [y, y + height) of `image`, which must contain it.
Image crop(const Image& image, int x, int y, int width, int height);

}  // namespace vernier
