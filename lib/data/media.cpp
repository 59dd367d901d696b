#include "data/media.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>
#include <utility>

namespace vernier {
namespace {

namespace fs = std::filesystem;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The first bytes of a regular file.
Result<std::string> head_of(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat info {};
  if (fd < 0 || fstat(fd, &info) != 0) {
    if (fd >= 0) close(fd);
    return invalid_data("'" + path + "' cannot be opened", "E-FILE-OPEN");
  }
  if (!S_ISREG(info.st_mode)) {
    close(fd);
    return unsupported("'" + path + "' is neither a file nor a directory (cameras are not read)",
                       "E-MEDIA-FORMAT");
  }
  std::array<char, 16> bytes{};
  const ssize_t n = read(fd, bytes.data(), bytes.size());
  close(fd);
  return std::string(bytes.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
}

/// The container by its signature: "avi", "mp4" (QuickTime as well), "matroska", or "".
std::string container_of(const std::string& head) {
  if (head.size() >= 12 && head.starts_with("RIFF") && head.compare(8, 4, "AVI ") == 0) {
    return "avi";
  }
  if (head.size() >= 8 && head.compare(4, 4, "ftyp") == 0) return "mp4";
  if (head.starts_with("\x1A\x45\xDF\xA3")) return "matroska";
  return "";
}

class PictureFiles final : public MediaSource {
 public:
  PictureFiles(std::vector<std::string> files, const ImageLimits& limits)
      : files_(std::move(files)), limits_(limits) {}

  [[nodiscard]] std::string kind() const override { return "pictures"; }
  [[nodiscard]] std::optional<std::int64_t> declared_count() const override {
    return static_cast<std::int64_t>(files_.size());
  }
  [[nodiscard]] std::string name(std::int64_t index) const override {
    return inside(index) ? files_[static_cast<std::size_t>(index)] : "";
  }
  [[nodiscard]] bool any_order() const override { return true; }
  Result<std::optional<LoadedImage>> load(std::int64_t index) override {
    if (!inside(index)) return std::optional<LoadedImage>();
    VERNIER_ASSIGN(LoadedImage picture,
                   load_image(files_[static_cast<std::size_t>(index)], limits_));
    return std::optional<LoadedImage>(std::move(picture));
  }
  void note(std::string text) { notes_.push_back(std::move(text)); }

 private:
  [[nodiscard]] bool inside(std::int64_t index) const {
    return index >= 0 && index < static_cast<std::int64_t>(files_.size());
  }
  std::vector<std::string> files_;
  ImageLimits limits_;
};

Result<std::unique_ptr<MediaSource>> open_directory(const std::string& path,
                                                    const MediaLimits& limits) {
  std::error_code error;
  fs::directory_iterator entries(path, error);
  if (error) return invalid_data("'" + path + "': " + error.message(), "E-FILE-OPEN");
  std::vector<std::string> files;
  std::vector<std::string> others;
  std::size_t seen = 0;
  for (; entries != fs::directory_iterator(); entries.increment(error)) {
    if (error) return invalid_data("'" + path + "': " + error.message(), "E-FILE-OPEN");
    if (++seen > limits.max_entries) {
      return limit_error(
          "'" + path + "' has more than " + std::to_string(limits.max_entries) + " entries",
          "E-LIMIT-ENTRIES");
    }
    const std::string name = entries->path().filename().string();
    std::error_code ignored;
    if (name.starts_with(".") || entries->is_directory(ignored)) continue;
    (is_picture_name(name) ? files : others).push_back(name);
  }
  if (files.empty()) {
    return usage_error("'" + path + "' holds no .png, .jpg or .jpeg file", "E-MEDIA-SOURCE");
  }
  std::sort(files.begin(), files.end(), natural_less);
  std::sort(others.begin(), others.end(), natural_less);
  for (std::string& file : files) file = (fs::path(path) / file).string();
  auto source = std::make_unique<PictureFiles>(std::move(files), limits.image);
  if (!others.empty()) {
    source->note(std::to_string(others.size()) + " file(s) in '" + path +
                 "' left out, no .png, .jpg or .jpeg: '" + others.front() + "'" +
                 (others.size() > 1 ? ", ..." : ""));
  }
  return std::unique_ptr<MediaSource>(std::move(source));
}

/// FFmpeg's messages and OpenCV's would go to stderr.
void silence_decoders() {
  static std::once_flag once;
  std::call_once(once, [] {
    setenv("OPENCV_FFMPEG_LOGLEVEL", "-8", 0);  // NOLINT(concurrency-mt-unsafe): once, early
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  });
}

class Video final : public MediaSource {
 public:
  Video(std::string path, std::string container, const MediaLimits& limits)
      : path_(std::move(path)), container_(std::move(container)), limits_(limits) {
    std::error_code ignored;
    const fs::path absolute = fs::absolute(path_, ignored);
    absolute_ = absolute.empty() ? path_ : absolute.string();  // a name with ':' is no address then
  }

  [[nodiscard]] std::string kind() const override { return "video"; }
  [[nodiscard]] std::optional<std::int64_t> declared_count() const override { return declared_; }
  [[nodiscard]] std::string name(std::int64_t index) const override {
    return path_ + "#" + std::to_string(index);
  }
  [[nodiscard]] bool any_order() const override { return false; }

  Result<void> open() {
    silence_decoders();
    try {
      std::vector<int> decoders = {cv::CAP_FFMPEG};
      if (container_ == "avi") decoders.push_back(cv::CAP_OPENCV_MJPEG);
      for (const int decoder : decoders) {
        if (capture_.open(absolute_, decoder)) break;
      }
      if (!capture_.isOpened()) {
        return invalid_data("video '" + path_ + "' cannot be opened: no decoder takes it",
                            "E-VIDEO-OPEN");
      }
      VERNIER_TRY(check_size(capture_.get(cv::CAP_PROP_FRAME_WIDTH),
                             capture_.get(cv::CAP_PROP_FRAME_HEIGHT)));
      const double count = capture_.get(cv::CAP_PROP_FRAME_COUNT);
      declared_.reset();
      if (count >= 1.0 && count <= 9e15) declared_ = static_cast<std::int64_t>(count);
      if (notes_.empty()) {
        notes_.push_back("'" + path_ + "' is decoded by OpenCV's " + capture_.getBackendName() +
                         ", which may use threads of its own");
      }
    } catch (const std::exception& e) {
      return invalid_data("video '" + path_ + "' cannot be opened (" + e.what() + ")",
                          "E-VIDEO-OPEN");
    }
    next_ = 0;
    return {};
  }

  Result<std::optional<LoadedImage>> load(std::int64_t index) override {
    if (index == 0 && next_ != 0) VERNIER_TRY(open());
    if (index != next_) return internal_error("the frames of a video are read in order");
    ++next_;
    if (index > limits_.max_frames) return std::optional<LoadedImage>();
    if (index == limits_.max_frames) {
      return limit_error(
          "video '" + path_ + "' has more than " + std::to_string(limits_.max_frames) + " frames",
          "E-LIMIT-FRAMES");
    }
    try {
      cv::Mat frame;
      if (!capture_.read(frame) || frame.empty()) return at_end(index);
      VERNIER_TRY(check_size(frame.cols, frame.rows));
      if (frame.type() != CV_8UC3) {
        return invalid_data(
            "frame " + std::to_string(index) + " of '" + path_ + "' has an unknown pixel type",
            "E-IMAGE-DECODE");
      }
      return loaded(frame, index);
    } catch (const std::exception& e) {
      return invalid_data("frame " + std::to_string(index) + " of '" + path_ +
                              "' cannot be decoded (" + e.what() + ")",
                          "E-IMAGE-DECODE");
    }
  }

 private:
  [[nodiscard]] Result<void> check_size(double width, double height) const {
    if (width * height <= static_cast<double>(limits_.image.max_pixels)) return {};
    return limit_error("video '" + path_ + "' has frames of more than " +
                           std::to_string(limits_.image.max_pixels) + " pixels",
                       "E-LIMIT-IMAGE");
  }

  std::optional<LoadedImage> at_end(std::int64_t index) {
    if (declared_ && *declared_ != index && !said_) {
      said_ = true;
      notes_.push_back("'" + path_ + "' says it has " + std::to_string(*declared_) + " frames, " +
                       std::to_string(index) + " could be decoded");
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<LoadedImage> loaded(const cv::Mat& frame, std::int64_t index) const {
    LoadedImage picture;
    picture.source.file = name(index);
    picture.source.format = "video";
    picture.source.stored_width = picture.image.width = frame.cols;
    picture.source.stored_height = picture.image.height = frame.rows;
    picture.source.stored_channels = 3;
    picture.image.rgb.resize(static_cast<std::size_t>(frame.cols) *
                             static_cast<std::size_t>(frame.rows) * 3);
    cv::Mat rgb(frame.rows, frame.cols, CV_8UC3, picture.image.rgb.data());
    cv::cvtColor(frame, rgb, cv::COLOR_BGR2RGB);
    return picture;
  }

  std::string path_;
  std::string absolute_;
  std::string container_;
  MediaLimits limits_;
  cv::VideoCapture capture_;
  std::optional<std::int64_t> declared_;
  std::int64_t next_ = 0;
  bool said_ = false;
};

}  // namespace

bool natural_less(const std::string& a, const std::string& b) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (!is_digit(a[i]) || !is_digit(b[j])) {
      if (a[i] != b[j]) return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[j]);
      ++i;
      ++j;
      continue;
    }
    const auto digits = [](const std::string& text, std::size_t& at) {
      while (at < text.size() && text[at] == '0') ++at;
      const std::size_t begin = at;
      while (at < text.size() && is_digit(text[at])) ++at;
      return text.substr(begin, at - begin);
    };
    const std::string left = digits(a, i);
    const std::string right = digits(b, j);
    if (left.size() != right.size()) return left.size() < right.size();
    if (left != right) return left < right;
  }
  if ((i < a.size()) != (j < b.size())) return j < b.size();
  return a < b;  // equal but for leading zeros
}

Result<std::unique_ptr<MediaSource>> open_media(std::span<const std::string> paths,
                                                const MediaLimits& limits) {
  if (paths.empty()) return usage_error("no pictures are given", "E-MEDIA-SOURCE");
  std::error_code ignored;
  if (paths.size() == 1 && fs::is_directory(paths.front(), ignored)) {
    return open_directory(paths.front(), limits);
  }
  if (paths.size() == 1) {
    VERNIER_ASSIGN(const std::string head, head_of(paths.front()));
    if (const std::string container = container_of(head); !container.empty()) {
      auto video = std::make_unique<Video>(paths.front(), container, limits);
      VERNIER_TRY(video->open());
      return std::unique_ptr<MediaSource>(std::move(video));
    }
  }
  for (const std::string& path : paths) {
    if (is_picture_name(path)) continue;
    if (paths.size() > 1) {
      return usage_error("'" + path + "': give one directory, one video, or picture files only",
                         "E-MEDIA-SOURCE");
    }
    return unsupported("'" + path +
                           "' is no directory, no .png or .jpg picture and no AVI, MP4 or Matroska "
                           "video",
                       "E-MEDIA-FORMAT");
  }
  return std::unique_ptr<MediaSource>(std::make_unique<PictureFiles>(
      std::vector<std::string>(paths.begin(), paths.end()), limits.image));
}

void set_picture_threads(int threads) { cv::setNumThreads(std::max(threads, 1)); }

}  // namespace vernier
