#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Celu of floats") {
  CHECK(check_op(
            OpCase{.name = "Celu",
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})},
                   .rtol = 2e-06},
            {floats({2, 4},
                    {-0.917915F, -0.6321206F, -0.39346933F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Celu", .inputs = {floats({0, 2}, {})}}, {floats({0, 2}, {})}) ==
        "");
}

TEST_CASE("Celu with attributes") {
  CHECK(check_op(
            OpCase{.name = "Celu",
                   .attributes = {{"alpha", 2.0F}},
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})},
                   .rtol = 2e-06},
            {floats({2, 4}, {-1.4269905F, -0.78693867F, -0.44239855F, 0.0F, 0.5F, 1.0F, 2.5F,
                             4.0F})}) == "");
}

TEST_CASE("Celu of NaN, float16 and double") {
  CHECK(check_op(OpCase{.name = "Celu", .inputs = {numbers(DType::float32, {1}, {kNan})}},
                 {numbers(DType::float32, {1}, {kNan})}) == "");
  CHECK(check_op(OpCase{.name = "Celu",
                        .inputs = {numbers(DType::float16, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 0.001},
                 {numbers(DType::float16, {3}, {0.0, 0.5, 1.0})}) == "");
  CHECK(check_op(OpCase{.name = "Celu",
                        .inputs = {numbers(DType::float64, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 1e-06},
                 {numbers(DType::float64, {3}, {0.0, 0.5, 1.0})}) == "");
}

TEST_CASE("Celu refuses other dtypes and attributes") {
  CHECK(load_error(OpCase{.name = "Celu", .inputs = {strings({1}, {"a"})}}) == "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "Celu",
                          .attributes = {{"nonsense", std::int64_t{1}}},
                          .inputs = {floats({1}, {1.0F})}}) == "E-UNSUPPORTED-ATTR");
  CHECK(load_error(OpCase{.name = "Celu", .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F})}}) ==
        "E-MODEL-ARITY");
}
