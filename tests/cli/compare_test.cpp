#include <filesystem>

#include <catch2/catch.hpp>

#include "cli/program.h"
#include "report/report.h"
#include "support/onnx_writer.h"
#include "support/temp_dir.h"

using namespace cli_test;
namespace ow = onnx_writer;

namespace {

const std::vector<ow::Dim> kSize = {std::int64_t{1}, std::int64_t{64}};

/// x -> Mul -> Sigmoid -> Mul -> Exp -> y, with names.
std::string chain(float second = 0.5F, const char* input = "x", const char* output = "y") {
  return ow::model({{ow::node("Mul", {input, "k1"}, {"a"}, {}, "first"),
                     ow::node("Sigmoid", {"a"}, {"b"}, {}, "squash"),
                     ow::node("Mul", {"b", "k2"}, {"c"}, {}, "second"),
                     ow::node("Exp", {"c"}, {output}, {}, "last")},
                    {ow::value(input, 1, kSize)},
                    {ow::value(output, 1, kSize)},
                    {ow::tensor_floats("k1", {1}, {2.0F}), ow::tensor_floats("k2", {1}, {second})},
                    {}});
}

/// A folder with ONNX Runtime's worker under the name "wrong": Sigmoid's result is off by a third.
Launch wrong_engine(const TempDir& dir) {
  const std::string source = std::string(VERNIER_SOURCE_DIR) + "/lib/engine/workers/";
  std::string script = read_file(source + "onnxruntime_worker.py");
  const std::string load = "InferenceSession(model,";
  REQUIRE(has(script, load));
  script.replace(script.find(load), load.size(),
                 "InferenceSession(__import__('spoil').spoil(model),");
  write_file(dir.file("wrong_worker.py"), script);
  write_file(dir.file("worker_protocol.py"), read_file(source + "worker_protocol.py"));
  write_file(
      dir.file("spoil.py"),
      "import onnx\n"
      "from onnx import helper, numpy_helper\n"
      "import numpy\n"
      "def spoil(path):\n"
      "    model = onnx.load(path) if isinstance(path, str) else onnx.load_from_string(path)\n"
      "    nodes = []\n"
      "    for node in model.graph.node:\n"
      "        if node.op_type != 'Sigmoid':\n"
      "            nodes.append(node)\n"
      "            continue\n"
      "        name = node.output[0]\n"
      "        node.output[0] = name + '_right'\n"
      "        nodes += [node, helper.make_node('Mul', [name + '_right', 'third'], [name])]\n"
      "        model.graph.initializer.append(numpy_helper.from_array(\n"
      "            numpy.array([4 / 3], numpy.float32), 'third'))\n"
      "    del model.graph.node[:]\n"
      "    model.graph.node.extend(nodes)\n"
      "    return model.SerializeToString()\n");
  Launch launch;
  launch.environment = {{"VERNIER_WORKERS", dir.path()}};
  return launch;
}

/// True, after saying so, where the engines that a test needs are not installed.
bool skipped(const Outcome& outcome) {
  const bool absent = has(outcome.err, "E-ENGINE-ABSENT") || has(outcome.err, "No module named");
  if (absent) std::printf("SKIPPED: ONNX Runtime or onnx is not installed\n");
  return absent;
}

std::vector<std::string> quick(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "compare");
  for (const char* word : {"--min-time", "0.02", "--max-time", "2", "--threads", "1"}) {
    arguments.emplace_back(word);
  }
  return arguments;
}

/// A report of the committed model, made by the program.
void make_report(const std::string& file) {
  const auto outcome = program({"bench", fashion_model(), "--report", file, "--min-time", "0.1",
                                "--max-time", "2", "--threads", "1", "-q"});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
}

/// Changes a report as a slower build, or another machine, would.
void change_report(const std::string& from, const std::string& to, double factor,
                   const std::string& cpu = "") {
  auto report = vernier::read_report(from);
  REQUIRE(report);
  for (auto& engine : report->measurement.engines) {
    for (auto& block : engine.blocks) {
      for (auto& ns : block.ns) ns = static_cast<std::int64_t>(static_cast<double>(ns) * factor);
    }
  }
  if (!cpu.empty()) report->measurement.environment.cpu_model = cpu;
  write_file(to, vernier::to_json(*report));
}

}  // namespace

TEST_CASE("two reports: verdict, limit and exit code", "[cli]") {
  const TempDir dir;
  const std::string a = dir.file("a.json");
  const std::string b = dir.file("b.json");
  make_report(a);
  change_report(a, b, 2.0);
  auto outcome = program({"compare", a, b});
  INFO(outcome.out + outcome.err);
  CHECK(outcome.code == 0);  // no limit was given
  CHECK(has(outcome.out, "slower"));
  CHECK(has(outcome.out, "ratio 0.5"));
  CHECK(program({"compare", a, b, "--max-regression", "5%"}).code == 1);
  CHECK(program({"compare", a, b, "--max-regression", "0.05"}).code == 1);
  CHECK(program({"compare", a, b, "--max-regression", "400%", "--strict"}).code == 0);
  CHECK(program({"compare", b, a, "--max-regression", "5%", "--strict"}).code == 0);
  const auto json = program({"compare", a, b, "--max-regression", "5%", "--json"});
  CHECK(json.code == 1);
  CHECK(has(json.out, "\"state\": \"fail\""));
  CHECK(has(json.out, "\"verdict\": \"slower\""));
}

