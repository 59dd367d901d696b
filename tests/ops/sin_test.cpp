#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Sin of floats") {
  CHECK(check_op(
            OpCase{.name = "Sin",
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})},
                   .rtol = 2e-06},
            {floats({2, 4}, {-0.5984722F, -0.841471F, -0.47942555F, 0.0F, 0.47942555F, 0.841471F,
                             0.5984722F, -0.7568025F})}) == "");
  CHECK(check_op(OpCase{.name = "Sin", .inputs = {floats({0, 2}, {})}}, {floats({0, 2}, {})}) ==
        "");
}

TEST_CASE("Sin of NaN, float16 and double") {
  CHECK(check_op(OpCase{.name = "Sin", .inputs = {numbers(DType::float32, {1}, {kNan})}},
                 {numbers(DType::float32, {1}, {kNan})}) == "");
  CHECK(check_op(OpCase{.name = "Sin",
                        .inputs = {numbers(DType::float16, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 0.001},
                 {numbers(DType::float16, {3}, {0.0, 0.4794921875, 0.84130859375})}) == "");
  CHECK(check_op(OpCase{.name = "Sin",
                        .inputs = {numbers(DType::float64, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 1e-06},
                 {numbers(DType::float64, {3}, {0.0, 0.479425538604203, 0.8414709848078965})}) ==
        "");
}

TEST_CASE("Sin refuses other dtypes and attributes") {
  CHECK(load_error(OpCase{.name = "Sin", .inputs = {strings({1}, {"a"})}}) == "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "Sin",
                          .attributes = {{"nonsense", std::int64_t{1}}},
                          .inputs = {floats({1}, {1.0F})}}) == "E-UNSUPPORTED-ATTR");
  CHECK(load_error(OpCase{.name = "Sin", .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F})}}) ==
        "E-MODEL-ARITY");
}
