// Runs ONNX's backend test data through import, inference of types and the scalar references:
//   conformance DATA_DIR SKIP_FILE MINIMUM [FILTER]
// SKIP_FILE has one "<category>/test_<name> <reason>" a line. A listed case must exist and must
// fail, any other must pass, and at least MINIMUM cases must have run; otherwise the exit status
// is 1. FILTER restricts the run to names that contain it.

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "case.h"

namespace {

using vernier::conformance::Case;
using vernier::conformance::Outcome;

struct Skips {
  std::map<std::string, std::string> reasons;
  int errors = 0;
};

Skips read_skips(const char* path) {
  Skips skips;
  std::ifstream file(path);
  if (!file) {
    std::printf("cannot read %s\n", path);
    ++skips.errors;
  }
  std::string line;
  while (std::getline(file, line)) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::string name;
    std::string reason;
    words >> name;
    std::getline(words >> std::ws, reason);
    if (reason.empty()) {
      std::printf("skip list: %s has no reason\n", name.c_str());
      ++skips.errors;
    }
    if (!skips.reasons.emplace(name, reason).second) {
      std::printf("skip list: %s is listed twice\n", name.c_str());
      ++skips.errors;
    }
  }
  return skips;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: conformance DATA_DIR SKIP_FILE MINIMUM [FILTER]\n");
    return 2;
  }
  const std::string filter = argc > 4 ? argv[4] : "";
  Skips skips = read_skips(argv[2]);
  int errors = skips.errors;
  int passed = 0;
  int failed = 0;
  int skipped = 0;
  std::map<std::string, bool> exists;
  for (const Case& test : vernier::conformance::find_cases(argv[1])) {
    exists[test.name] = true;
    if (test.name.find(filter) == std::string::npos) continue;
    const Outcome outcome = vernier::conformance::run_case(test);
    const bool listed = skips.reasons.count(test.name) != 0;
    if (listed && outcome.passed()) {
      std::printf("NOW PASSES %s: remove it from the skip list\n", test.name.c_str());
      ++errors;
    } else if (listed) {
      ++skipped;
    } else if (outcome.passed()) {
      ++passed;
    } else {
      ++failed;
      std::printf("FAIL %s [%s] %s\n", test.name.c_str(),
                  vernier::conformance::stage_name(outcome.stage), outcome.message.c_str());
    }
  }
  for (const auto& [name, reason] : skips.reasons) {
    if (exists.count(name) == 0) {
      std::printf("UNKNOWN %s in the skip list\n", name.c_str());
      ++errors;
    }
  }
  const int ran = passed + failed + skipped;
  std::printf("conformance: %d passed, %d failed, %d skipped, of %d\n", passed, failed, skipped,
              ran);
  if (filter.empty() && ran < std::atoi(argv[3])) {
    std::printf("only %d cases found, expected at least %s\n", ran, argv[3]);
    ++errors;
  }
  return failed == 0 && errors == 0 && ran > 0 ? 0 : 1;
}
