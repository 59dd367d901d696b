#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Asinh of floats") {
  CHECK(check_op(
            OpCase{.name = "Asinh",
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})},
                   .rtol = 2e-06},
            {floats({2, 4}, {-1.6472311F, -0.8813736F, -0.4812118F, 0.0F, 0.4812118F, 0.8813736F,
                             1.6472311F, 2.0947125F})}) == "");
  CHECK(check_op(OpCase{.name = "Asinh", .inputs = {floats({0, 2}, {})}}, {floats({0, 2}, {})}) ==
        "");
}

TEST_CASE("Asinh of NaN, float16 and double") {
  CHECK(check_op(OpCase{.name = "Asinh", .inputs = {numbers(DType::float32, {1}, {kNan})}},
                 {numbers(DType::float32, {1}, {kNan})}) == "");
  CHECK(check_op(OpCase{.name = "Asinh",
                        .inputs = {numbers(DType::float16, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 0.001},
                 {numbers(DType::float16, {3}, {0.0, 0.481201171875, 0.88134765625})}) == "");
  CHECK(check_op(OpCase{.name = "Asinh",
                        .inputs = {numbers(DType::float64, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 1e-06},
                 {numbers(DType::float64, {3}, {0.0, 0.48121182505960347, 0.881373587019543})}) ==
        "");
}

TEST_CASE("Asinh refuses other dtypes and attributes") {
  CHECK(load_error(OpCase{.name = "Asinh", .inputs = {strings({1}, {"a"})}}) == "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "Asinh",
                          .attributes = {{"nonsense", std::int64_t{1}}},
                          .inputs = {floats({1}, {1.0F})}}) == "E-UNSUPPORTED-ATTR");
  CHECK(load_error(OpCase{.name = "Asinh", .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F})}}) ==
        "E-MODEL-ARITY");
}
