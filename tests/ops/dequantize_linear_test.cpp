#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("DequantizeLinear: per tensor") {
  CHECK(check_op({.name = "DequantizeLinear",
                  .inputs = {numbers(DType::uint8, {3}, {0, 3, 255}), floats({}, {0.5F}),
                             numbers(DType::uint8, {}, {3})}},
                 {floats({3}, {-1.5F, 0.0F, 126.0F})}) == "");
}

TEST_CASE("DequantizeLinear: per axis") {
  CHECK(check_op({.name = "DequantizeLinear",
                  .attributes = {attr("axis", 1)},
                  .inputs = {numbers(DType::int8, {2, 2}, {19, 8, -90, -63}),
                             floats({2}, {0.5F, 0.25F}), numbers(DType::int8, {2}, {1, -1})}},
                 {floats({2, 2}, {9.0F, 2.25F, -45.5F, -15.5F})}) == "");
}

TEST_CASE("DequantizeLinear: blocks") {
  CHECK(check_op({.name = "DequantizeLinear",
                  .attributes = {attr("axis", 0), attr("block_size", 2)},
                  .inputs = {numbers(DType::int8, {3, 2}, {-12, -16, -24, 0, 16, -22}),
                             floats({2, 2}, {1.25F, 0.25F, 2.0F, 1.25F})}},
                 {floats({3, 2}, {-15.0F, -4.0F, -30.0F, 0.0F, 32.0F, -27.5F})}) == "");
}

TEST_CASE("DequantizeLinear: int32 accumulators") {
  CHECK(check_op({.name = "DequantizeLinear",
                  .inputs = {numbers(DType::int32, {2}, {1000000, -7}), floats({}, {0.25F})}},
                 {floats({2}, {250000.0F, -1.75F})}) == "");
}

TEST_CASE("DequantizeLinear: types and shapes must fit") {
  CHECK(load_error({.name = "DequantizeLinear",
                    .inputs = {floats({3}, {-0.75F, -0.25F, -0.5F}), floats({}, {1.0F})}}) ==
        "E-MODEL-DTYPE");
  CHECK(load_error({.name = "DequantizeLinear",
                    .inputs = {numbers(DType::int8, {2, 2}, {-43, 22, 77, 77}),
                               floats({3}, {1.0F, 2.0F, 3.0F})}}) == "E-MODEL-SHAPE");
  CHECK(run_error({.name = "DequantizeLinear",
                   .inputs = {numbers(DType::int8, {2, 2}, {-67, 41, 50, -6}), floats({}, {1.0F}),
                              numbers(DType::int8, {2}, {1, 2})}}) == "E-MODEL-SHAPE");
}
