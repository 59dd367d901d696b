#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Softsign of floats") {
  CHECK(check_op(
            OpCase{.name = "Softsign",
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})},
                   .rtol = 2e-06},
            {floats({2, 4}, {-0.71428573F, -0.5F, -0.33333334F, 0.0F, 0.33333334F, 0.5F,
                             0.71428573F, 0.8F})}) == "");
  CHECK(check_op(OpCase{.name = "Softsign", .inputs = {floats({0, 2}, {})}},
                 {floats({0, 2}, {})}) == "");
}

TEST_CASE("Softsign of NaN, float16 and double") {
  CHECK(check_op(OpCase{.name = "Softsign", .inputs = {numbers(DType::float32, {1}, {kNan})}},
                 {numbers(DType::float32, {1}, {kNan})}) == "");
  CHECK(check_op(OpCase{.name = "Softsign",
                        .inputs = {numbers(DType::float16, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 0.001},
                 {numbers(DType::float16, {3}, {0.0, 0.333251953125, 0.5})}) == "");
  CHECK(check_op(OpCase{.name = "Softsign",
                        .inputs = {numbers(DType::float64, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 1e-06},
                 {numbers(DType::float64, {3}, {0.0, 0.3333333333333333, 0.5})}) == "");
}

TEST_CASE("Softsign refuses other dtypes and attributes") {
  CHECK(load_error(OpCase{.name = "Softsign", .inputs = {strings({1}, {"a"})}}) == "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "Softsign",
                          .attributes = {{"nonsense", std::int64_t{1}}},
                          .inputs = {floats({1}, {1.0F})}}) == "E-UNSUPPORTED-ATTR");
  CHECK(load_error(
            OpCase{.name = "Softsign", .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F})}}) ==
        "E-MODEL-ARITY");
}