TEST_CASE("reports of unlike machines are not comparable", "[cli]") {
  const TempDir dir;
  make_report(dir.file("a.json"));
  change_report(dir.file("a.json"), dir.file("b.json"), 2.0, "Another CPU");
  const std::vector<std::string> call = {"compare", dir.file("a.json"), dir.file("b.json"),
                                         "--max-regression", "5%"};
  auto outcome = program(call);
  INFO(outcome.out + outcome.err);
  CHECK(outcome.code == 0);
  CHECK(has(outcome.out, "not_comparable"));
  CHECK(has(outcome.out, "environment.cpu.model"));
  CHECK_FALSE(has(outcome.out, "ratio 0.5"));
  auto strict = call;
  strict.emplace_back("--strict");
  CHECK(program(strict).code == 11);
}

TEST_CASE("the baseline out of a folder, and a report alone", "[cli]") {
  const TempDir dir;
  std::filesystem::create_directory(dir.file("history"));
  const std::string now = dir.file("now.json");
  make_report(dir.file("history/one.json"));
  change_report(dir.file("history/one.json"), now, 1.5);
  change_report(dir.file("history/one.json"), dir.file("history/zz.json"), 1.0, "Another CPU");
  auto outcome =
      program({"compare", now, "--baseline", dir.file("history"), "--max-regression", "5%"});
  INFO(outcome.out + outcome.err);
  CHECK(outcome.code == 1);
  CHECK(has(outcome.err, "the baseline is"));
  CHECK(has(outcome.err, "one.json"));
  CHECK(has(outcome.err, "zz.json: environment.cpu.model differs"));
  CHECK(program({"compare", now}).code == 0);
  CHECK(program({"compare", now, "--max-regression", "5%", "--strict"}).code == 11);
  std::filesystem::create_directory(dir.file("empty"));
  CHECK(refusal(program({"compare", now, "--baseline", dir.file("empty")}), 5,
                {"E-HISTORY-EMPTY"}) == "");
}

TEST_CASE("compare refuses what makes no sense", "[cli]") {
  const TempDir dir;
  make_report(dir.file("a.json"));
  write_file(dir.file("m.onnx"), chain());
  const std::string a = dir.file("a.json");
  const std::string m = dir.file("m.onnx");
  CHECK(refusal(program({"compare"}), 2) == "");
  CHECK(refusal(program({"compare", a, m}), 2) == "");
  CHECK(refusal(program({"compare", m}), 2, {"two engines"}) == "");
  CHECK(refusal(program({"compare", a, a, "--layers"}), 2) == "");
  CHECK(refusal(program({"compare", m, m, "--layers"}), 2) == "");
  CHECK(refusal(program({"compare", a, a, "--max-regression", "much"}), 2, {"5%"}) == "");
  CHECK(refusal(program({"compare", m, m, "--no-speed", "--max-regression", "5%"}), 2) == "");
  CHECK(refusal(program({"compare", m, m, "--no-speed", "--task", "dance"}), 2) == "");
  CHECK(refusal(program({"compare", dir.file("no.json"), a}), 5) == "");
  CHECK(refusal(program({"compare", m, dir.file("no.onnx"), "--no-speed"}), 5) == "");
  write_file(dir.file("bad.json"), "{}");
  CHECK(refusal(program({"compare", dir.file("bad.json"), a}), 5, {"E-REPORT"}) == "");
  CHECK(refusal(program({"compare", m, "--baseline-git", "main", "--engine", "onnxruntime"}), 2) ==
        "");
}

TEST_CASE("a bound of time that is given alone moves the other's default", "[cli]") {
  const std::vector<std::string> base = {"compare",  fashion_model(),     "--engine",  "vernier",
                                         "--engine", "vernier:threads=1", "--no-speed"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), base.begin(), base.end());
    return program(more);
  };
  CHECK(with({"--min-time", "20"}).code == 0);
  CHECK(with({"--max-time", "0.5"}).code == 0);
  CHECK(refusal(with({"--min-time", "2", "--max-time", "1"}), 2, {"--max-time"}) == "");
  const TempDir dir;
  make_report(dir.file("a.json"));
  CHECK(refusal(program({"compare", dir.file("a.json"), "--processes", "6"}), 2, {"--processes"}) ==
        "");
}

