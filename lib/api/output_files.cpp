#include "api/output_files.h"

#include <filesystem>
#include <utility>

#include "api/quantize_data.h"
#include "base/file.h"
#include "onnx/external_data.h"

namespace vernier {
namespace {

namespace fs = std::filesystem;

Error output_error(std::string text) { return usage_error(std::move(text), "E-USAGE-OUTPUT"); }

bool same_file(const std::string& a, const std::string& b) {
  std::error_code error;
  return fs::weakly_canonical(a, error) == fs::weakly_canonical(b, error);
}

/// Whether `path` is a file that is there, and one of the samples in the folder, which may be
/// links.
bool is_sample_in(const std::string& path, const std::string& folder) {
  std::error_code error;
  if (!fs::exists(path, error) || !fs::is_directory(folder, error)) return false;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::error_code broken;  // a link to nothing is the same as no other file
    if (is_sample_name(at->path().filename().string()) &&
        fs::equivalent(path, at->path(), broken)) {
      return true;
    }
  }
  return false;
}

Result<std::vector<std::string>> weight_files(const std::string& model) {
  VERNIER_ASSIGN(std::vector<std::string> files, onnx::external_locations(model));
  for (std::string& file : files) file.insert(0, directory_of(model) + "/");
  return files;
}

}  // namespace

Result<void> check_files(const CommandFiles& files) {
  VERNIER_ASSIGN(const std::vector<std::string> weights, weight_files(files.model));
  std::error_code ignored;
  if (fs::is_directory(files.output, ignored)) {
    return output_error(files.output + " is a folder, not a file");
  }
  std::vector<std::string> taken = files.read;
  std::vector<std::string> written = {files.output, files.output + ".data"};
  written.insert(written.end(), files.written.begin(), files.written.end());
  for (const std::string& path : written) {
    if (path.empty() || files.output.empty()) continue;
    if (same_file(path, files.model)) {
      return output_error(path + " is the model that is read: name another output");
    }
    for (const std::string& other : weights) {
      if (!same_file(path, other)) continue;
      return output_error(path + " holds weights of the model that is read: name another output");
    }
    for (const std::string& other : taken) {
      if (other.empty() || !same_file(path, other)) continue;
      return output_error(path + " is named twice, and would be overwritten");
    }
    for (const std::string& folder : files.read) {
      if (!is_sample_in(path, folder)) continue;
      std::string text = path;
      text.append(" is one of the samples in '").append(folder);
      text.append("', which are read, and would be overwritten: name another file");
      return output_error(std::move(text));
    }
    taken.push_back(path);
  }
  return {};
}

Result<void> check_writable(const CommandFiles& files) {
  std::vector<std::string> written = files.written;
  written.insert(written.begin(), files.output);
  for (const std::string& path : written) {
    if (!path.empty()) VERNIER_TRY(AtomicFile::open(path));
  }
  return {};
}

Result<std::uint64_t> model_file_bytes(const std::string& model) {
  VERNIER_ASSIGN(std::vector<std::string> files, weight_files(model));
  files.push_back(model);
  std::uint64_t bytes = 0;
  for (const std::string& file : files) {
    std::error_code error;
    const auto size = fs::file_size(file, error);
    if (!error) bytes += size;
  }
  return bytes;
}

}  // namespace vernier
