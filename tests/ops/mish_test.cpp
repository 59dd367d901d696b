#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Mish of floats") {
  CHECK(check_op(
            OpCase{.name = "Mish",
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})},
                   .rtol = 2e-06},
            {floats({2, 4}, {-0.19681625F, -0.30340144F, -0.22074378F, 0.0F, 0.37524518F,
                             0.8650984F, 2.4713924F, 3.997413F})}) == "");
  CHECK(check_op(OpCase{.name = "Mish", .inputs = {floats({0, 2}, {})}}, {floats({0, 2}, {})}) ==
        "");
}

TEST_CASE("Mish of NaN, float16 and double") {
  CHECK(check_op(OpCase{.name = "Mish", .inputs = {numbers(DType::float32, {1}, {kNan})}},
                 {numbers(DType::float32, {1}, {kNan})}) == "");
  CHECK(check_op(OpCase{.name = "Mish",
                        .inputs = {numbers(DType::float16, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 0.001},
                 {numbers(DType::float16, {3}, {0.0, 0.375244140625, 0.865234375})}) == "");
  CHECK(check_op(OpCase{.name = "Mish",
                        .inputs = {numbers(DType::float64, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 1e-06},
                 {numbers(DType::float64, {3}, {0.0, 0.3752452113048951, 0.8650983882673103})}) ==
        "");
}

TEST_CASE("Mish refuses other dtypes and attributes") {
  CHECK(load_error(OpCase{.name = "Mish", .inputs = {strings({1}, {"a"})}}) == "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "Mish",
                          .attributes = {{"nonsense", std::int64_t{1}}},
                          .inputs = {floats({1}, {1.0F})}}) == "E-UNSUPPORTED-ATTR");
  CHECK(load_error(OpCase{.name = "Mish", .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F})}}) ==
        "E-MODEL-ARITY");
}
