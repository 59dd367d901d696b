#include "engine/worker_server.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "base/clock.h"
#include "engine/shared_memory.h"
#include "engine/worker_json.h"

namespace vernier {
namespace {

using worker::Json;

constexpr std::size_t kMaxLine = std::size_t{64} << 20U;

/// "VmRSS:  123 kB" of /proc/self/status, in bytes; 0 when absent.
std::uint64_t status_bytes(const std::string& key) {
  std::ifstream file("/proc/self/status");
  std::string word;
  while (file >> word) {
    std::uint64_t kilobytes = 0;
    if (word == key + ":" && file >> kilobytes) return kilobytes * 1024;
  }
  return 0;
}

class Server {
 public:
  explicit Server(Engine& engine) : engine_(engine) {}

  [[nodiscard]] bool done() const noexcept { return done_; }

  std::string answer(const std::string& line) {
    auto request = worker::parse_line(line);
    Json reply = {{"id", nullptr}};
    Result<Json> body = request ? dispatch(*request) : Result<Json>(request.error());
    if (request && request->contains("id")) reply["id"] = (*request)["id"];
    reply["ok"] = body.has_value();
    if (body) {
      reply.update(*body);
    } else {
      reply["error"] = worker::to_json(body.error());
    }
    return worker::to_line(reply) + "\n";
  }

 private:
  Result<Json> dispatch(const Json& request) {
    VERNIER_ASSIGN(const std::string command, worker::get_string(request, "cmd"));
    if (command == "hello") return hello(request);
    if (command == "load") return load(request);
    if (command == "bind") return bind(request);
    if (command == "warm") return warm(request);
    if (command == "run") return run(request);
    if (command == "outputs") return describe_outputs();
    if (command == "fetch") return fetch(request);
    if (command == "stats") return stats();
    if (command == "unload") return unload();
    if (command == "bye") {
      done_ = true;
      return Json::object();
    }
    return usage_error("unknown command '" + command + "'", "E-WORKER-COMMAND");
  }

  Result<Json> hello(const Json& request) {
    const std::int64_t version = worker::int_or(request, "protocol", 0);
    if (version != worker::kProtocolVersion) {
      return usage_error("protocol version " + std::to_string(version) + " is not spoken",
                         "E-WORKER-PROTOCOL");
    }
    return Json{{"protocol", worker::kProtocolVersion},
                {"engine", engine_.name()},
                {"version", engine_.version()},
                {"pid", getpid()}};
  }

  Result<Json> load(const Json& request) {
    VERNIER_ASSIGN(const std::string model, worker::get_string(request, "model"));
    VERNIER_ASSIGN(const EngineSettings settings,
                   worker::settings_from(request.value("settings", Json::object())));
    loaded_ = false;
    const std::int64_t begin = now_ns();
    VERNIER_TRY(engine_.load(model, settings));
    const std::int64_t end = now_ns();
    loaded_ = true;
    bound_ = false;
    return Json{{"load_ns", end - begin},
                {"inputs", worker::to_json(engine_.inputs())},
                {"outputs", worker::to_json(engine_.outputs())},
                {"facts", worker::to_json(engine_.facts())}};
  }

  Result<std::shared_ptr<SharedMemory>> open_memory(const Json& request, bool writable) {
    const Json memory = request.value("memory", Json());
    if (!memory.is_object()) return worker::protocol_error("'memory' is missing");
    VERNIER_ASSIGN(const std::string path, worker::get_string(memory, "path"));
    VERNIER_ASSIGN(const std::int64_t bytes, worker::get_int(memory, "bytes"));
    if (bytes < 0) return worker::protocol_error("'bytes' is negative");
    return SharedMemory::open(path, static_cast<std::size_t>(bytes), writable);
  }

  Result<Json> bind(const Json& request) {
    if (!loaded_) return usage_error("no model is loaded", "E-WORKER-STATE");
    VERNIER_ASSIGN(auto memory, open_memory(request, false));
    const Json list = request.value("inputs", Json());
    if (!list.is_array()) return worker::protocol_error("'inputs' is missing");
    std::vector<NamedTensor> tensors;
    for (const Json& object : list) {
      VERNIER_ASSIGN(const worker::Slot slot, worker::slot_from(object, memory->size()));
      VERNIER_ASSIGN(Tensor tensor, worker::borrow_slot(slot, memory->data(), memory));
      tensors.push_back({slot.name, std::move(tensor)});
    }
    bound_ = false;
    ran_ = false;
    const std::int64_t begin = now_ns();
    VERNIER_TRY(engine_.bind(tensors));
    const std::int64_t end = now_ns();
    bound_ = true;
    return Json{{"bind_ns", end - begin}, {"facts", worker::to_json(engine_.facts())}};
  }

