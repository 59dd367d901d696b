#include "engine/engines.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <utility>

namespace vernier {
namespace {

namespace fs = std::filesystem;

// <name>_worker.py is started with Python, <name>_worker is a program of any kind.
constexpr std::array<std::string_view, 2> kSuffixes = {"_worker.py", "_worker"};
// Engines that vernier's documents name; whether one can run is decided by its worker script.
constexpr std::array<std::string_view, 7> kPeers = {
    "mnn", "onnxruntime", "opencv", "opencv-system", "openvino", "pytorch", "tensorrt"};

Error spec_error(std::string_view text, const std::string& why) {
  return usage_error("engine '" + std::string(text) + "': " + why, "E-ENGINE-SPEC");
}

Result<int> whole_number(const EngineRequest& request, const std::string& key,
                         const std::string& value, int most) {
  int number = 0;
  const char* const last = value.data() + value.size();
  const auto [end, error] = std::from_chars(value.data(), last, number);
  if (error != std::errc() || end != last || number < 1 || number > most) {
    return spec_error(request.text, key + " must be 1 to " + std::to_string(most));
  }
  return number;
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? "" : value;
}

std::string own_program() {
  std::error_code error;
  const fs::path path = fs::read_symlink("/proc/self/exe", error);
  return error ? "" : path.string();
}

std::vector<std::string> worker_directories(const EngineHost& host) {
  if (!host.worker_directories.empty()) return host.worker_directories;
  std::vector<std::string> directories;
  const std::string listed = variable("VERNIER_WORKERS");
  for (std::size_t begin = 0; begin < listed.size();) {
    const auto end = std::min(listed.find(':', begin), listed.size());
    if (end > begin) directories.push_back(listed.substr(begin, end - begin));
    begin = end + 1;
  }
  const std::string program = host.program.empty() ? own_program() : host.program;
  fs::path folder = fs::path(program).parent_path();
  for (int level = 0; level < 4 && !folder.empty(); ++level) {
    const fs::path candidate = folder / "share" / "vernier" / "workers";
    std::error_code ignored;
    if (fs::is_directory(candidate, ignored)) directories.push_back(candidate.string());
    if (folder == folder.parent_path()) break;
    folder = folder.parent_path();
  }
  return directories;
}

std::string find_python(const EngineHost& host) {
  if (!host.python.empty()) return host.python;
  std::string chosen = variable("VERNIER_PYTHON");
  if (!chosen.empty()) return chosen;
  std::string cache = variable("XDG_CACHE_HOME");
  if (cache.empty()) cache = variable("HOME") + "/.cache";
  const std::string venv = cache + "/vernier/venv/bin/python";
  return access(venv.c_str(), X_OK) == 0 ? venv : "python3";
}

bool is_program(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && access(path.c_str(), X_OK) == 0;
}

/// The command of the first worker of that name; empty when there is none.
std::vector<std::string> find_worker(const std::string& name, const EngineHost& host) {
  for (const std::string& directory : worker_directories(host)) {
    const fs::path script = fs::path(directory) / (name + std::string(kSuffixes[0]));
    std::error_code ignored;
    if (fs::is_regular_file(script, ignored)) return {find_python(host), script.string()};
    const fs::path program = fs::path(directory) / (name + std::string(kSuffixes[1]));
    if (is_program(program)) return {program.string()};
  }
  return {};
}

/// The engine that a file of a worker directory is the worker of; empty when it is none.
std::string engine_of(const fs::path& path) {
  const std::string file = path.filename().string();
  for (const std::string_view suffix : kSuffixes) {
    if (!file.ends_with(suffix)) continue;
    if (suffix == kSuffixes[1] && !is_program(path)) return {};
    return file.substr(0, file.size() - suffix.size());
  }
  return {};
}

bool is_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

Result<EngineRequest> parse_engine_request(std::string_view text) {
  EngineRequest request;
  request.text = text;
  const auto colon = text.find(':');
  request.name = text.substr(0, colon);
  if (!is_name(request.name)) return spec_error(text, "write NAME or NAME:key=value,key=value");
  if (colon == std::string_view::npos) return request;
  std::string_view rest = text.substr(colon + 1);
  std::set<std::string> keys;
  while (true) {
    const auto comma = rest.find(',');
    const std::string_view pair = rest.substr(0, comma);
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      return spec_error(text, "'" + std::string(pair) + "' is not key=value");
    }
    std::string key(pair.substr(0, equals));
    if (!keys.insert(key).second) return spec_error(text, "'" + key + "' is given twice");
    request.options.emplace_back(std::move(key), std::string(pair.substr(equals + 1)));
    if (comma == std::string_view::npos) return request;
    rest.remove_prefix(comma + 1);
  }
}

Result<EngineSettings> apply_engine_options(const EngineRequest& request, EngineSettings base) {
  for (const auto& [key, value] : request.options) {
    if (key == "backend") {
      base.backend = value;
    } else if (key == "precision") {
      base.precision = value;
    } else if (key == "threads") {
      VERNIER_ASSIGN(base.threads, whole_number(request, key, value, 4096));
    } else if (key == "streams") {
      VERNIER_ASSIGN(base.streams, whole_number(request, key, value, kMaxStreams));
    } else {
      base.options[key] = value;
    }
  }
  return base;
}

std::vector<std::string> engine_names(const EngineHost& host) {
  std::set<std::string> names(kPeers.begin(), kPeers.end());
  for (const std::string& directory : worker_directories(host)) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(directory, error)) {
      const std::string name = engine_of(entry.path());
      if (is_name(name)) names.insert(name);
    }
  }
  names.erase("vernier");
  std::vector<std::string> result{"vernier"};
  result.insert(result.end(), names.begin(), names.end());
  return result;
}

