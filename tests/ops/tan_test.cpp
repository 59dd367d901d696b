#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Tan of floats") {
  CHECK(check_op(
            OpCase{.name = "Tan",
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})},
                   .rtol = 2e-06},
            {floats({2, 4}, {0.7470223F, -1.5574077F, -0.5463025F, 0.0F, 0.5463025F, 1.5574077F,
                             -0.7470223F, 1.1578212F})}) == "");
  CHECK(check_op(OpCase{.name = "Tan", .inputs = {floats({0, 2}, {})}}, {floats({0, 2}, {})}) ==
        "");
}

TEST_CASE("Tan of NaN, float16 and double") {
  CHECK(check_op(OpCase{.name = "Tan", .inputs = {numbers(DType::float32, {1}, {kNan})}},
                 {numbers(DType::float32, {1}, {kNan})}) == "");
  CHECK(check_op(OpCase{.name = "Tan",
                        .inputs = {numbers(DType::float16, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 0.001},
                 {numbers(DType::float16, {3}, {0.0, 0.54638671875, 1.5576171875})}) == "");
  CHECK(check_op(OpCase{.name = "Tan",
                        .inputs = {numbers(DType::float64, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 1e-06},
                 {numbers(DType::float64, {3}, {0.0, 0.5463024898437905, 1.5574077246549023})}) ==
        "");
}

TEST_CASE("Tan refuses other dtypes and attributes") {
  CHECK(load_error(OpCase{.name = "Tan", .inputs = {strings({1}, {"a"})}}) == "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "Tan",
                          .attributes = {{"nonsense", std::int64_t{1}}},
                          .inputs = {floats({1}, {1.0F})}}) == "E-UNSUPPORTED-ATTR");
  CHECK(load_error(OpCase{.name = "Tan", .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F})}}) ==
        "E-MODEL-ARITY");
}
