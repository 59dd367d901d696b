#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("QLinearConv: per channel with bias") {
  CHECK(check_op(
            {.name = "QLinearConv",
             .inputs = {numbers(DType::uint8, {1, 2, 3, 3},
                                {198, 205, 73, 76, 228, 248, 21, 65, 30, 91, 191, 149, 114, 52, 37,
                                 193, 130, 5}),
                        floats({}, {0.0500000007F}), numbers(DType::uint8, {}, {7}),
                        numbers(
                            DType::int8, {2, 2, 2, 2},
                            {-41, 35, 9, 45, 48, -78, 71, 19, -89, 91, 18, -53, 96, -94, -9, -93}),
                        floats({2}, {0.00999999978F, 0.0199999996F}),
                        numbers(DType::int8, {2}, {0, 0}), floats({}, {0.200000003F}),
                        numbers(DType::uint8, {}, {128}), numbers(DType::int32, {2}, {100, -50})}},
            {numbers(DType::uint8, {1, 2, 2, 2}, {148, 150, 190, 152, 9, 31, 148, 141})}) == "");
}

TEST_CASE("QLinearConv: scales must fit the channels") {
  CHECK(run_error({.name = "QLinearConv",
                   .inputs = {numbers(DType::uint8, {1, 2, 3, 3},
                                      {198, 205, 73, 76, 228, 248, 21, 65, 30, 91, 191, 149, 114,
                                       52, 37, 193, 130, 5}),
                              floats({}, {0.0500000007F}), numbers(DType::uint8, {}, {7}),
                              numbers(DType::int8, {2, 2, 2, 2},
                                      {-41, 35, 9, 45, 48, -78, 71, 19, -89, 91, 18, -53, 96, -94,
                                       -9, -93}),
                              floats({3}, {1.0F, 2.0F, 3.0F}), numbers(DType::int8, {2}, {0, 0}),
                              floats({}, {0.200000003F}), numbers(DType::uint8, {}, {128})}}) ==
        "E-MODEL-SHAPE");
}
