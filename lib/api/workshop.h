#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace vernier {

/// A folder with a name of its own, which goes with the object and all that is in it.
class ScratchFolder {
 public:
  ScratchFolder() = default;
  /// `parent`: an existing folder; the name begins with `prefix`. Error: output E-OUTPUT-OPEN.
  static Result<ScratchFolder> make(const std::filesystem::path& parent, const std::string& prefix);
  /// In the folder for temporary files.
  static Result<ScratchFolder> make_temporary(const std::string& prefix);

  ScratchFolder(ScratchFolder&& other) noexcept { swap(other); }
  ScratchFolder& operator=(ScratchFolder&& other) noexcept {
    swap(other);
    return *this;
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder();

  /// Empty: none was made.
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  void swap(ScratchFolder& other) noexcept { std::swap(path_, other.path_); }
  std::filesystem::path path_;
};

/// A folder beside the output, in which files are made under their final names.
class Workshop {
 public:
  /// Error: output E-OUTPUT-OPEN.
  static Result<Workshop> open(const std::string& output);

  [[nodiscard]] std::string file() const { return (folder_.path() / target_.filename()).string(); }

  /// Moves the model, and the weights beside it before it, to where they belong. Error: output
  /// E-OUTPUT-WRITE.
  Result<void> deliver(bool with_data) const;

 private:
  Workshop() = default;
  ScratchFolder folder_;
  std::filesystem::path target_;
};

}  // namespace vernier
