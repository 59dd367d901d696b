#include "vernier/report.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "base/file.h"
#include "report/export/export.h"
#include "report/report.h"

namespace vernier {
namespace {

Error output_problem(const std::string& path, const char* id, const char* what) {
  return make_error(
      Errc::output, id,
      "'" + path + "' " + what + ": " + std::strerror(errno));  // NOLINT(concurrency-mt-unsafe)
}

/// A file that is added to. Not atomic: others write to it as well.
class AppendedFile {
 public:
  static Result<AppendedFile> open(const std::string& path) {
    AppendedFile file;
    file.path_ = path;
    file.fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
                      0644);  // NOLINT(cppcoreguidelines-pro-type-vararg)
    if (file.fd_ < 0) return output_problem(path, "E-OUTPUT-OPEN", "cannot be opened for writing");
    return file;
  }
  AppendedFile(AppendedFile&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}
  AppendedFile& operator=(AppendedFile&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(path_, other.path_);
    return *this;
  }
  AppendedFile(const AppendedFile&) = delete;
  AppendedFile& operator=(const AppendedFile&) = delete;
  ~AppendedFile() {
    if (fd_ >= 0) ::close(fd_);
  }

  Result<void> write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t written = ::write(fd_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return output_problem(path_, "E-OUTPUT-WRITE", "cannot be written");
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

 private:
  AppendedFile() = default;
  int fd_ = -1;
  std::string path_;
};

struct OpenTarget {
  std::string format;
  std::optional<AtomicFile> file;
  std::optional<AppendedFile> appended;
};

Result<OpenTarget> open_target(const ExportTarget& target) {
  bool known = false;
  for (const Exporter& exporter : exporters()) known = known || exporter.name == target.format;
  if (!known) return export_report({}, target.format).error();
  OpenTarget open{target.format, {}, {}};
  if (target.file == "-") return open;
  if (target.append) {
    VERNIER_ASSIGN(AppendedFile file, AppendedFile::open(target.file));
    open.appended.emplace(std::move(file));
  } else {
    VERNIER_ASSIGN(AtomicFile file, AtomicFile::open(target.file));
    open.file.emplace(std::move(file));
  }
  return open;
}

}  // namespace

struct ReportExports::State {
  std::vector<OpenTarget> targets;
};

ReportExports::ReportExports() : state_(std::make_unique<State>()) {}
ReportExports::ReportExports(ReportExports&&) noexcept = default;
ReportExports& ReportExports::operator=(ReportExports&&) noexcept = default;
ReportExports::~ReportExports() = default;

std::vector<ReportFormat> report_formats() {
  std::vector<ReportFormat> formats;
  for (const Exporter& exporter : exporters()) {
    formats.push_back(
        {std::string(exporter.name), std::string(exporter.suffix), std::string(exporter.summary)});
  }
  return formats;
}

Result<std::string> export_report_json(std::string_view report_json, std::string_view format) {
  VERNIER_ASSIGN(const Report report, report_from_json(report_json));
  return export_report(report, format);
}

Result<ReportExports> ReportExports::open(const std::vector<ExportTarget>& targets) {
  ReportExports exports;
  for (const ExportTarget& target : targets) {
    VERNIER_ASSIGN(OpenTarget opened, open_target(target));
    exports.state_->targets.push_back(std::move(opened));
  }
  return exports;
}

Result<std::string> ReportExports::write(std::string_view report_json) {
  std::string to_stdout;
  if (state_->targets.empty()) return to_stdout;
  VERNIER_ASSIGN(const Report report, report_from_json(report_json));
  for (OpenTarget& target : state_->targets) {
    VERNIER_ASSIGN(const std::string text, export_report(report, target.format));
    if (target.file) {
      VERNIER_TRY(target.file->write(text));
      VERNIER_TRY(target.file->commit());
    } else if (target.appended) {
      VERNIER_TRY(target.appended->write(text));
    } else {
      to_stdout += text;
    }
  }
  return to_stdout;
}

}  // namespace vernier
