#include <catch2/catch.hpp>

#include "cli/program.h"
#include "support/temp_dir.h"

using namespace cli_test;

namespace {

const std::vector<std::string> kCommands = {"inspect", "run", "bench", "doctor"};

}  // namespace

TEST_CASE("help shows examples before options and goes to stdout", "[cli]") {
  const auto top = program({"--help"});
  CHECK(top.code == 0);
  CHECK(top.err.empty());
  for (const std::string& command : kCommands) {
    INFO(command);
    CHECK(has(top.out, "  " + command));
    const auto help = program({command, "--help"});
    CHECK(help.code == 0);
    CHECK(help.err.empty());
    REQUIRE(has(help.out, "Examples:"));
    REQUIRE(has(help.out, "Options:"));
    CHECK(help.out.find("Examples:") < help.out.find("Options:"));
    CHECK(has(help.out, "vernier " + command));
    CHECK(help.out == program({"help", command}).out);
  }
  CHECK_FALSE(has(top.out, "worker"));
}

TEST_CASE("without arguments the help is shown and the exit code is 2", "[cli]") {
  const auto outcome = program({});
  CHECK(outcome.code == 2);
  CHECK(has(outcome.out, "Usage:"));
}

TEST_CASE("typos are answered with what was probably meant", "[cli]") {
  CHECK(refusal(program({"inpsect", "m.onnx"}), 2, {"'inpsect'", "did you mean 'inspect'"}) == "");
  CHECK(refusal(program({"benhc"}), 2, {"did you mean 'bench'"}) == "");
  CHECK(refusal(program({"run", "m.onnx", "--thread", "2"}), 2, {"'--thread'", "'--threads'"}) ==
        "");
  CHECK(refusal(program({"run", "m.onnx", "--ouput=x"}), 2, {"'--ouput'", "'--output'"}) == "");
  CHECK(refusal(program({"--verison"}), 2, {"did you mean '--version'"}) == "");
  const auto far = program({"frobnicate"});
  CHECK(refusal(far, 2) == "");
  CHECK_FALSE(has(far.err, "did you mean"));
}

TEST_CASE("wrong values of options are usage errors that name the option", "[cli]") {
  const std::string model = fashion_model();
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"--threads", "many"}, "--threads"},
      {{"--threads", "-1"}, "--threads"},
      {{"--max-memory", "12Q"}, "--max-memory"},
      {{"--max-memory", "-5"}, "--max-memory"},
      {{"--timeout", "soon"}, "--timeout"},
      {{"--timeout", "0"}, "--timeout"},
      {{"--timeout", "nan"}, "--timeout"},
      {{"--dim", "N"}, "--dim"},
      {{"--dim", "N=-1"}, "--dim"},
      {{"--shape", "image=1x"}, "--shape"},
      {{"--shape", "image=axb"}, "--shape"},
      {{"--disable-pass", "no_such_pass"}, "no_such_pass"},
      {{"--dim", "M=2"}, "'M'"},
      {{"--shape", "picture=1x1x28x28"}, "'picture'"},
      {{"--shape", "image=1x3x28x28"}, "image"},
      {{"--backend", "gpu"}, "'gpu'"},
  };
  for (const auto& [options, part] : cases) {
    std::vector<std::string> arguments = {"run", model};
    arguments.insert(arguments.end(), options.begin(), options.end());
    INFO(options[0] + " " + options[1]);
    CHECK(refusal(program(arguments), 2, {part}) == "");
  }
  CHECK(refusal(program({"run"}), 2, {"MODEL"}) == "");
  CHECK(refusal(program({"run", model, "more.onnx"}), 2, {"more.onnx"}) == "");
  CHECK(refusal(program({"run", model, "--carry", "a=b"}), 2, {"--steps"}) == "");
  CHECK(refusal(program({"run", model, "--draw", "x.png"}), 2, {"--decode"}) == "");
}

TEST_CASE("a dimension that is given twice is named", "[cli]") {
  CHECK(refusal(program({"run", fashion_model(), "--dim", "N=1", "--dim", "N=2"}), 2,
                {"N", "twice"}) == "");
}

TEST_CASE("--json reports errors as an object on stdout and the line on stderr", "[cli]") {
  const auto outcome = program({"inspect", "/no/such/file.onnx", "--json"});
  CHECK(refusal(outcome, 5, {"/no/such/file.onnx", "[E-FILE-OPEN]"}) == "");
  CHECK(outcome.out.starts_with("{"));
  CHECK(has(outcome.out, "\"code\": 5"));
  CHECK(has(outcome.out, "\"kind\": \"invalid data\""));
  CHECK(has(outcome.out, "\"id\": \"E-FILE-OPEN\""));
  const auto usage = program({"run", "--json", "--treads", "2", "m.onnx"});
  CHECK(refusal(usage, 2) == "");
  CHECK(has(usage.out, "\"code\": 2"));
}

TEST_CASE("no control characters reach a pipe, hostile names are escaped", "[cli]") {
  const auto outcome = program({"inspect", "/no/\x1b[31mred\nerror: forged"});
  CHECK(refusal(outcome, 5) == "");
  CHECK_FALSE(has(outcome.err, "\x1b"));
  const auto inspected = program({"inspect", fashion_model()});
  CHECK(inspected.code == 0);
  CHECK_FALSE(has(inspected.out + inspected.err, "\x1b"));
  CHECK_FALSE(has(inspected.out + inspected.err, "\r"));
}

TEST_CASE("stdout that cannot be written is an output error", "[cli]") {
  Launch full;
  full.stdout_file = "/dev/full";
  CHECK(refusal(program({"inspect", fashion_model(), "-q"}, full), 8, {"stdout"}) == "");
  CHECK(refusal(program({"--help"}, full), 8) == "");
}

TEST_CASE("-q leaves stderr empty", "[cli]") {
  const auto outcome = program({"run", fashion_model(), "-q"});
  CHECK(outcome.code == 0);
  CHECK(outcome.err.empty());
  CHECK(has(outcome.out, "logits"));
}
