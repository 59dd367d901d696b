#include "api/roll_back.h"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace vernier;

namespace {

/// The outputs are off by the sum of what each rewrite that is there changes.
struct Culprits {
  std::vector<std::pair<std::string, double>> costs;
  std::vector<std::string> last;
  int runs = 0;

  Result<double> operator()(const std::vector<std::string>& left_out) {
    last = left_out;
    ++runs;
    double sum = 0.0;
    for (const auto& [name, cost] : costs) {
      if (std::find(left_out.begin(), left_out.end(), name) == left_out.end()) sum += cost;
    }
    return sum;
  }
};

const std::vector<std::string> kAll = {"a", "b", "c"};

}  // namespace

TEST_CASE("one rewrite is left out where that is enough", "[api]") {
  Culprits culprits{{{"a", 1e-9}, {"b", 1e-3}, {"c", 1e-9}}, {}, 0};
  const auto found = find_roll_back(kAll, 1e-6, std::ref(culprits));
  REQUIRE((found.has_value() && found->has_value()));
  CHECK(**found == std::vector<std::string>{"b"});
  CHECK(culprits.last == **found);
  CHECK(culprits.runs == 3);  // without all, without a, without b
}

TEST_CASE("of several wrong rewrites the worst goes first, and right ones stay", "[api]") {
  Culprits culprits{{{"a", 1e-4}, {"b", 0.0}, {"c", 1e-3}}, {}, 0};
  const auto found = find_roll_back(kAll, 1e-6, std::ref(culprits));
  REQUIRE((found.has_value() && found->has_value()));
  CHECK(**found == std::vector<std::string>{"c", "a"});
  CHECK(culprits.last == **found);
  CHECK(culprits.runs == 5);  // without all, each of three, "c" and "a"
}

TEST_CASE("where no rewrite is to blame none is left out", "[api]") {
  int runs = 0;
  const auto always = [&](const std::vector<std::string>&) -> Result<double> {
    ++runs;
    return 1.0;
  };
  const auto found = find_roll_back(kAll, 1e-6, always);
  REQUIRE(found.has_value());
  CHECK_FALSE(found->has_value());
  CHECK(runs == 1);
}
