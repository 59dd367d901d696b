#include "engine/worker_client.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "engine/child_process.h"
#include "engine/shared_memory.h"
#include "engine/worker_json.h"
#include "tensor/utf8.h"

namespace vernier {

using worker::Json;

struct WorkerEngine::Call {
  std::string command;
  Json request = Json::object();
  Json reply;
};

namespace {

/// The last non-empty line of what the worker wrote to standard error, for the message.
std::string last_line(const std::string& text) {
  auto end = text.find_last_not_of("\r\n \t");
  if (end == std::string::npos) return {};
  const auto newline = text.find_last_of('\n', end);
  const std::size_t begin = newline == std::string::npos ? 0 : newline + 1;
  const std::string line = text.substr(begin, end + 1 - begin);
  return escape_for_terminal(line.size() > 300 ? line.substr(0, 300) + "..." : line);
}

std::string seconds(std::chrono::milliseconds time) {
  const auto ms = time.count();
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

}  // namespace

WorkerEngine::WorkerEngine(WorkerOptions options) : options_(std::move(options)) {}

WorkerEngine::~WorkerEngine() {
  if (child_ && ending_.empty()) {
    const auto deadline = ChildProcess::Clock::now() + std::chrono::seconds(2);
    child_->send_line(worker::to_line({{"id", next_id_++}, {"cmd", "bye"}}), deadline);
    child_->finish(deadline);
  }
}

std::int64_t WorkerEngine::pid() const noexcept { return child_ ? child_->pid() : -1; }

Error WorkerEngine::gone(const std::string& how) {
  ending_ = how;
  std::string message = "engine '" + options_.name + "' died (" + how + ")";
  const std::string said = last_line(child_->errors());
  if (!said.empty()) message += ": " + said;
  return make_error(Errc::device, "E-ENGINE-DIED", std::move(message));
}

Result<void> WorkerEngine::exchange(Call& call, std::chrono::milliseconds timeout) {
  using Outcome = ChildProcess::Outcome;
  const auto deadline = ChildProcess::Clock::now() + timeout;
  const std::int64_t id = next_id_++;
  call.request["id"] = id;
  call.request["cmd"] = call.command;
  Outcome outcome = child_->send_line(worker::to_line(call.request), deadline, options_.interrupt);
  std::string line;
  if (outcome == Outcome::line) outcome = child_->read_line(line, deadline, options_.interrupt);
  if (outcome == Outcome::line) {
    auto reply = worker::parse_line(line);
    if (reply && worker::int_or(*reply, "id", -1) == id) {
      call.reply = std::move(*reply);
      return {};
    }
    child_->kill();
    ending_ = "spoke out of turn";
    return worker::protocol_error("engine '" + options_.name + "' answered '" + call.command +
                                  "' with " + escape_for_terminal(line.substr(0, 80)));
  }
  if (outcome == Outcome::closed) {
    // Its output is closed: it is ending. A moment's patience tells its own status from our kill.
    child_->finish(ChildProcess::Clock::now() + std::chrono::seconds(1));
    return gone(child_->ending());
  }
  child_->kill();
  ending_ = "killed";
  if (outcome == Outcome::interrupted) {
    return make_error(Errc::interrupted, "E-INTERRUPTED", "interrupted");
  }
  if (outcome == Outcome::too_long) {
    return worker::protocol_error("engine '" + options_.name + "' sent an endless line");
  }
  return limit_error("engine '" + options_.name + "' did not answer '" + call.command +
                         "' within " + seconds(timeout) + " and was killed",
                     "E-ENGINE-TIMEOUT");
}

Result<void> WorkerEngine::call(Call& call, std::chrono::milliseconds timeout) {
  if (!ending_.empty()) {
    return make_error(Errc::device, "E-ENGINE-DIED",
                      "engine '" + options_.name + "' is gone (" + ending_ + ")");
  }
  VERNIER_TRY(exchange(call, timeout));
  const auto ok = call.reply.find("ok");
  if (ok == call.reply.end() || !ok->is_boolean()) {
    return worker::protocol_error("engine '" + options_.name + "' sent no 'ok'");
  }
  if (ok->get<bool>()) return {};
  return worker::error_from(call.reply.value("error", Json()));
}

Result<std::unique_ptr<WorkerEngine>> WorkerEngine::start(WorkerOptions options) {
  auto engine = std::unique_ptr<WorkerEngine>(new WorkerEngine(std::move(options)));
  ChildProcess::Options child;
  child.command = engine->options_.command;
  child.environment = engine->options_.environment;
  child.data_limit_bytes = engine->options_.data_limit_bytes;
  VERNIER_ASSIGN(engine->child_, ChildProcess::spawn(child));
  Call hello{"hello", {{"protocol", worker::kProtocolVersion}}, {}};
  VERNIER_TRY(engine->call(hello, engine->options_.hello_timeout));
  const std::int64_t version = worker::int_or(hello.reply, "protocol", 0);
  if (version != worker::kProtocolVersion) {
    return worker::protocol_error("engine '" + engine->options_.name + "' speaks version " +
                                  std::to_string(version) + ", this is version " +
                                  std::to_string(worker::kProtocolVersion));
  }
  engine->version_ = worker::string_or(hello.reply, "version", "");
  return engine;
}

std::string WorkerEngine::alias_of(const std::string& name) const {
  const auto found = options_.aliases.find(name);
  return found == options_.aliases.end() ? name : found->second;
}

std::string WorkerEngine::model_name_of(const std::string& alias) const {
  for (const auto& [name, other] : options_.aliases) {
    if (other == alias) return name;
  }
  return alias;
}

Result<void> WorkerEngine::load(const std::string& path, const EngineSettings& settings) {
  if (!utf8_code_points(path)) {
    return usage_error(
        "the path of the model is not UTF-8, and the worker protocol's JSON holds "
        "nothing else: give it another name or a link",
        "E-MODEL-PATH");
  }
  std::error_code ignored;
  const auto absolute = std::filesystem::absolute(path, ignored);
  Call load{"load",
            {{"model", absolute.empty() ? path : absolute.string()},
             {"settings", worker::to_json(settings)}},
            {}};
  VERNIER_TRY(call(load, options_.load_timeout));
  VERNIER_ASSIGN(load_ns_, worker::get_int(load.reply, "load_ns"));
  VERNIER_ASSIGN(inputs_, worker::infos_from(load.reply.value("inputs", Json())));
  VERNIER_ASSIGN(outputs_, worker::infos_from(load.reply.value("outputs", Json())));
  for (TensorInfo& info : inputs_) info.name = alias_of(info.name);
  for (TensorInfo& info : outputs_) info.name = alias_of(info.name);
  facts_ = worker::facts_from(load.reply.value("facts", Json()));
  return {};
}

Result<void> WorkerEngine::bind(std::span<const NamedTensor> given) {
  std::vector<NamedTensor> inputs(given.begin(), given.end());
  for (NamedTensor& input : inputs) input.name = model_name_of(input.name);
  std::size_t total = 0;
  const auto slots = worker::lay_out(inputs, total);
  VERNIER_ASSIGN(auto memory, SharedMemory::create(total));
  Json list = Json::array();
  for (std::size_t i = 0; i < slots.size(); ++i) {
    worker::write_slot(inputs[i].tensor, slots[i], memory->data());
    list.push_back(worker::to_json(slots[i]));
  }
  Call bind{"bind",
            {{"memory", {{"path", memory->path()}, {"bytes", memory->size()}}},
             {"inputs", std::move(list)}},
            {}};
  VERNIER_TRY(call(bind, options_.load_timeout));
  bind_ns_ = worker::int_or(bind.reply, "bind_ns", 0);
  if (bind.reply.contains("facts")) facts_ = worker::facts_from(bind.reply["facts"]);
  input_memory_ = std::move(memory);
  return {};
}

Result<void> WorkerEngine::warm(int n) {
  Call warm{"warm", {{"n", n}}, {}};
  return call(warm, options_.run_timeout);
}

Result<void> WorkerEngine::run() { return warm(1); }

Result<TimedRuns> WorkerEngine::run_timed(int n) {
  Call run{"run", {{"n", n}}, {}};
  VERNIER_TRY(call(run, options_.run_timeout));
  TimedRuns runs = worker::timed_runs_from(run.reply);
  if (runs.ns.size() != static_cast<std::size_t>(std::max(n, 0))) {
    return worker::protocol_error("engine '" + options_.name + "' sent " +
                                  std::to_string(runs.ns.size()) + " times for " +
                                  std::to_string(n) + " runs");
  }
  return runs;
}

Result<std::vector<NamedTensor>> WorkerEngine::fetch_outputs() {
  Call describe{"outputs", Json::object(), {}};
  VERNIER_TRY(call(describe, options_.run_timeout));
  VERNIER_ASSIGN(const std::int64_t total, worker::get_int(describe.reply, "bytes"));
  if (total < 0) return worker::protocol_error("outputs have a negative size");
  VERNIER_ASSIGN(const auto memory, SharedMemory::create(static_cast<std::size_t>(total)));
  Call fetch{"fetch", {{"memory", {{"path", memory->path()}, {"bytes", memory->size()}}}}, {}};
  VERNIER_TRY(call(fetch, options_.run_timeout));
  const Json list = fetch.reply.value("outputs", Json());
  if (!list.is_array()) return worker::protocol_error("'outputs' is no list");
  std::vector<NamedTensor> outputs;
  for (const Json& object : list) {
    VERNIER_ASSIGN(const worker::Slot slot, worker::slot_from(object, memory->size()));
    VERNIER_ASSIGN(Tensor tensor, worker::borrow_slot(slot, memory->data(), memory));
    outputs.push_back({alias_of(slot.name), std::move(tensor)});
  }
  return outputs;
}

Result<WorkerStats> WorkerEngine::stats() {
  Call stats{"stats", Json::object(), {}};
  VERNIER_TRY(call(stats, options_.run_timeout));
  const auto bytes = [&](const char* key) {
    return static_cast<std::uint64_t>(
        std::max<std::int64_t>(worker::int_or(stats.reply, key, 0), 0));
  };
  return WorkerStats{bytes("rss_bytes"), bytes("peak_rss_bytes")};
}

Result<void> WorkerEngine::unload() {
  Call unload{"unload", Json::object(), {}};
  inputs_.clear();
  outputs_.clear();
  facts_ = {};
  VERNIER_TRY(call(unload, options_.load_timeout));
  input_memory_.reset();
  return {};
}

}  // namespace vernier
