#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("EyeLike") {
  CHECK(check_op(OpCase{.name = "EyeLike",
                        .inputs = {numbers(DType::int32, {2, 3}, {5.0, 5.0, 5.0, 5.0, 5.0, 5.0})}},
                 {numbers(DType::int32, {2, 3}, {1.0, 0.0, 0.0, 0.0, 1.0, 0.0})}) == "");
  CHECK(check_op(OpCase{.name = "EyeLike",
                        .attributes = {{"k", std::int64_t{1}}, {"dtype", std::int64_t{11}}},
                        .inputs = {floats({3, 4}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F, 8.0F,
                                                   9.0F, 10.0F, 11.0F, 12.0F})}},
                 {numbers(DType::float64, {3, 4},
                          {0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0})}) == "");
  CHECK(check_op(OpCase{.name = "EyeLike",
                        .attributes = {{"k", std::int64_t{-1}}},
                        .inputs = {floats({3, 4}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F, 8.0F,
                                                   9.0F, 10.0F, 11.0F, 12.0F})}},
                 {floats({3, 4}, {0.0F, 0.0F, 0.0F, 0.0F, 1.0F, 0.0F, 0.0F, 0.0F, 0.0F, 1.0F, 0.0F,
                                  0.0F})}) == "");
  CHECK(check_op(OpCase{.name = "EyeLike",
                        .attributes = {{"k", std::int64_t{9223372036854775807}}},
                        .inputs = {floats({3, 4}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F, 8.0F,
                                                   9.0F, 10.0F, 11.0F, 12.0F})}},
                 {floats({3, 4}, {0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F,
                                  0.0F})}) == "");
  CHECK(load_error(OpCase{.name = "EyeLike", .inputs = {floats({1}, {1.0F})}}) == "E-MODEL-SHAPE");
}
