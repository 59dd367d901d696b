#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Gelu of floats") {
  CHECK(check_op(
            OpCase{.name = "Gelu",
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})},
                   .rtol = 2e-06},
            {floats({2, 4}, {-0.015524179F, -0.15865526F, -0.15426877F, 0.0F, 0.34573123F,
                             0.8413447F, 2.4844759F, 3.9998732F})}) == "");
  CHECK(check_op(OpCase{.name = "Gelu", .inputs = {floats({0, 2}, {})}}, {floats({0, 2}, {})}) ==
        "");
}

TEST_CASE("Gelu with attributes") {
  CHECK(check_op(
            OpCase{.name = "Gelu",
                   .attributes = {{"approximate", std::string("tanh")}},
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})},
                   .rtol = 2e-06},
            {floats({2, 4}, {-0.015084222F, -0.158808F, -0.154286F, 0.0F, 0.345714F, 0.841192F,
                             2.4849157F, 3.99993F})}) == "");
}

TEST_CASE("Gelu of NaN, float16 and double") {
  CHECK(check_op(OpCase{.name = "Gelu", .inputs = {numbers(DType::float32, {1}, {kNan})}},
                 {numbers(DType::float32, {1}, {kNan})}) == "");
  CHECK(check_op(OpCase{.name = "Gelu",
                        .inputs = {numbers(DType::float16, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 0.001},
                 {numbers(DType::float16, {3}, {0.0, 0.345703125, 0.84130859375})}) == "");
  CHECK(check_op(OpCase{.name = "Gelu",
                        .inputs = {numbers(DType::float64, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 1e-06},
                 {numbers(DType::float64, {3}, {0.0, 0.3457312285900116, 0.8413447439670563})}) ==
        "");
}

TEST_CASE("Gelu refuses other dtypes and attributes") {
  CHECK(load_error(OpCase{.name = "Gelu", .inputs = {strings({1}, {"a"})}}) == "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "Gelu",
                          .attributes = {{"nonsense", std::int64_t{1}}},
                          .inputs = {floats({1}, {1.0F})}}) == "E-UNSUPPORTED-ATTR");
  CHECK(load_error(OpCase{.name = "Gelu", .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F})}}) ==
        "E-MODEL-ARITY");
}

TEST_CASE("Gelu refuses unknown approximations") {
  CHECK(load_error(OpCase{.name = "Gelu",
                          .attributes = {{"approximate", std::string("other")}},
                          .inputs = {floats({1}, {1.0F})}}) == "E-MODEL-ATTR");
}
