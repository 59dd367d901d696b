#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace vernier {

/// A decoded picture: 8 bits a channel, RGB interleaved, rows top to bottom, upright.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;  ///< width * height * 3
};

/// How a picture was stored and what was done to make it an Image.
struct ImageSource {
  std::string file;
  std::string format;    ///< "png" | "jpeg"
  int stored_width = 0;  ///< before turning upright
  int stored_height = 0;
  int stored_channels = 0;     ///< 1 gray, 2 gray+alpha, 3 RGB or palette, 4 RGBA or CMYK
  int stored_bits = 8;         ///< per channel; 16-bit samples are rounded to 8
  int exif_orientation = 1;    ///< 1..8; the picture is turned accordingly
  bool alpha_dropped = false;  ///< alpha is ignored, not blended (as PIL's convert("RGB"))
};

struct LoadedImage {
  Image image;
  ImageSource source;
};

struct ImageLimits {
  std::uint64_t max_pixels = 64'000'000;
  std::uint64_t max_file_bytes = 256ULL << 20U;
};

/// Reads the header only: PNG (with chunk structure and checksums) and JPEG (markers up to the
/// frame). Errors: invalid_data E-IMAGE-FORMAT, E-IMAGE-DECODE (cut off or damaged),
/// limit E-LIMIT-IMAGE (before a pixel is decoded).
Result<ImageSource> probe_image(std::span<const std::byte> file, const std::string& name,
                                const ImageLimits& limits = {});

/// Probe, then decode. Errors: as probe_image, invalid_data E-FILE-OPEN.
Result<LoadedImage> decode_image(std::span<const std::byte> file, const std::string& name,
                                 const ImageLimits& limits = {});
Result<LoadedImage> load_image(const std::string& path, const ImageLimits& limits = {});

/// True for a name that ends in .png, .jpg or .jpeg, in capitals too.
bool is_picture_name(const std::string& path);

/// Encodes by the path's suffix (.png, .jpg, .jpeg) and writes the file whole or not at all.
/// Errors: usage E-IMAGE-FORMAT, output.
Result<void> save_image(const Image& image, const std::string& path);

}  // namespace vernier