TEST_CASE("two models on the same input", "[cli]") {
  const TempDir dir;
  write_file(dir.file("a.onnx"), chain());
  write_file(dir.file("same.onnx"), chain(0.5F, "image", "scores"));
  write_file(dir.file("other.onnx"), chain(0.6F));
  const auto same =
      program(quick({dir.file("a.onnx"), dir.file("same.onnx"), "--max-rel-l2", "1e-6", "--json"}));
  INFO(same.out + same.err);
  CHECK(same.code == 0);
  CHECK(has(same.out, "\"rel_l2\": 0"));
  CHECK(has(same.out, "\"contender\": \"same.onnx\""));
  CHECK(has(same.out, "\"top1\": 1"));
  CHECK(has(same.out, "\"ratio\":"));
  const std::vector<std::string> call = {"compare", dir.file("a.onnx"), dir.file("other.onnx"),
                                         "--no-speed"};
  CHECK(program(call).code == 0);
  auto gated = call;
  gated.insert(gated.end(), {"--max-rel-l2", "1e-3"});
  const auto outcome = program(gated);
  CHECK(outcome.code == 1);
  CHECK(has(outcome.out, "DIFFERS"));
  CHECK(has(outcome.out, "max-rel-l2 (other.onnx): fail"));
}

TEST_CASE("inputs that could be taken for each other are not guessed", "[cli]") {
  const auto sum = [](const char* first, const char* second) {
    return ow::model({{ow::node("Sub", {first, second}, {"y"})},
                      {ow::value(first, 1, kSize), ow::value(second, 1, kSize)},
                      {ow::value("y", 1, kSize)},
                      {},
                      {}});
  };
  const TempDir dir;
  write_file(dir.file("a.onnx"), sum("p", "q"));
  write_file(dir.file("b.onnx"), sum("r", "s"));
  write_file(dir.file("c.onnx"), sum("p", "s"));
  CHECK(refusal(program({"compare", dir.file("a.onnx"), dir.file("b.onnx"), "--no-speed"}), 2,
                {"E-COMPARE-INPUTS", "'r'", "'q'"}) == "");
  CHECK(program({"compare", dir.file("a.onnx"), dir.file("c.onnx"), "--no-speed"}).code == 0);
}

TEST_CASE("two engines that agree", "[cli]") {
  const TempDir dir;
  write_file(dir.file("m.onnx"), chain());
  const auto outcome = program(quick({dir.file("m.onnx"), "--engine", "vernier", "--engine",
                                      "vernier:backend=reference", "--layers", "--json"}));
  INFO(outcome.out + outcome.err);
  CHECK(outcome.code == 0);
  CHECK(has(outcome.out, "\"agree\": true"));
  CHECK(has(outcome.out, "\"found\": false"));
  CHECK(has(outcome.out, "\"verdict\""));
}

TEST_CASE("--layers names the node that is wrong", "[cli]") {
  const TempDir dir;
  const TempDir temporary;
  write_file(dir.file("m.onnx"), chain());
  Launch launch = wrong_engine(dir);
  launch.environment.emplace_back("TMPDIR", temporary.path());
  const auto outcome = program({"compare", dir.file("m.onnx"), "--engine", "vernier", "--engine",
                                "wrong", "--layers=all", "--no-speed", "--threads", "1"},
                               launch);
  if (skipped(outcome)) return;
  INFO(outcome.out + outcome.err);
  CHECK(outcome.code == 1);
  CHECK(has(outcome.out, "first node that diverges in wrong: 'squash' (Sigmoid, opset 17)\n"));
  CHECK(has(outcome.out, "output 'b': relative L2 0.333"));
  CHECK(has(outcome.out, "alone  'b': relative L2 0.333"));
  CHECK(has(outcome.out, "input  'a': relative L2 0"));
  for (const std::string& name : names_in(temporary.path())) {  // engines may leave files as well
    CHECK(name.rfind("vernier", 0) != 0);
  }
  const auto loose = program({"compare", dir.file("m.onnx"), "--engine", "vernier", "--engine",
                              "wrong", "--layers", "--max-rel-l2", "0.9", "--no-speed", "--json"},
                             launch);
  CHECK(loose.code == 0);
  CHECK(has(loose.out, "\"found\": false"));
}

TEST_CASE("--baseline-git says what is missing", "[cli]") {
  const TempDir dir;
  write_file(dir.file("m.onnx"), chain());
  Launch launch;
  launch.directory = dir.path();
  const auto outcome = program({"compare", dir.file("m.onnx"), "--baseline-git", "main"}, launch);
  CHECK(refusal(outcome, 4, {"E-GIT"}) == "");
  launch.environment = {{"PATH", "/nonexistent"}};
  CHECK(refusal(program({"compare", dir.file("m.onnx"), "--baseline-git", "main"}, launch), 4,
                {"git", "E-GIT-ABSENT"}) == "");
}
