#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Softplus of floats") {
  CHECK(check_op(
            OpCase{.name = "Softplus",
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})},
                   .rtol = 2e-06},
            {floats({2, 4}, {0.07888975F, 0.31326166F, 0.474077F, 0.6931472F, 0.974077F, 1.3132617F,
                             2.5788896F, 4.01815F})}) == "");
  CHECK(check_op(OpCase{.name = "Softplus", .inputs = {floats({0, 2}, {})}},
                 {floats({0, 2}, {})}) == "");
}

TEST_CASE("Softplus of NaN, float16 and double") {
  CHECK(check_op(OpCase{.name = "Softplus", .inputs = {numbers(DType::float32, {1}, {kNan})}},
                 {numbers(DType::float32, {1}, {kNan})}) == "");
  CHECK(check_op(OpCase{.name = "Softplus",
                        .inputs = {numbers(DType::float16, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 0.001},
                 {numbers(DType::float16, {3}, {0.693359375, 0.97412109375, 1.3134765625})}) == "");
  CHECK(check_op(OpCase{.name = "Softplus",
                        .inputs = {numbers(DType::float64, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 1e-06},
                 {numbers(DType::float64, {3},
                          {0.6931471805599453, 0.9740769841801067, 1.3132616875182228})}) == "");
}

TEST_CASE("Softplus refuses other dtypes and attributes") {
  CHECK(load_error(OpCase{.name = "Softplus", .inputs = {strings({1}, {"a"})}}) == "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "Softplus",
                          .attributes = {{"nonsense", std::int64_t{1}}},
                          .inputs = {floats({1}, {1.0F})}}) == "E-UNSUPPORTED-ATTR");
  CHECK(load_error(
            OpCase{.name = "Softplus", .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F})}}) ==
        "E-MODEL-ARITY");
}

TEST_CASE("Softplus far out") {
  CHECK(check_op(OpCase{.name = "Softplus", .inputs = {floats({2}, {-1000.0F, 1000.0F})}},
                 {floats({2}, {0.0F, 1000.0F})}) == "");
}
