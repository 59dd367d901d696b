#include "api/settings.h"

#include "base/cpu_quota.h"

#include <catch2/catch.hpp>
#include <map>

using vernier::Dim;
using vernier::DType;
using vernier::TensorInfo;
using vernier::ValueType;

namespace {

TensorInfo input(const std::string& name, DType dtype, std::vector<Dim> dims) {
  return {name, ValueType::of(dtype, std::move(dims))};
}
Dim free(const char* name) { return Dim::named(name); }
Dim size(std::int64_t value) { return Dim::known(value); }

}  // namespace

TEST_CASE("free dimensions get sizes that suit the input", "[api]") {
  const std::vector<TensorInfo> inputs = {
      input("picture", DType::float32, {free("N"), size(3), free("H"), free("W")}),
      input("line", DType::float32, {free("N"), size(3), size(48), free("X")}),
      input("ids", DType::int64, {free("N"), free("S")}),
      input("state", DType::float32, {size(2), free("N"), size(128)}),
      input("plain", DType::float32, {Dim::unknown(), Dim::unknown()}),
  };
  const auto resolved = vernier::resolve_inputs(inputs, {});
  REQUIRE(resolved);
  CHECK(*resolved->types[0].shape() == vernier::Shape({1, 3, 224, 224}));
  CHECK(*resolved->types[1].shape() == vernier::Shape({1, 3, 48, 320}));
  CHECK(*resolved->types[2].shape() == vernier::Shape({1, 16}));
  CHECK(*resolved->types[3].shape() == vernier::Shape({2, 1, 128}));
  CHECK(*resolved->types[4].shape() == vernier::Shape({1, 1}));
  const std::map<std::string, std::int64_t> assumed(resolved->assumed.begin(),
                                                    resolved->assumed.end());
  CHECK(assumed == std::map<std::string, std::int64_t>{{"N", 1},
                                                       {"H", 224},
                                                       {"W", 224},
                                                       {"X", 320},
                                                       {"S", 16},
                                                       {"plain[0]", 1},
                                                       {"plain[1]", 1}});
}

TEST_CASE("a given shape binds dimensions of the same name everywhere", "[api]") {
  const std::vector<TensorInfo> inputs = {
      input("a", DType::float32, {free("N"), size(4)}),
      input("b", DType::float32, {free("N"), free("M")}),
  };
  const auto resolved = vernier::resolve_inputs(inputs, {{"a", {7, 4}}});
  REQUIRE(resolved);
  CHECK(*resolved->types[1].shape() == vernier::Shape({7, 1}));
  CHECK(resolved->assumed == std::vector<std::pair<std::string, std::int64_t>>{{"M", 1}});
}

TEST_CASE("sizes that constants need come before guesses", "[api]") {
  std::vector<TensorInfo> inputs = {
      input("a", DType::int64, {free("N"), free("S")}),
      input("b", DType::float32, {free("N"), free("S"), free("H")}),
  };
  inputs[1].needed_sizes = {0, 9, 64};
  const auto resolved = vernier::resolve_inputs(inputs, {{"b", {2, 9, 64}}});
  REQUIRE(resolved);
  CHECK(resolved->assumed.empty());
  const auto assumed = vernier::resolve_inputs(inputs, {});
  REQUIRE(assumed);
  CHECK(*assumed->types[0].shape() == vernier::Shape({1, 9}));
  CHECK(*assumed->types[1].shape() == vernier::Shape({1, 9, 64}));
  CHECK(std::map<std::string, std::int64_t>(assumed->assumed.begin(), assumed->assumed.end()) ==
        std::map<std::string, std::int64_t>{{"N", 1}, {"S", 9}, {"H", 64}});
}

TEST_CASE("shapes that do not fit are usage errors", "[api]") {
  const std::vector<TensorInfo> inputs = {input("a", DType::float32, {free("N"), size(4)}),
                                          input("b", DType::float32, {free("N")})};
  const auto code = [&](const std::string& name, std::vector<std::int64_t> shape) {
    auto resolved = vernier::resolve_inputs(inputs, {{name, std::move(shape)}});
    REQUIRE_FALSE(resolved);
    CHECK(resolved.error().code == vernier::Errc::usage);
    return resolved.error().id;
  };
  CHECK(code("c", {1}) == "E-INPUT-NAME");
  CHECK(code("a", {1}) == "E-SHAPE");
  CHECK(code("a", {1, 5}) == "E-SHAPE");
  CHECK(code("a", {-1, 4}) == "E-SHAPE");
  auto contradiction = vernier::resolve_inputs(inputs, {{"a", {2, 4}}, {"b", {3}}});
  REQUIRE_FALSE(contradiction);
  CHECK(contradiction.error().id == "E-SHAPE");
}

TEST_CASE("inputs without rank need a shape", "[api]") {
  const std::vector<TensorInfo> inputs = {{"a", ValueType::of(DType::float32)}};
  CHECK_FALSE(vernier::resolve_inputs(inputs, {}));
  const auto resolved = vernier::resolve_inputs(inputs, {{"a", {2, 3}}});
  REQUIRE(resolved);
  CHECK(*resolved->types[0].shape() == vernier::Shape({2, 3}));
}

TEST_CASE("options become engine settings", "[api]") {
  vernier::ModelOptions options;
  options.threads = 3;
  options.optimize = false;
  options.disabled_passes = {"a", "b"};
  const auto settings = vernier::engine_settings(options);
  CHECK(settings.threads == 3);
  CHECK(settings.options.at("optimize") == "0");
  CHECK(settings.options.at("disable") == "a+b");
  CHECK(vernier::engine_settings({}).threads == vernier::usable_cpu_count());
  CHECK(vernier::usable_cpu_count() >= 1);
}
