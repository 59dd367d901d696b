#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Sigmoid of floats") {
  CHECK(check_op(
            OpCase{.name = "Sigmoid",
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})},
                   .rtol = 2e-06},
            {floats({2, 4}, {0.07585818F, 0.2689414F, 0.37754068F, 0.5F, 0.62245935F, 0.7310586F,
                             0.9241418F, 0.98201376F})}) == "");
  CHECK(check_op(OpCase{.name = "Sigmoid", .inputs = {floats({0, 2}, {})}}, {floats({0, 2}, {})}) ==
        "");
}

TEST_CASE("Sigmoid of NaN, float16 and double") {
  CHECK(check_op(OpCase{.name = "Sigmoid", .inputs = {numbers(DType::float32, {1}, {kNan})}},
                 {numbers(DType::float32, {1}, {kNan})}) == "");
  CHECK(check_op(OpCase{.name = "Sigmoid",
                        .inputs = {numbers(DType::float16, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 0.001},
                 {numbers(DType::float16, {3}, {0.5, 0.62255859375, 0.73095703125})}) == "");
  CHECK(check_op(OpCase{.name = "Sigmoid",
                        .inputs = {numbers(DType::float64, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 1e-06},
                 {numbers(DType::float64, {3}, {0.5, 0.6224593312018546, 0.7310585786300049})}) ==
        "");
}

TEST_CASE("Sigmoid refuses other dtypes and attributes") {
  CHECK(load_error(OpCase{.name = "Sigmoid", .inputs = {strings({1}, {"a"})}}) == "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "Sigmoid",
                          .attributes = {{"nonsense", std::int64_t{1}}},
                          .inputs = {floats({1}, {1.0F})}}) == "E-UNSUPPORTED-ATTR");
  CHECK(
      load_error(OpCase{.name = "Sigmoid", .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F})}}) ==
      "E-MODEL-ARITY");
}

TEST_CASE("Sigmoid far out") {
  CHECK(check_op(OpCase{.name = "Sigmoid", .inputs = {floats({2}, {-1000.0F, 1000.0F})}},
                 {floats({2}, {0.0F, 1.0F})}) == "");
}
