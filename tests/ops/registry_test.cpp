#include "ops/registry.h"

#include <catch2/catch.hpp>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>

using namespace vernier;

namespace {

/// All test sources in one text; a test of operator X mentions "X" in quotes.
std::string test_sources() {
  std::ostringstream all;
  const std::filesystem::path folder = std::filesystem::path(VERNIER_SOURCE_DIR) / "tests" / "ops";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".cpp") all << std::ifstream(entry.path()).rdbuf();
  }
  return all.str();
}

}  // namespace

TEST_CASE("the registry is sorted and unique") {
  const auto ops = all_ops();
  REQUIRE(ops.size() > 100);
  for (std::size_t i = 1; i < ops.size(); ++i) {
    INFO(ops[i]->name);
    CHECK(std::pair(ops[i - 1]->domain, ops[i - 1]->name) <
          std::pair(ops[i]->domain, ops[i]->name));
  }
}

TEST_CASE("every operator is found, complete and tested") {
  const std::string tests = test_sources();
  for (const OpDef* op : all_ops()) {
    INFO(op->domain << "." << op->name);
    CHECK(find_op(op->domain, op->name) == op);
    CHECK(op->parse != nullptr);
    CHECK(op->infer != nullptr);
    CHECK(op->reference != nullptr);
    CHECK(op->inputs.min >= 0);
    CHECK((op->inputs.max < 0 || op->inputs.max >= op->inputs.min));
    CHECK(tests.find("\"" + std::string(op->name) + "\"") != std::string::npos);
  }
}

TEST_CASE("unknown operators are not found") {
  CHECK(find_op("", "NoSuchOperator") == nullptr);
  CHECK(find_op("com.example", "Add") == nullptr);
  CHECK(find_op("", "") == nullptr);
  CHECK(find_op("ai.onnx", "Add") == find_op("", "Add"));
}
