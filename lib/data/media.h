#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/image.h"

namespace vernier {

struct MediaLimits {
  ImageLimits image;                     ///< of each picture or frame
  std::size_t max_entries = 1'000'000;   ///< of a directory
  std::int64_t max_frames = 10'000'000;  ///< of a video; reading ends there with an error
};

/// A row of pictures: files, or the frames of a video.
class MediaSource {
 public:
  virtual ~MediaSource() = default;
  /// "pictures" or "video".
  [[nodiscard]] virtual std::string kind() const = 0;
  /// Number of pictures; of a video what its container says, which may be wrong or absent.
  [[nodiscard]] virtual std::optional<std::int64_t> declared_count() const = 0;
  /// The file, or "clip.avi#12".
  [[nodiscard]] virtual std::string name(std::int64_t index) const = 0;
  /// load() may be called from several threads, in any order. Otherwise indices go up by one from 0
  /// and calls do not overlap; index 0 starts again.
  [[nodiscard]] virtual bool any_order() const = 0;
  /// Picture `index` (from 0), nothing past the last one. An error is that of this one picture, and
  /// the next index can be asked for: as load_image; invalid_data E-VIDEO-OPEN, limit E-LIMIT-IMAGE
  /// / E-LIMIT-FRAMES.
  virtual Result<std::optional<LoadedImage>> load(std::int64_t index) = 0;
  /// What a user should know: files that were left out, how a video is decoded.
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

 protected:
  std::vector<std::string> notes_;
};

/// One directory (its .png, .jpg and .jpeg files in natural order; other files are left out with a
/// note, hidden files and subdirectories silently), one video file, or any number of picture files.
/// A video is an AVI, MP4/MOV or Matroska/WebM file by its first bytes: playlists and addresses,
/// which could lead the decoder elsewhere, are refused, as are devices. Errors: usage
/// E-MEDIA-SOURCE (nothing given, several directories or videos, a directory without pictures),
/// invalid_data E-FILE-OPEN / E-VIDEO-OPEN, unsupported E-MEDIA-FORMAT, limit E-LIMIT-ENTRIES.
Result<std::unique_ptr<MediaSource>> open_media(std::span<const std::string> paths,
                                                const MediaLimits& limits = {});

/// "frame9" before "frame10": runs of digits compare as numbers, everything else byte by byte.
bool natural_less(const std::string& a, const std::string& b);

/// Threads that OpenCV may use inside one call of this process, at least 1.
void set_picture_threads(int threads);

}  // namespace vernier
