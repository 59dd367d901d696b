#include "data/image.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "base/file.h"
#include "tensor/crc32.h"

namespace vernier {
namespace {

using Bytes = std::span<const std::byte>;

Error damaged(const std::string& name, const std::string& why) {
  return invalid_data("picture '" + name + "': " + why, "E-IMAGE-DECODE");
}

std::uint32_t big32(Bytes bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i)
    value = (value << 8U) | static_cast<std::uint8_t>(bytes[at + i]);
  return value;
}
std::uint32_t big16(Bytes bytes, std::size_t at) {
  return (std::uint32_t{static_cast<std::uint8_t>(bytes[at])} << 8U) |
         static_cast<std::uint8_t>(bytes[at + 1]);
}
std::uint8_t at8(Bytes bytes, std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); }

/// Orientation tag of a TIFF block (the payload of EXIF); 1 when absent or malformed.
int exif_orientation(Bytes tiff) {
  if (tiff.size() < 8) return 1;
  const bool little = at8(tiff, 0) == 'I';
  if (!little && at8(tiff, 0) != 'M') return 1;
  const auto read16 = [&](std::size_t at) -> std::uint32_t {
    const std::uint32_t value = big16(tiff, at);
    return little ? ((value & 0xFFU) << 8U) | (value >> 8U) : value;
  };
  const auto read32 = [&](std::size_t at) -> std::uint32_t {
    const std::uint32_t value = big32(tiff, at);
    return little ? __builtin_bswap32(value) : value;
  };
  const std::size_t directory = read32(4);
  if (directory > tiff.size() - 2) return 1;
  const std::size_t count = read16(directory);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t entry = directory + 2 + 12 * i;
    if (entry + 12 > tiff.size()) return 1;
    if (read16(entry) != 0x0112) continue;
    const std::uint32_t value = read16(entry + 8);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

Result<ImageSource> probe_png(Bytes file, const std::string& name) {
  ImageSource source;
  source.format = "png";
  bool first = true;
  bool palette_alpha = false;
  for (std::size_t at = 8;;) {
    if (file.size() - at < 12) return damaged(name, "it is cut off");
    const std::size_t length = big32(file, at);
    if (length > file.size() - at - 12) return damaged(name, "it is cut off");
    const std::string_view type(reinterpret_cast<const char*>(file.data()) + at + 4, 4);
    const std::uint32_t crc = crc32_of(file.subspan(at + 4, length + 4));
    if (crc != big32(file, at + 8 + length)) return damaged(name, "a checksum is wrong");
    if (first != (type == "IHDR")) return damaged(name, "it has no PNG header");
    if (first) {
      if (length != 13) return damaged(name, "its PNG header is malformed");
      if (big32(file, at + 8) > 0x7FFFFFFFU || big32(file, at + 12) > 0x7FFFFFFFU) {
        return damaged(name, "its size is out of range");
      }
      source.stored_width = static_cast<int>(big32(file, at + 8));
      source.stored_height = static_cast<int>(big32(file, at + 12));
      source.stored_bits = at8(file, at + 16) == 16 ? 16 : 8;
      const std::uint8_t color = at8(file, at + 17);
      source.stored_channels = color == 0 ? 1 : color == 4 ? 2 : color == 6 ? 4 : 3;
      first = false;
    } else if (type == "tRNS") {
      palette_alpha = true;
    } else if (type == "eXIf") {
      source.exif_orientation = exif_orientation(file.subspan(at + 8, length));
    } else if (type == "IEND") {
      break;
    }
    at += 12 + length;
  }
  source.alpha_dropped =
      palette_alpha || source.stored_channels == 2 || source.stored_channels == 4;
  return source;
}

bool is_frame_marker(std::uint8_t marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

Result<ImageSource> probe_jpeg(Bytes file, const std::string& name) {
  ImageSource source;
  source.format = "jpeg";
  bool framed = false;
  for (std::size_t at = 2;;) {
    if (at + 4 > file.size() || at8(file, at) != 0xFF) return damaged(name, "it is cut off");
    const std::uint8_t marker = at8(file, at + 1);
    if (marker == 0xFF) {
      ++at;
      continue;
    }
    const std::size_t length = big16(file, at + 2);
    if (length < 2 || at + 2 + length > file.size()) return damaged(name, "it is cut off");
    const Bytes body = file.subspan(at + 4, length - 2);
    if (is_frame_marker(marker)) {
      if (body.size() < 6) return damaged(name, "its JPEG frame is malformed");
      source.stored_bits = at8(body, 0) > 8 ? 16 : 8;
      source.stored_height = static_cast<int>(big16(body, 1));
      source.stored_width = static_cast<int>(big16(body, 3));
      source.stored_channels = at8(body, 5);
      framed = true;
    } else if (marker == 0xE1 && body.size() > 6 && std::memcmp(body.data(), "Exif\0", 6) == 0) {
      source.exif_orientation = exif_orientation(body.subspan(6));
    } else if (marker == 0xDA) {
      break;
    }
    at += 2 + length;
  }
  if (!framed) return damaged(name, "it has no JPEG frame");
  for (std::size_t at = file.size() - 1; at > 2; --at) {  // the end marker, maybe before padding
    if (at8(file, at) == 0xD9 && at8(file, at - 1) == 0xFF) return source;
  }
  return damaged(name, "it is cut off");
}

/// A PNG (already probed) with the chunks that make its pixels. The others do not change what
/// OpenCV decodes, but libpng prints warnings about some of them.
std::vector<std::byte> pixel_chunks(Bytes file) {
  std::vector<std::byte> kept(file.begin(), file.begin() + 8);
  for (std::size_t at = 8; at < file.size();) {
    const std::size_t whole = 12 + std::size_t{big32(file, at)};
    const std::string_view type(reinterpret_cast<const char*>(file.data()) + at + 4, 4);
    const bool critical = type[0] >= 'A' && type[0] <= 'Z';
    const Bytes chunk = file.subspan(at, whole);
    if (critical || type == "tRNS") kept.insert(kept.end(), chunk.begin(), chunk.end());
    if (type == "IEND") break;
    at += whole;
  }
  return kept;
}

/// OpenCV's decode; its exceptions and messages stay here.
Result<cv::Mat> decode_pixels(Bytes file, const std::string& name) {
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  try {
    const cv::Mat raw(1, static_cast<int>(file.size()), CV_8UC1,
                      const_cast<std::byte*>(file.data()));
    cv::Mat picture =
        cv::imdecode(raw, cv::IMREAD_COLOR | cv::IMREAD_ANYDEPTH | cv::IMREAD_IGNORE_ORIENTATION);
    if (picture.empty()) return damaged(name, "it cannot be decoded");
    if (picture.depth() == CV_16U) picture.convertTo(picture, CV_8U, 1.0 / 257.0);
    if (picture.type() != CV_8UC3) return damaged(name, "it decodes to an unknown pixel type");
    return picture;
  } catch (const cv::Exception& e) {
    return damaged(name, "it cannot be decoded (" + std::string(e.err) + ")");
  } catch (const std::exception& e) {
    return damaged(name, std::string("it cannot be decoded (") + e.what() + ")");
  }
}

/// Turns by the EXIF orientation (TIFF 6.0: 1 upright ... 8 rotated 90 degrees).
void turn_upright(cv::Mat& picture, int orientation) {
  const bool transposed = orientation >= 5;
  if (transposed) cv::transpose(picture, picture);
  switch (orientation) {
    case 2:
    case 6:
      cv::flip(picture, picture, 1);
      break;
    case 3:
    case 7:
      cv::flip(picture, picture, -1);
      break;
    case 4:
    case 8:
      cv::flip(picture, picture, 0);
      break;
    default:
      break;
  }
}

std::string suffix_of(const std::string& path) {
  const auto dot = path.find_last_of('.');
  std::string suffix = dot == std::string::npos ? "" : path.substr(dot);
  std::transform(suffix.begin(), suffix.end(), suffix.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return suffix;
}

}  // namespace

Result<ImageSource> probe_image(Bytes file, const std::string& name, const ImageLimits& limits) {
  constexpr std::string_view kPng("\x89PNG\r\n\x1a\n", 8);
  const bool png = file.size() >= 8 && std::memcmp(file.data(), kPng.data(), 8) == 0;
  const bool jpeg = file.size() >= 4 && at8(file, 0) == 0xFF && at8(file, 1) == 0xD8;
  if (!png && !jpeg) {
    return invalid_data("picture '" + name + "' is neither PNG nor JPEG", "E-IMAGE-FORMAT");
  }
  if (file.size() > limits.max_file_bytes || file.size() > std::numeric_limits<int>::max()) {
    return limit_error("picture '" + name + "' has " + std::to_string(file.size()) + " bytes",
                       "E-LIMIT-IMAGE");
  }
  VERNIER_ASSIGN(ImageSource source, png ? probe_png(file, name) : probe_jpeg(file, name));
  source.file = name;
  if (source.stored_width <= 0 || source.stored_height <= 0) {
    return damaged(name, "it has no pixels");
  }
  const auto pixels = static_cast<std::uint64_t>(source.stored_width) *
                      static_cast<std::uint64_t>(source.stored_height);
  if (pixels > limits.max_pixels) {
    return limit_error("picture '" + name + "' has " + std::to_string(source.stored_width) + "x" +
                           std::to_string(source.stored_height) + " pixels, the limit is " +
                           std::to_string(limits.max_pixels),
                       "E-LIMIT-IMAGE");
  }
  return source;
}

Result<LoadedImage> decode_image(Bytes file, const std::string& name, const ImageLimits& limits) {
  LoadedImage loaded;
  VERNIER_ASSIGN(loaded.source, probe_image(file, name, limits));
  std::vector<std::byte> png;
  if (loaded.source.format == "png") {
    png = pixel_chunks(file);
    file = png;
  }
  VERNIER_ASSIGN(cv::Mat picture, decode_pixels(file, name));
  if (picture.cols != loaded.source.stored_width || picture.rows != loaded.source.stored_height) {
    return damaged(name, "the decoded size differs from the header's");
  }
  turn_upright(picture, loaded.source.exif_orientation);
  loaded.image.width = picture.cols;
  loaded.image.height = picture.rows;
  loaded.image.rgb.resize(static_cast<std::size_t>(picture.cols) *
                          static_cast<std::size_t>(picture.rows) * 3);
  cv::Mat rgb(picture.rows, picture.cols, CV_8UC3, loaded.image.rgb.data());
  cv::cvtColor(picture, rgb, cv::COLOR_BGR2RGB);
  return loaded;
}

Result<LoadedImage> load_image(const std::string& path, const ImageLimits& limits) {
  VERNIER_ASSIGN(const auto file, MappedFile::open(path));
  return decode_image(file->bytes(), path, limits);
}

bool is_picture_name(const std::string& path) {
  const std::string suffix = suffix_of(path);
  return suffix == ".png" || suffix == ".jpg" || suffix == ".jpeg";
}

Result<void> save_image(const Image& image, const std::string& path) {
  if (!is_picture_name(path)) {
    return usage_error("'" + path + "': pictures are written as .png or .jpg", "E-IMAGE-FORMAT");
  }
  VERNIER_ASSIGN(AtomicFile file, AtomicFile::open(path));
  std::vector<unsigned char> encoded;
  try {
    const cv::Mat rgb(image.height, image.width, CV_8UC3,
                      const_cast<std::uint8_t*>(image.rgb.data()));
    cv::Mat bgr;
    cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
    if (!cv::imencode(suffix_of(path), bgr, encoded))
      return internal_error("a picture was not encoded");
  } catch (const cv::Exception& e) {
    return internal_error("a picture was not encoded: " + std::string(e.err));
  }
  VERNIER_TRY(file.write(std::as_bytes(std::span(encoded))));
  return file.commit();
}

}  // namespace vernier
