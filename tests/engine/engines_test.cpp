#include "engine/engines.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "support/fake_worker.h"
#include "support/temp_dir.h"

using namespace vernier;

namespace {

EngineHost host_with(const std::string& directory) {
  EngineHost host;
  host.program = fake_worker().command[0];
  host.program_arguments = {};
  host.worker_directories = {directory};
  return host;
}

void write_file(const std::string& path, std::string_view text) {
  auto file = AtomicFile::open(path);
  REQUIRE(file);
  REQUIRE(file->write(text));
  REQUIRE(file->commit());
}

}  // namespace

TEST_CASE("engine requests are parsed") {
  auto request = parse_engine_request("vernier:precision=bf16,threads=2,x=a=b");
  REQUIRE(request);
  CHECK(request->name == "vernier");
  REQUIRE(request->options.size() == 3);
  CHECK(request->options[2] == std::pair<std::string, std::string>("x", "a=b"));
  EngineSettings base;
  base.backend = "reference";
  auto settings = apply_engine_options(*request, base);
  REQUIRE(settings);
  CHECK(settings->precision == "bf16");
  CHECK(settings->threads == 2);
  CHECK(settings->backend == "reference");
  CHECK(settings->options.at("x") == "a=b");
  CHECK(parse_engine_request("onnxruntime")->options.empty());
  for (const char* bad : {"", ":a=b", "a b", "x:", "x:a", "x:=1", "x:a=1,a=2", "x:a=1,", "../x"}) {
    INFO(bad);
    auto result = parse_engine_request(bad);
    REQUIRE_FALSE(result);
    CHECK(result.error().id == "E-ENGINE-SPEC");
  }
  CHECK(apply_engine_options(*parse_engine_request("x:threads=0"), {}).error().code == Errc::usage);
  CHECK(apply_engine_options(*parse_engine_request("x:threads=2x"), {}).error().code ==
        Errc::usage);
}

TEST_CASE("a worker is a Python script or any program, found by its name") {
  TempDir dir;
  const EngineHost host = host_with(dir.path());
  const auto known = [&](const char* name) {
    const auto names = engine_names(host);
    return std::count(names.begin(), names.end(), name) == 1;
  };
  std::filesystem::copy_file(host.program, dir.file("copied_worker"));
  write_file(dir.file("plain_worker"), "not executable\n");
  CHECK(known("copied"));
  CHECK_FALSE(known("plain"));
  CHECK(*engine_command("copied", host) == std::vector<std::string>{dir.file("copied_worker")});
  CHECK(engine_command("plain", host).error().id == "E-ENGINE-NAME");
  CHECK(start_engine("copied", {}, host));
  // A script of the same name comes first.
  write_file(dir.file("copied_worker.py"), "");
  CHECK(engine_command("copied", host)->back() == dir.file("copied_worker.py"));
}

TEST_CASE("a worker that says what it lacks is absent, in its own words") {
  TempDir dir;
  const EngineHost host = host_with(dir.path());
  write_file(dir.file("lacking_worker"),
             "#!/bin/sh\nread line\n"
             "echo '{\"id\":1,\"ok\":false,\"error\":{\"kind\":\"unsupported\",\"id\":"
             "\"E-ENGINE-ABSENT\",\"message\":\"package x is not installed; get it\"}}'\n");
  std::filesystem::permissions(dir.file("lacking_worker"), std::filesystem::perms::owner_all);
  auto engine = start_engine("lacking", {}, host);
  REQUIRE_FALSE(engine);
  CHECK(engine.error().code == Errc::unsupported);
  CHECK(engine.error().id == "E-ENGINE-ABSENT");
  CHECK(engine.error().message == "engine 'lacking': package x is not installed; get it");
}

TEST_CASE("engines are vernier, the scripts that are there, and known peers with a reason") {
  TempDir dir;
  write_file(dir.file("mine_worker.py"), "import sys\nsys.exit('no such engine')\n");
  const EngineHost host = host_with(dir.path());
  const auto names = engine_names(host);
  CHECK(names.front() == "vernier");
  CHECK(std::count(names.begin(), names.end(), "mine") == 1);
  CHECK(std::count(names.begin(), names.end(), "openvino") == 1);
  CHECK(engine_command("tensorrt", host).error().id == "E-ENGINE-ABSENT");
  CHECK(engine_command("tensorrt", host).error().code == Errc::unsupported);
  CHECK(engine_command("nonsense", host).error().code == Errc::usage);
  CHECK(engine_command("../../etc/x", host).error().code == Errc::usage);
  auto engine = start_engine("vernier", {}, host);
  REQUIRE(engine);
  CHECK((*engine)->name() == "vernier");
  auto mine = start_engine("mine", {}, host);
  REQUIRE_FALSE(mine);
  CHECK(mine.error().code == Errc::unsupported);
  CHECK(mine.error().id == "E-ENGINE-ABSENT");
  for (const auto& row : probe_engines(host)) {
    CHECK(row.available == (row.name == "vernier"));
    CHECK(row.available == row.reason.empty());
  }
}