  Result<int> count_of(const Json& request) const {
    if (!bound_) return usage_error("no inputs are bound", "E-WORKER-STATE");
    VERNIER_ASSIGN(const std::int64_t n, worker::get_int(request, "n"));
    if (n < 1 || n > worker::kMaxRunsPerCall) {
      return usage_error("n must be 1 to " + std::to_string(worker::kMaxRunsPerCall));
    }
    return static_cast<int>(n);
  }

  Result<Json> warm(const Json& request) {
    VERNIER_ASSIGN(const int n, count_of(request));
    for (int i = 0; i < n; ++i) VERNIER_TRY(engine_.run());
    ran_ = true;
    return Json::object();
  }

  Result<Json> run(const Json& request) {
    VERNIER_ASSIGN(const int n, count_of(request));
    VERNIER_ASSIGN(const TimedRuns runs, engine_.run_timed(n));
    ran_ = true;
    return worker::to_json(runs);
  }

  Result<Json> describe_outputs() {
    if (!ran_) return usage_error("nothing has been run", "E-WORKER-STATE");
    VERNIER_ASSIGN(outputs_, engine_.fetch_outputs());
    std::size_t total = 0;
    worker::lay_out(outputs_, total);
    return Json{{"bytes", total}};
  }

  Result<Json> fetch(const Json& request) {
    std::size_t total = 0;
    const auto slots = worker::lay_out(outputs_, total);
    VERNIER_ASSIGN(const auto memory, open_memory(request, true));
    if (memory->size() < total) {
      return usage_error("the outputs need " + std::to_string(total) + " bytes", "E-WORKER-SHM");
    }
    Json list = Json::array();
    for (std::size_t i = 0; i < slots.size(); ++i) {
      worker::write_slot(outputs_[i].tensor, slots[i], memory->data());
      list.push_back(worker::to_json(slots[i]));
    }
    outputs_.clear();
    return Json{{"outputs", std::move(list)}};
  }

  static Result<Json> stats() {
    return Json{{"rss_bytes", status_bytes("VmRSS")}, {"peak_rss_bytes", status_bytes("VmHWM")}};
  }

  /// The engine keeps its model until the next load; nothing may run on it any more.
  Result<Json> unload() {
    loaded_ = bound_ = ran_ = false;
    outputs_.clear();
    return Json::object();
  }

  Engine& engine_;
  std::vector<NamedTensor> outputs_;
  bool loaded_ = false;
  bool bound_ = false;
  bool ran_ = false;
  bool done_ = false;
};

Result<void> write_all(int fd, const std::string& text) {
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t n = write(fd, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return make_error(Errc::output, "E-OUTPUT-WRITE", "the conductor is gone");
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Result<void> serve(Engine& engine, int input, int output) {
  Server server(engine);
  std::string pending;
  std::array<char, 65536> chunk;
  while (!server.done()) {
    const auto end = pending.find('\n');
    if (end != std::string::npos) {
      const std::string line = pending.substr(0, end);
      pending.erase(0, end + 1);
      VERNIER_TRY(write_all(output, server.answer(line)));
      continue;
    }
    if (pending.size() > kMaxLine) return limit_error("a request line is too long", "E-LIMIT-LINE");
    const ssize_t n = read(input, chunk.data(), chunk.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return {};
    pending.append(chunk.data(), static_cast<std::size_t>(n));
  }
  return {};
}

}  // namespace

Result<void> serve_worker(Engine& engine, const WorkerServerOptions& options) {
  if (!options.protect_output) return serve(engine, options.input, options.output);
  const int private_output = fcntl(options.output, F_DUPFD_CLOEXEC, 3);
  if (private_output < 0 || dup2(2, options.output) < 0) {
    if (private_output >= 0) close(private_output);
    return make_error(Errc::output, "E-OUTPUT-OPEN", "the reply descriptor is closed");
  }
  Result<void> result = serve(engine, options.input, private_output);
  close(private_output);
  return result;
}

}  // namespace vernier
