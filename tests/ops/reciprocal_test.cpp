#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Reciprocal of floats") {
  CHECK(check_op(OpCase{.name = "Reciprocal",
                        .inputs = {floats(
                            {2, 4}, {2.75F, 1.25F, 0.75F, 0.25F, 0.75F, 1.25F, 2.75F, 4.25F})},
                        .rtol = 2e-06},
                 {floats({2, 4}, {0.36363637F, 0.8F, 1.3333334F, 4.0F, 1.3333334F, 0.8F,
                                  0.36363637F, 0.23529412F})}) == "");
  CHECK(check_op(OpCase{.name = "Reciprocal", .inputs = {floats({0, 2}, {})}},
                 {floats({0, 2}, {})}) == "");
}

TEST_CASE("Reciprocal of NaN, float16 and double") {
  CHECK(check_op(OpCase{.name = "Reciprocal", .inputs = {numbers(DType::float32, {1}, {kNan})}},
                 {numbers(DType::float32, {1}, {kNan})}) == "");
  CHECK(check_op(OpCase{.name = "Reciprocal",
                        .inputs = {numbers(DType::float16, {3}, {0.25, 0.75, 1.25})},
                        .rtol = 0.001},
                 {numbers(DType::float16, {3}, {4.0, 1.3330078125, 0.7998046875})}) == "");
  CHECK(check_op(OpCase{.name = "Reciprocal",
                        .inputs = {numbers(DType::float64, {3}, {0.25, 0.75, 1.25})},
                        .rtol = 1e-06},
                 {numbers(DType::float64, {3}, {4.0, 1.3333333333333333, 0.8})}) == "");
}

TEST_CASE("Reciprocal refuses other dtypes and attributes") {
  CHECK(load_error(OpCase{.name = "Reciprocal", .inputs = {strings({1}, {"a"})}}) ==
        "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "Reciprocal",
                          .attributes = {{"nonsense", std::int64_t{1}}},
                          .inputs = {floats({1}, {1.0F})}}) == "E-UNSUPPORTED-ATTR");
  CHECK(load_error(
            OpCase{.name = "Reciprocal", .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F})}}) ==
        "E-MODEL-ARITY");
}
