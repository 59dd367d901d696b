#include <catch2/catch.hpp>

#include "cli/program.h"
#include "support/temp_dir.h"

using namespace cli_test;

namespace {

std::vector<std::string> bench(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"bench", fashion_model(), "--min-time", "0.02", "--max-time",
                                       "2", "--runs", "5"});
  return arguments;
}

}  // namespace

TEST_CASE("exports are written beside the tables, or take their place on stdout", "[cli]") {
  const TempDir dir;
  const std::string html = dir.file("r.html");
  const auto beside =
      program(bench({"--export", "html=" + html, "--export", "github-annotations"}));
  INFO(beside.err);
  REQUIRE(beside.code == 0);
  CHECK(has(beside.out, "p50"));
  CHECK(has(beside.out, "\n::"));
  CHECK(has(read_file(html), "</html>"));
  CHECK(names_in(dir.path()) == std::vector<std::string>{"r.html"});
  const auto alone = program(bench({"--export", "csv=-"}));
  REQUIRE(alone.code == 0);
  CHECK(alone.out.rfind("model,", 0) == 0);
}

TEST_CASE("an export that cannot be written costs no measurement", "[cli]") {
  const TempDir dir;
  const auto outcome = program(
      bench({"--export", "html=" + dir.file("no/x.html"), "--export", "csv=" + dir.file("x.csv")}));
  CHECK(outcome.code == 8);
  CHECK(outcome.out.empty());
  CHECK(names_in(dir.path()).empty());
}

TEST_CASE("exports that make no sense are usage errors", "[cli]") {
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{"--export", "pdf=x"},
                                             {"--export", "html"},
                                             {"--export", "html="},
                                             {"--export", "csv=-", "--json"},
                                             {"--export", "csv=-", "--export", "bmf=-"}}) {
    CAPTURE(arguments);
    CHECK(program(bench(arguments)).code == 2);
  }
}
