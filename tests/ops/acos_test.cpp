#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Acos of floats") {
  CHECK(check_op(OpCase{.name = "Acos",
                        .inputs = {floats({6}, {-0.9F, -0.5F, 0.0F, 0.25F, 0.75F, 0.99F})},
                        .rtol = 2e-06},
                 {floats({6}, {2.6905658F, 2.0943952F, 1.5707964F, 1.3181162F, 0.7227342F,
                               0.14153941F})}) == "");
  CHECK(check_op(OpCase{.name = "Acos", .inputs = {floats({0, 2}, {})}}, {floats({0, 2}, {})}) ==
        "");
}

TEST_CASE("Acos of NaN, float16 and double") {
  CHECK(check_op(OpCase{.name = "Acos", .inputs = {numbers(DType::float32, {1}, {kNan})}},
                 {numbers(DType::float32, {1}, {kNan})}) == "");
  CHECK(check_op(OpCase{.name = "Acos",
                        .inputs = {numbers(DType::float16, {3}, {0.25, 0.75, 0.990234375})},
                        .rtol = 0.001},
                 {numbers(DType::float16, {3}, {1.318359375, 0.72265625, 0.139892578125})}) == "");
  CHECK(check_op(OpCase{.name = "Acos",
                        .inputs = {numbers(DType::float64, {3}, {0.25, 0.75, 0.990234375})},
                        .rtol = 1e-06},
                 {numbers(DType::float64, {3},
                          {1.318116071652818, 0.7227342478134156, 0.13986823152120828})}) == "");
}

TEST_CASE("Acos refuses other dtypes and attributes") {
  CHECK(load_error(OpCase{.name = "Acos", .inputs = {strings({1}, {"a"})}}) == "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "Acos",
                          .attributes = {{"nonsense", std::int64_t{1}}},
                          .inputs = {floats({1}, {1.0F})}}) == "E-UNSUPPORTED-ATTR");
  CHECK(load_error(OpCase{.name = "Acos", .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F})}}) ==
        "E-MODEL-ARITY");
}
