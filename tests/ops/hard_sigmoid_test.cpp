#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("HardSigmoid of floats") {
  CHECK(check_op(
            OpCase{.name = "HardSigmoid",
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})},
                   .rtol = 2e-06},
            {floats({2, 4}, {0.0F, 0.3F, 0.4F, 0.5F, 0.6F, 0.7F, 1.0F, 1.0F})}) == "");
  CHECK(check_op(OpCase{.name = "HardSigmoid", .inputs = {floats({0, 2}, {})}},
                 {floats({0, 2}, {})}) == "");
}

TEST_CASE("HardSigmoid with attributes") {
  CHECK(check_op(
            OpCase{.name = "HardSigmoid",
                   .attributes = {{"alpha", 0.5F}, {"beta", 0.6F}},
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})},
                   .rtol = 2e-06},
            {floats({2, 4}, {0.0F, 0.100000024F, 0.35000002F, 0.6F, 0.85F, 1.0F, 1.0F, 1.0F})}) ==
        "");
}

TEST_CASE("HardSigmoid of NaN, float16 and double") {
  CHECK(check_op(OpCase{.name = "HardSigmoid", .inputs = {numbers(DType::float32, {1}, {kNan})}},
                 {numbers(DType::float32, {1}, {kNan})}) == "");
  CHECK(check_op(OpCase{.name = "HardSigmoid",
                        .inputs = {numbers(DType::float16, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 0.001},
                 {numbers(DType::float16, {3}, {0.5, 0.60009765625, 0.7001953125})}) == "");
  CHECK(check_op(OpCase{.name = "HardSigmoid",
                        .inputs = {numbers(DType::float64, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 1e-06},
                 {numbers(DType::float64, {3}, {0.5, 0.6000000014901161, 0.7000000029802322})}) ==
        "");
}

TEST_CASE("HardSigmoid refuses other dtypes and attributes") {
  CHECK(load_error(OpCase{.name = "HardSigmoid", .inputs = {strings({1}, {"a"})}}) ==
        "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "HardSigmoid",
                          .attributes = {{"nonsense", std::int64_t{1}}},
                          .inputs = {floats({1}, {1.0F})}}) == "E-UNSUPPORTED-ATTR");
  CHECK(load_error(
            OpCase{.name = "HardSigmoid", .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F})}}) ==
        "E-MODEL-ARITY");
}
