#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Sinh of floats") {
  CHECK(check_op(
            OpCase{.name = "Sinh",
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})},
                   .rtol = 2e-06},
            {floats({2, 4}, {-6.0502043F, -1.1752012F, -0.5210953F, 0.0F, 0.5210953F, 1.1752012F,
                             6.0502043F, 27.289917F})}) == "");
  CHECK(check_op(OpCase{.name = "Sinh", .inputs = {floats({0, 2}, {})}}, {floats({0, 2}, {})}) ==
        "");
}

TEST_CASE("Sinh of NaN, float16 and double") {
  CHECK(check_op(OpCase{.name = "Sinh", .inputs = {numbers(DType::float32, {1}, {kNan})}},
                 {numbers(DType::float32, {1}, {kNan})}) == "");
  CHECK(check_op(OpCase{.name = "Sinh",
                        .inputs = {numbers(DType::float16, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 0.001},
                 {numbers(DType::float16, {3}, {0.0, 0.52099609375, 1.1748046875})}) == "");
  CHECK(check_op(OpCase{.name = "Sinh",
                        .inputs = {numbers(DType::float64, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 1e-06},
                 {numbers(DType::float64, {3}, {0.0, 0.5210953054937474, 1.1752011936438014})}) ==
        "");
}

TEST_CASE("Sinh refuses other dtypes and attributes") {
  CHECK(load_error(OpCase{.name = "Sinh", .inputs = {strings({1}, {"a"})}}) == "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "Sinh",
                          .attributes = {{"nonsense", std::int64_t{1}}},
                          .inputs = {floats({1}, {1.0F})}}) == "E-UNSUPPORTED-ATTR");
  CHECK(load_error(OpCase{.name = "Sinh", .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F})}}) ==
        "E-MODEL-ARITY");
}
