#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("QLinearMatMul: per tensor") {
  CHECK(check_op({.name = "QLinearMatMul",
                  .inputs = {numbers(DType::uint8, {2, 3}, {94, 17, 244, 102, 30, 111}),
                             floats({}, {0.0199999996F}), numbers(DType::uint8, {}, {10}),
                             numbers(DType::uint8, {3, 2}, {221, 191, 166, 75, 74, 66}),
                             floats({}, {0.0299999993F}), numbers(DType::uint8, {}, {20}),
                             floats({}, {0.100000001F}), numbers(DType::uint8, {}, {100})}},
                 {numbers(DType::uint8, {2, 2}, {255, 253, 255, 229})}) == "");
}

TEST_CASE("QLinearMatMul: per column") {
  CHECK(check_op({.name = "QLinearMatMul",
                  .inputs = {numbers(DType::uint8, {2, 3}, {94, 17, 244, 102, 30, 111}),
                             floats({}, {0.0199999996F}), numbers(DType::uint8, {}, {10}),
                             numbers(DType::uint8, {3, 2}, {221, 191, 166, 75, 74, 66}),
                             floats({2}, {0.0299999993F, 0.0500000007F}),
                             numbers(DType::uint8, {2}, {1, 2}), floats({}, {0.5F}),
                             numbers(DType::uint8, {}, {3})}},
                 {numbers(DType::uint8, {2, 2}, {47, 66, 40, 54})}) == "");
}

TEST_CASE("QLinearMatMul: inner dims must fit") {
  CHECK(load_error({.name = "QLinearMatMul",
                    .inputs = {numbers(DType::uint8, {2, 3}, {94, 17, 244, 102, 30, 111}),
                               floats({}, {0.0199999996F}), numbers(DType::uint8, {}, {10}),
                               numbers(DType::uint8, {2, 3}, {94, 17, 244, 102, 30, 111}),
                               floats({}, {0.0299999993F}), numbers(DType::uint8, {}, {20}),
                               floats({}, {0.100000001F}), numbers(DType::uint8, {}, {100})}}) ==
        "E-MODEL-SHAPE");
}