Result<std::vector<std::string>> engine_command(const std::string& name, const EngineHost& host) {
  if (name == "vernier") {
    std::vector<std::string> command{host.program.empty() ? own_program() : host.program};
    command.insert(command.end(), host.program_arguments.begin(), host.program_arguments.end());
    return command;
  }
  if (is_name(name)) {
    auto command = find_worker(name, host);
    if (!command.empty()) return command;
  }
  if (std::find(kPeers.begin(), kPeers.end(), name) != kPeers.end()) {
    Error error = unsupported("engine '" + name + "' has no worker here (" + name +
                                  std::string(kSuffixes[0]) + " or " + name +
                                  std::string(kSuffixes[1]) + " was not found)",
                              "E-ENGINE-ABSENT");
    error.hint = "set VERNIER_WORKERS to the folder that holds it";
    return error;
  }
  return usage_error("unknown engine '" + name + "' (known: " + joined(engine_names(host)) + ")",
                     "E-ENGINE-NAME");
}

Result<std::unique_ptr<WorkerEngine>> start_engine(const std::string& name, WorkerOptions options,
                                                   const EngineHost& host) {
  VERNIER_ASSIGN(options.command, engine_command(name, host));
  options.name = name;
  if (name != "vernier") {
    options.environment.emplace_back("PYTHONDONTWRITEBYTECODE", "1");
    options.environment.emplace_back("PYTHONUNBUFFERED", "1");
  }
  auto engine = WorkerEngine::start(std::move(options));
  if (engine) return engine;
  Error error = std::move(engine).error();
  if (error.id == "E-ENGINE-ABSENT") {
    error.message = "engine '" + name + "': " + error.message;
    return error;
  }
  if (error.code != Errc::device) return error;
  error.code = Errc::unsupported;
  error.id = "E-ENGINE-ABSENT";
  error.message = "engine '" + name + "' cannot start: " + error.message;
  return error;
}

std::vector<EngineAvailability> probe_engines(const EngineHost& host) {
  std::vector<EngineAvailability> result;
  for (const std::string& name : engine_names(host)) {
    EngineAvailability row;
    row.name = name;
    if (auto command = engine_command(name, host)) row.command = *command;
    auto engine = start_engine(name, {}, host);
    row.available = engine.has_value();
    if (engine) {
      row.version = (*engine)->version();
    } else {
      row.reason = engine.error().message;
    }
    result.push_back(std::move(row));
  }
  return result;
}

}  // namespace vernier
