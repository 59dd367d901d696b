#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("HardSwish of floats") {
  CHECK(check_op(
            OpCase{.name = "HardSwish",
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})},
                   .rtol = 2e-06},
            {floats({2, 4}, {-0.20833328F, -0.3333333F, -0.20833333F, 0.0F, 0.29166666F, 0.6666667F,
                             2.2916667F, 4.0F})}) == "");
  CHECK(check_op(OpCase{.name = "HardSwish", .inputs = {floats({0, 2}, {})}},
                 {floats({0, 2}, {})}) == "");
}

TEST_CASE("HardSwish of NaN, float16 and double") {
  CHECK(check_op(OpCase{.name = "HardSwish", .inputs = {numbers(DType::float32, {1}, {kNan})}},
                 {numbers(DType::float32, {1}, {kNan})}) == "");
  CHECK(check_op(OpCase{.name = "HardSwish",
                        .inputs = {numbers(DType::float16, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 0.001},
                 {numbers(DType::float16, {3}, {0.0, 0.291748046875, 0.66650390625})}) == "");
  CHECK(check_op(OpCase{.name = "HardSwish",
                        .inputs = {numbers(DType::float64, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 1e-06},
                 {numbers(DType::float64, {3}, {0.0, 0.2916666679084301, 0.6666666716337204})}) ==
        "");
}

TEST_CASE("HardSwish refuses other dtypes and attributes") {
  CHECK(load_error(OpCase{.name = "HardSwish", .inputs = {strings({1}, {"a"})}}) ==
        "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "HardSwish",
                          .attributes = {{"nonsense", std::int64_t{1}}},
                          .inputs = {floats({1}, {1.0F})}}) == "E-UNSUPPORTED-ATTR");
  CHECK(load_error(
            OpCase{.name = "HardSwish", .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F})}}) ==
        "E-MODEL-ARITY");
}
