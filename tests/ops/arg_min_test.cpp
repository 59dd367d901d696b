#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("ArgMin") {
  CHECK(check_op(OpCase{.name = "ArgMin",
                        .inputs = {floats({2, 2, 3}, {1.0F, 3.0F, 3.0F, 2.0F, 2.0F, 1.0F, 1.0F,
                                                      0.0F, 5.0F, 2.0F, 7.0F, 7.0F})}},
                 {ints({1, 2, 3}, {0, 1, 0, 0, 0, 0})}) == "");
  CHECK(check_op(OpCase{.name = "ArgMin",
                        .attributes = {{"axis", std::int64_t{1}}},
                        .inputs = {floats({2, 2, 3}, {1.0F, 3.0F, 3.0F, 2.0F, 2.0F, 1.0F, 1.0F,
                                                      0.0F, 5.0F, 2.0F, 7.0F, 7.0F})}},
                 {ints({2, 1, 3}, {0, 1, 1, 0, 0, 0})}) == "");
  CHECK(check_op(OpCase{.name = "ArgMin",
                        .attributes = {{"axis", std::int64_t{-1}}, {"keepdims", std::int64_t{0}}},
                        .inputs = {floats({2, 2, 3}, {1.0F, 3.0F, 3.0F, 2.0F, 2.0F, 1.0F, 1.0F,
                                                      0.0F, 5.0F, 2.0F, 7.0F, 7.0F})}},
                 {ints({2, 2}, {0, 2, 1, 0})}) == "");
  CHECK(check_op(OpCase{.name = "ArgMin",
                        .attributes = {{"axis", std::int64_t{0}},
                                       {"select_last_index", std::int64_t{1}}},
                        .inputs = {floats({2, 2, 3}, {1.0F, 3.0F, 3.0F, 2.0F, 2.0F, 1.0F, 1.0F,
                                                      0.0F, 5.0F, 2.0F, 7.0F, 7.0F})}},
                 {ints({1, 2, 3}, {1, 1, 0, 1, 0, 0})}) == "");
  CHECK(check_op(OpCase{.name = "ArgMin", .inputs = {numbers(DType::uint8, {2}, {200.0, 7.0})}},
                 {ints({1}, {1})}) == "");
  CHECK(check_op(OpCase{.name = "ArgMin",
                        .inputs = {numbers(DType::float32, {4}, {1.0, kNan, 9.0, kNan})}},
                 {ints({1}, {1})}) == "");
  CHECK(check_op(OpCase{.name = "ArgMin",
                        .attributes = {{"select_last_index", std::int64_t{1}}},
                        .inputs = {numbers(DType::float32, {4}, {1.0, kNan, 9.0, kNan})}},
                 {ints({1}, {3})}) == "");
}

TEST_CASE("ArgMin refuses bad axes") {
  CHECK(load_error(OpCase{.name = "ArgMin",
                          .attributes = {{"axis", std::int64_t{1}}},
                          .inputs = {floats({1}, {1.0F})}}) == "E-MODEL-ATTR");
  CHECK(run_error(OpCase{.name = "ArgMin", .inputs = {floats({0}, {})}}) == "E-DATA-SHAPE");
}
