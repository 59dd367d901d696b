#include <catch2/catch.hpp>

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/child_process.h"
#include "engine/shared_memory.h"
#include "engine/worker_client.h"
#include "engine/worker_json.h"
#include "support/fake_worker.h"

using namespace vernier;

namespace {

std::unique_ptr<WorkerEngine> started() {
  auto engine = WorkerEngine::start(fake_worker());
  REQUIRE(engine);
  return std::move(*engine);
}

EngineSettings with(std::map<std::string, std::string> options) {
  EngineSettings settings;
  settings.options = std::move(options);
  return settings;
}

std::vector<NamedTensor> inputs() {
  std::vector<NamedTensor> list;
  list.push_back({"x", Tensor::from_float(std::vector<float>{1, 2, 3, 4, 5, 6}, {2, 3})});
  return list;
}

}  // namespace

TEST_CASE("a worker loads, binds, runs and gives its outputs") {
  auto engine = started();
  CHECK(engine->version() == "1.0");
  CHECK(engine->pid() != getpid());
  EngineSettings settings = with({{"scale", "2"}, {"mean", "500"}, {"print", "1"}});
  settings.dims = {{"N", 2}};
  REQUIRE(engine->load("model.onnx", settings));
  REQUIRE(engine->inputs().size() == 1);
  CHECK(engine->inputs()[0].name == "x");
  CHECK(engine->inputs()[0].type.dims[0].symbol == "N");
  CHECK(engine->inputs()[0].type.dims[1].value == 3);
  CHECK(engine->load_ns() >= 0);
  REQUIRE(engine->bind(inputs()));
  REQUIRE(engine->warm(3));
  auto times = engine->run_timed(5);
  REQUIRE(times);
  CHECK(times->ns == std::vector<std::int64_t>(5, 500));
  CHECK(times->wall_ns == 2500);
  auto outputs = engine->fetch_outputs();
  REQUIRE(outputs);
  REQUIRE(outputs->size() == 1);
  CHECK((*outputs)[0].name == "y");
  CHECK((*outputs)[0].tensor.shape() == Shape{2, 3});
  for (int i = 0; i < 6; ++i) CHECK((*outputs)[0].tensor.as<float>()[i] == 2.0F * (i + 1));
  CHECK(engine->facts().planned_arena_bytes == 4096);
  CHECK(engine->facts().placement[0].kernel == "mul_f32_generic");
  CHECK(engine->facts().notes == std::vector<std::string>{"scripted"});
  auto stats = engine->stats();
  REQUIRE(stats);
  CHECK(stats->rss_bytes > 0);
  CHECK(stats->peak_rss_bytes >= stats->rss_bytes);
  REQUIRE(engine->unload());
  CHECK(engine->run().error().id == "E-WORKER-STATE");
}

TEST_CASE("the engine's own errors arrive whole and leave the worker alive") {
  auto engine = started();
  auto loaded = engine->load("m.onnx", with({{"fail_load", "1"}}));
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().code == Errc::invalid_model);
  CHECK(loaded.error().id == "E-MODEL-SHAPE");
  CHECK(loaded.error().where.node == "conv1");
  CHECK(loaded.error().where.opset == 13);
  CHECK(format_error(loaded.error()).find("weight has 3 dims, expected 4") != std::string::npos);
  CHECK(engine->bind(inputs()).error().id == "E-WORKER-STATE");
  REQUIRE(engine->load("m.onnx", {}));
  std::vector<NamedTensor> wrong = inputs();
  wrong[0].name = "z";
  CHECK(engine->bind(wrong).error().id == "E-INPUT-NAME");
  CHECK(engine->run_timed(1).error().code == Errc::usage);
  REQUIRE(engine->bind(inputs()));
  CHECK(engine->run_timed(0).error().code == Errc::usage);
  CHECK(engine->fetch_outputs().error().id == "E-WORKER-STATE");
  CHECK(engine->run());
}

TEST_CASE("a worker that dies is reported with its signal, and stays dead") {
  auto engine = started();
  REQUIRE(engine->load("m.onnx", with({{"die_at", "3"}})));
  REQUIRE(engine->bind(inputs()));
  auto times = engine->run_timed(10);
  REQUIRE_FALSE(times);
  CHECK(times.error().code == Errc::device);
  CHECK(times.error().id == "E-ENGINE-DIED");
  CHECK(times.error().message.find("engine 'fake' died (signal 9") == 0);
  CHECK(engine->run().error().id == "E-ENGINE-DIED");
}

TEST_CASE("a worker that exits is reported with its status and last words") {
  auto engine = started();
  auto loaded = engine->load("m.onnx", with({{"exit_load", "7"}}));
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().message ==
        "engine 'fake' died (exit status 7): libfake.so: cannot be loaded");
  auto refused = WorkerEngine::start(fake_worker("exit"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("ModuleNotFoundError") != std::string::npos);
}

