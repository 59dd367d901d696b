#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Round of floats") {
  CHECK(check_op(OpCase{.name = "Round",
                        .inputs = {floats({7}, {0.5F, 1.5F, 2.5F, -0.5F, -1.5F, 2.3F, -2.7F})},
                        .rtol = 2e-06},
                 {floats({7}, {0.0F, 2.0F, 2.0F, -0.0F, -2.0F, 2.0F, -3.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Round", .inputs = {floats({0, 2}, {})}}, {floats({0, 2}, {})}) ==
        "");
}

TEST_CASE("Round of NaN, float16 and double") {
  CHECK(check_op(OpCase{.name = "Round", .inputs = {numbers(DType::float32, {1}, {kNan})}},
                 {numbers(DType::float32, {1}, {kNan})}) == "");
  CHECK(check_op(OpCase{.name = "Round",
                        .inputs = {numbers(DType::float16, {3}, {-0.5, -1.5, 2.30078125})},
                        .rtol = 0.001},
                 {numbers(DType::float16, {3}, {-0.0, -2.0, 2.0})}) == "");
  CHECK(check_op(OpCase{.name = "Round",
                        .inputs = {numbers(DType::float64, {3}, {-0.5, -1.5, 2.30078125})},
                        .rtol = 1e-06},
                 {numbers(DType::float64, {3}, {-0.0, -2.0, 2.0})}) == "");
}

TEST_CASE("Round refuses other dtypes and attributes") {
  CHECK(load_error(OpCase{.name = "Round", .inputs = {strings({1}, {"a"})}}) == "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "Round",
                          .attributes = {{"nonsense", std::int64_t{1}}},
                          .inputs = {floats({1}, {1.0F})}}) == "E-UNSUPPORTED-ATTR");
  CHECK(load_error(OpCase{.name = "Round", .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F})}}) ==
        "E-MODEL-ARITY");
}
