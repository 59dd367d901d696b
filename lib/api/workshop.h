#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"

namespace vernier {

/// Folders of a job that may be given up while it runs. Safe to use from several threads.
class ScratchList {
 public:
  void add(const std::filesystem::path& folder);
  /// For who gave the job up: its thread may never get to its own cleaning.
  void remove_all();

 private:
  std::mutex mutex_;
  std::vector<std::filesystem::path> folders_;
};

/// A folder with a name of its own, which goes with the object and all that is in it.
class ScratchFolder {
 public:
  ScratchFolder() = default;
  /// `parent`: an existing folder; the name begins with `prefix`; noted in `list` (may be null).
  /// Error: output E-OUTPUT-OPEN.
  static Result<ScratchFolder> make(const std::filesystem::path& parent, const std::string& prefix,
                                    ScratchList* list = nullptr);
  /// In the folder for temporary files.
  static Result<ScratchFolder> make_temporary(const std::string& prefix,
                                              ScratchList* list = nullptr);

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
  /// The folder is noted in `list` (may be null). Error: output E-OUTPUT-OPEN.
  static Result<Workshop> open(const std::string& output, ScratchList* list = nullptr);

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
