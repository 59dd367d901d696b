#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Swish of floats") {
  CHECK(check_op(
            OpCase{.name = "Swish",
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})},
                   .rtol = 2e-06},
            {floats({2, 4}, {-0.18964545F, -0.26894143F, -0.18877034F, 0.0F, 0.31122968F,
                             0.7310586F, 2.3103545F, 3.928055F})}) == "");
  CHECK(check_op(OpCase{.name = "Swish", .inputs = {floats({0, 2}, {})}}, {floats({0, 2}, {})}) ==
        "");
}

TEST_CASE("Swish with attributes") {
  CHECK(check_op(
            OpCase{.name = "Swish",
                   .attributes = {{"alpha", 0.5F}},
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})},
                   .rtol = 2e-06},
            {floats({2, 4}, {-0.55675036F, -0.37754068F, -0.21891175F, 0.0F, 0.28108826F,
                             0.62245935F, 1.9432497F, 3.5231884F})}) == "");
}

TEST_CASE("Swish of NaN, float16 and double") {
  CHECK(check_op(OpCase{.name = "Swish", .inputs = {numbers(DType::float32, {1}, {kNan})}},
                 {numbers(DType::float32, {1}, {kNan})}) == "");
  CHECK(check_op(OpCase{.name = "Swish",
                        .inputs = {numbers(DType::float16, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 0.001},
                 {numbers(DType::float16, {3}, {0.0, 0.311279296875, 0.73095703125})}) == "");
  CHECK(check_op(OpCase{.name = "Swish",
                        .inputs = {numbers(DType::float64, {3}, {0.0, 0.5, 1.0})},
                        .rtol = 1e-06},
                 {numbers(DType::float64, {3}, {0.0, 0.3112296760082245, 0.7310585975646973})}) ==
        "");
}

TEST_CASE("Swish refuses other dtypes and attributes") {
  CHECK(load_error(OpCase{.name = "Swish", .inputs = {strings({1}, {"a"})}}) == "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "Swish",
                          .attributes = {{"nonsense", std::int64_t{1}}},
                          .inputs = {floats({1}, {1.0F})}}) == "E-UNSUPPORTED-ATTR");
  CHECK(load_error(OpCase{.name = "Swish", .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F})}}) ==
        "E-MODEL-ARITY");
}
