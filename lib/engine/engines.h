#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "engine/worker_client.h"

namespace vernier {

/// An engine as asked for on the command line: "name" or "name:key=value,key=value".
struct EngineRequest {
  std::string text;  ///< as given: the label in reports
  std::string name;
  std::vector<std::pair<std::string, std::string>> options;
};

/// Error: usage E-ENGINE-SPEC (empty name or key, a key without '=', a key given twice).
Result<EngineRequest> parse_engine_request(std::string_view text);

/// The request's options on top of `base`: backend, precision, threads and streams are settings of
/// every engine, the rest are the engine's own. Error: usage E-ENGINE-SPEC (threads no number of
/// 1..4096, streams none of 1..64).
Result<EngineSettings> apply_engine_options(const EngineRequest& request, EngineSettings base);

/// Where engines are found. Empty fields are searched for.
struct EngineHost {
  /// The program that serves `vernier worker`; empty: this process's own file.
  std::string program;
  std::vector<std::string> program_arguments{"worker"};
  /// Folders of <name>_worker.py and of executable <name>_worker; empty: $VERNIER_WORKERS (colon
  /// separated), then share/vernier/workers beside or above the program's folder.
  std::vector<std::string> worker_directories;
  /// Python; empty: $VERNIER_PYTHON, ${XDG_CACHE_HOME:-$HOME/.cache}/vernier/venv/bin/python,
  /// python3 of PATH: the first that exists.
  std::string python;
};

struct EngineAvailability {
  std::string name;
  bool available = false;
  std::string version;  ///< when available
  std::string reason;   ///< why not
  std::vector<std::string> command;
};

/// Names that can be asked for: vernier, the workers that are there, and the peers that
/// vernier knows of (their reason says what is missing). Sorted, vernier first.
std::vector<std::string> engine_names(const EngineHost& host = {});

/// Starts every engine once to see whether it works.
std::vector<EngineAvailability> probe_engines(const EngineHost& host = {});

/// The worker's command. Errors: usage E-ENGINE-NAME (unknown name), unsupported E-ENGINE-ABSENT
/// (known, but no worker is installed).
Result<std::vector<std::string>> engine_command(const std::string& name,
                                                const EngineHost& host = {});

/// Starts the engine in a child process. `options.name` and `.command` are filled in. Errors: those
/// of engine_command; unsupported E-ENGINE-ABSENT when the worker cannot start or says that
/// what it needs is missing, with its reason.
Result<std::unique_ptr<WorkerEngine>> start_engine(const std::string& name,
                                                   WorkerOptions options = {},
                                                   const EngineHost& host = {});

}  // namespace vernier
