#include <catch2/catch.hpp>
#include <limits>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Neg of floats") {
  CHECK(check_op(
            OpCase{.name = "Neg",
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})},
                   .rtol = 2e-06},
            {floats({2, 4}, {2.5F, 1.0F, 0.5F, -0.0F, -0.5F, -1.0F, -2.5F, -4.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Neg", .inputs = {floats({0, 2}, {})}}, {floats({0, 2}, {})}) ==
        "");
}

TEST_CASE("Neg of NaN, float16 and double") {
  CHECK(check_op(OpCase{.name = "Neg", .inputs = {numbers(DType::float32, {1}, {kNan})}},
                 {numbers(DType::float32, {1}, {kNan})}) == "");
  CHECK(check_op(OpCase{.name = "Neg",
                        .inputs = {numbers(DType::float16, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 0.001},
                 {numbers(DType::float16, {3}, {-0.0, -0.5, -1.0})}) == "");
  CHECK(check_op(OpCase{.name = "Neg",
                        .inputs = {numbers(DType::float64, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 1e-06},
                 {numbers(DType::float64, {3}, {-0.0, -0.5, -1.0})}) == "");
}

TEST_CASE("Neg refuses other dtypes and attributes") {
  CHECK(load_error(OpCase{.name = "Neg", .inputs = {strings({1}, {"a"})}}) == "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "Neg",
                          .attributes = {{"nonsense", std::int64_t{1}}},
                          .inputs = {floats({1}, {1.0F})}}) == "E-UNSUPPORTED-ATTR");
  CHECK(load_error(OpCase{.name = "Neg", .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F})}}) ==
        "E-MODEL-ARITY");
}

TEST_CASE("Neg of integers") {
  CHECK(check_op(OpCase{.name = "Neg", .inputs = {numbers(DType::int8, {3}, {-5.0, 0.0, 5.0})}},
                 {numbers(DType::int8, {3}, {5.0, 0.0, -5.0})}) == "");
  CHECK(check_op(OpCase{.name = "Neg", .inputs = {numbers(DType::int32, {3}, {-5.0, 0.0, 5.0})}},
                 {numbers(DType::int32, {3}, {5.0, 0.0, -5.0})}) == "");
  CHECK(check_op(OpCase{.name = "Neg",
                        .inputs = {ints({1}, {std::numeric_limits<std::int64_t>::min()})}},
                 {ints({1}, {std::numeric_limits<std::int64_t>::min()})}) == "");
}
