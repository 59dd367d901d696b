#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Atan of floats") {
  CHECK(check_op(
            OpCase{.name = "Atan",
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})},
                   .rtol = 2e-06},
            {floats({2, 4}, {-1.19029F, -0.7853982F, -0.4636476F, 0.0F, 0.4636476F, 0.7853982F,
                             1.19029F, 1.3258177F})}) == "");
  CHECK(check_op(OpCase{.name = "Atan", .inputs = {floats({0, 2}, {})}}, {floats({0, 2}, {})}) ==
        "");
}

TEST_CASE("Atan of NaN, float16 and double") {
  CHECK(check_op(OpCase{.name = "Atan", .inputs = {numbers(DType::float32, {1}, {kNan})}},
                 {numbers(DType::float32, {1}, {kNan})}) == "");
  CHECK(check_op(OpCase{.name = "Atan",
                        .inputs = {numbers(DType::float16, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 0.001},
                 {numbers(DType::float16, {3}, {0.0, 0.463623046875, 0.78515625})}) == "");
  CHECK(check_op(OpCase{.name = "Atan",
                        .inputs = {numbers(DType::float64, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 1e-06},
                 {numbers(DType::float64, {3}, {0.0, 0.4636476090008061, 0.7853981633974483})}) ==
        "");
}

TEST_CASE("Atan refuses other dtypes and attributes") {
  CHECK(load_error(OpCase{.name = "Atan", .inputs = {strings({1}, {"a"})}}) == "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "Atan",
                          .attributes = {{"nonsense", std::int64_t{1}}},
                          .inputs = {floats({1}, {1.0F})}}) == "E-UNSUPPORTED-ATTR");
  CHECK(load_error(OpCase{.name = "Atan", .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F})}}) ==
        "E-MODEL-ARITY");
}
