#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Selu of floats") {
  CHECK(check_op(
            OpCase{.name = "Selu",
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})},
                   .rtol = 2e-06},
            {floats({2, 4}, {-1.6137857F, -1.1113307F, -0.6917582F, 0.0F, 0.5253505F, 1.050701F,
                             2.6267526F, 4.202804F})}) == "");
  CHECK(check_op(OpCase{.name = "Selu", .inputs = {floats({0, 2}, {})}}, {floats({0, 2}, {})}) ==
        "");
}

TEST_CASE("Selu with attributes") {
  CHECK(check_op(
            OpCase{.name = "Selu",
                   .attributes = {{"alpha", 2.0F}, {"gamma", 3.0F}},
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})},
                   .rtol = 2e-06},
            {floats({2, 4},
                    {-5.50749F, -3.7927237F, -2.360816F, 0.0F, 1.5F, 3.0F, 7.5F, 12.0F})}) == "");
}

TEST_CASE("Selu of NaN, float16 and double") {
  CHECK(check_op(OpCase{.name = "Selu", .inputs = {numbers(DType::float32, {1}, {kNan})}},
                 {numbers(DType::float32, {1}, {kNan})}) == "");
  CHECK(check_op(OpCase{.name = "Selu",
                        .inputs = {numbers(DType::float16, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 0.001},
                 {numbers(DType::float16, {3}, {0.0, 0.525390625, 1.05078125})}) == "");
  CHECK(check_op(OpCase{.name = "Selu",
                        .inputs = {numbers(DType::float64, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 1e-06},
                 {numbers(DType::float64, {3}, {0.0, 0.5253505110740662, 1.0507010221481323})}) ==
        "");
}

TEST_CASE("Selu refuses other dtypes and attributes") {
  CHECK(load_error(OpCase{.name = "Selu", .inputs = {strings({1}, {"a"})}}) == "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "Selu",
                          .attributes = {{"nonsense", std::int64_t{1}}},
                          .inputs = {floats({1}, {1.0F})}}) == "E-UNSUPPORTED-ATTR");
  CHECK(load_error(OpCase{.name = "Selu", .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F})}}) ==
        "E-MODEL-ARITY");
}