TEST_CASE("a hung worker is killed after its time") {
  auto options = fake_worker();
  options.run_timeout = std::chrono::milliseconds(60);
  auto engine = WorkerEngine::start(options);
  REQUIRE(engine);
  REQUIRE((*engine)->load("m.onnx", with({{"hang_at", "1"}})));
  REQUIRE((*engine)->bind(inputs()));
  const auto pid = static_cast<pid_t>((*engine)->pid());
  auto run = (*engine)->run();
  REQUIRE_FALSE(run);
  CHECK(run.error().code == Errc::limit);
  CHECK(run.error().id == "E-ENGINE-TIMEOUT");
  CHECK(run.error().message.find("60 ms") != std::string::npos);
  CHECK(kill(pid, 0) == -1);
  options = fake_worker("mute");
  options.hello_timeout = std::chrono::milliseconds(60);
  CHECK(WorkerEngine::start(options).error().id == "E-ENGINE-TIMEOUT");
}

TEST_CASE("an interruption ends a hung call") {
  std::atomic<bool> interrupt{false};
  auto options = fake_worker();
  options.interrupt = &interrupt;
  auto engine = WorkerEngine::start(options);
  REQUIRE(engine);
  interrupt = true;
  CHECK((*engine)->load("m.onnx", {}).error().code == Errc::interrupted);
}

TEST_CASE("nonsense on the reply line is a protocol error") {
  auto engine = WorkerEngine::start(fake_worker("garbage"));
  REQUIRE_FALSE(engine);
  CHECK(engine.error().id == "E-WORKER-PROTOCOL");
  auto options = fake_worker();
  options.command = {"/nonexistent/worker"};
  CHECK(WorkerEngine::start(options).error().id == "E-ENGINE-START");
}

TEST_CASE("the server answers unknown, malformed and early requests with errors") {
  ChildProcess::Options options;
  options.command = fake_worker().command;
  auto child = ChildProcess::spawn(options);
  REQUIRE(child);
  const auto ask = [&](const std::string& line) {
    const auto deadline = ChildProcess::Clock::now() + std::chrono::seconds(20);
    REQUIRE((*child)->send_line(line, deadline) == ChildProcess::Outcome::line);
    std::string reply;
    REQUIRE((*child)->read_line(reply, deadline) == ChildProcess::Outcome::line);
    return worker::Json::parse(reply);
  };
  CHECK(ask("{\"id\":1,\"cmd\":\"fly\"}")["error"]["id"] == "E-WORKER-COMMAND");
  CHECK(ask("nonsense")["id"].is_null());
  CHECK(ask("nonsense")["error"]["id"] == "E-WORKER-PROTOCOL");
  CHECK(ask("{\"id\":2}")["ok"] == false);
  CHECK(ask("{\"id\":3,\"cmd\":\"hello\",\"protocol\":99}")["ok"] == false);
  CHECK(ask("{\"id\":4,\"cmd\":\"load\",\"model\":\"m\",\"settings\":{}}")["ok"] == true);
  for (const char* input :
       {R"({"name":"x","dtype":"float","shape":[2,3],"offset":0,"bytes":23})",
        R"({"name":"x","dtype":"float","shape":[-1],"offset":0,"bytes":24})",
        R"({"name":"x","dtype":"float","shape":[1000],"offset":0,"bytes":4000})",
        R"({"name":"x","dtype":"float","shape":[4611686018427387904,4],"offset":0,"bytes":0})",
        R"({"name":"x","dtype":"what","shape":[],"offset":0,"bytes":4})", R"(7)"}) {
    auto memory = SharedMemory::create(24);
    REQUIRE(memory);
    const std::string request = R"({"id":5,"cmd":"bind","memory":{"path":")" + (*memory)->path() +
                                R"(","bytes":24},"inputs":[)" + input + "]}";
    CHECK(ask(request)["error"]["id"] == "E-WORKER-PROTOCOL");
  }
  CHECK(ask(R"({"id":6,"cmd":"bind","memory":{"path":"/etc","bytes":24},"inputs":[]})")["error"]
                                                                                       ["id"] ==
        "E-WORKER-SHM");
  CHECK(ask("{\"id\":7,\"cmd\":\"bye\"}")["ok"] == true);
}

TEST_CASE("errors and settings survive the protocol's JSON") {
  EngineSettings settings;
  settings.threads = 3;
  settings.precision = "bf16";
  settings.max_memory_bytes = 1ULL << 40;
  settings.dims = {{"N", 4}};
  settings.options = {{"a", "b"}};
  auto back = worker::settings_from(worker::to_json(settings));
  REQUIRE(back);
  CHECK(back->threads == 3);
  CHECK(back->precision == "bf16");
  CHECK(back->max_memory_bytes == 1ULL << 40);
  CHECK(back->dims == settings.dims);
  CHECK(back->options == settings.options);
  CHECK(worker::settings_from(worker::Json{{"threads", 0}}).error().code == Errc::usage);
}
