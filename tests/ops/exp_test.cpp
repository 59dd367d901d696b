#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Exp of floats") {
  CHECK(check_op(
            OpCase{.name = "Exp",
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})},
                   .rtol = 2e-06},
            {floats({2, 4}, {0.082085006F, 0.36787942F, 0.60653067F, 1.0F, 1.6487212F, 2.718282F,
                             12.182493F, 54.59815F})}) == "");
  CHECK(check_op(OpCase{.name = "Exp", .inputs = {floats({0, 2}, {})}}, {floats({0, 2}, {})}) ==
        "");
}

TEST_CASE("Exp of NaN, float16 and double") {
  CHECK(check_op(OpCase{.name = "Exp", .inputs = {numbers(DType::float32, {1}, {kNan})}},
                 {numbers(DType::float32, {1}, {kNan})}) == "");
  CHECK(check_op(OpCase{.name = "Exp",
                        .inputs = {numbers(DType::float16, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 0.001},
                 {numbers(DType::float16, {3}, {1.0, 1.6484375, 2.71875})}) == "");
  CHECK(check_op(OpCase{.name = "Exp",
                        .inputs = {numbers(DType::float64, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 1e-06},
                 {numbers(DType::float64, {3}, {1.0, 1.6487212707001282, 2.718281828459045})}) ==
        "");
}

TEST_CASE("Exp refuses other dtypes and attributes") {
  CHECK(load_error(OpCase{.name = "Exp", .inputs = {strings({1}, {"a"})}}) == "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "Exp",
                          .attributes = {{"nonsense", std::int64_t{1}}},
                          .inputs = {floats({1}, {1.0F})}}) == "E-UNSUPPORTED-ATTR");
  CHECK(load_error(OpCase{.name = "Exp", .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F})}}) ==
        "E-MODEL-ARITY");
}
