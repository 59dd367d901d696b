#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("DynamicQuantizeLinear: range is widened to zero") {
  CHECK(check_op({.name = "DynamicQuantizeLinear",
                  .inputs = {floats({6}, {0.0F, 2.0F, -3.0F, -2.5F, 1.34000003F, 0.5F})},
                  .outputs = 3},
                 {numbers(DType::uint8, {6}, {153, 255, 0, 26, 221, 179}),
                  floats({}, {0.0196078438F}), numbers(DType::uint8, {}, {153})}) == "");
}

TEST_CASE("DynamicQuantizeLinear: all zeros") {
  CHECK(check_op(
            {.name = "DynamicQuantizeLinear", .inputs = {floats({2}, {0.0F, 0.0F})}, .outputs = 3},
            {numbers(DType::uint8, {2}, {0, 0}), floats({}, {1.0F}),
             numbers(DType::uint8, {}, {0})}) == "");
}

TEST_CASE("DynamicQuantizeLinear: only float") {
  CHECK(load_error({.name = "DynamicQuantizeLinear", .inputs = {ints({1}, {1})}}) ==
        "E-MODEL-DTYPE");
}
