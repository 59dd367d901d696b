#include <catch2/catch.hpp>
#include <limits>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("TopK") {
  CHECK(
      check_op(OpCase{.name = "TopK",
                      .inputs = {floats({2, 4}, {3.0F, 1.0F, 2.0F, 3.0F, 0.0F, -1.0F, 5.0F, 2.0F}),
                                 ints({1}, {2})},
                      .outputs = 2},
               {floats({2, 2}, {3.0F, 3.0F, 5.0F, 2.0F}), ints({2, 2}, {0, 3, 2, 3})}) == "");
  CHECK(
      check_op(OpCase{.name = "TopK",
                      .attributes = {{"largest", std::int64_t{0}}},
                      .inputs = {floats({2, 4}, {3.0F, 1.0F, 2.0F, 3.0F, 0.0F, -1.0F, 5.0F, 2.0F}),
                                 ints({1}, {3})},
                      .outputs = 2},
               {floats({2, 3}, {1.0F, 2.0F, 3.0F, -1.0F, 0.0F, 2.0F}),
                ints({2, 3}, {1, 2, 0, 1, 0, 3})}) == "");
  CHECK(
      check_op(OpCase{.name = "TopK",
                      .attributes = {{"axis", std::int64_t{0}}},
                      .inputs = {floats({2, 4}, {3.0F, 1.0F, 2.0F, 3.0F, 0.0F, -1.0F, 5.0F, 2.0F}),
                                 ints({1}, {1})},
                      .outputs = 2},
               {floats({1, 4}, {3.0F, 1.0F, 5.0F, 3.0F}), ints({1, 4}, {0, 0, 1, 0})}) == "");
  CHECK(check_op(OpCase{.name = "TopK",
                        .inputs = {numbers(DType::float32, {3}, {1.0, kNan, 3.0}), ints({1}, {2})},
                        .outputs = 2},
                 {numbers(DType::float32, {2}, {kNan, 3.0}), ints({2}, {1, 2})}) == "");
  CHECK(check_op(OpCase{.name = "TopK",
                        .attributes = {{"largest", std::int64_t{0}}},
                        .inputs = {numbers(DType::float32, {3}, {1.0, kNan, 3.0}), ints({1}, {2})},
                        .outputs = 2},
                 {floats({2}, {1.0F, 3.0F}), ints({2}, {0, 2})}) == "");
  CHECK(check_op(OpCase{.name = "TopK",
                        .attributes = {{"sorted", std::int64_t{1}}},
                        .inputs = {ints({3}, {std::numeric_limits<std::int64_t>::min(),
                                              std::numeric_limits<std::int64_t>::max(), 0}),
                                   ints({1}, {3})},
                        .outputs = 2},
                 {ints({3}, {std::numeric_limits<std::int64_t>::max(), 0,
                             std::numeric_limits<std::int64_t>::min()}),
                  ints({3}, {1, 2, 0})}) == "");
  CHECK(
      check_op(OpCase{.name = "TopK",
                      .inputs = {floats({2, 4}, {3.0F, 1.0F, 2.0F, 3.0F, 0.0F, -1.0F, 5.0F, 2.0F}),
                                 ints({1}, {0})},
                      .outputs = 2},
               {floats({2, 0}, {}), ints({2, 0}, {})}) == "");
}

TEST_CASE("TopK refuses a K that is too large") {
  CHECK(load_error(
            OpCase{.name = "TopK",
                   .inputs = {floats({2, 4}, {3.0F, 1.0F, 2.0F, 3.0F, 0.0F, -1.0F, 5.0F, 2.0F}),
                              ints({1}, {5})},
                   .outputs = 2}) == "E-MODEL-SHAPE");
  CHECK(
      run_error(OpCase{.name = "TopK",
                       .inputs = {floats({2, 4}, {3.0F, 1.0F, 2.0F, 3.0F, 0.0F, -1.0F, 5.0F, 2.0F}),
                                  ints({1}, {5})},
                       .outputs = 2}) == "E-DATA-SHAPE");
  CHECK(
      run_error(OpCase{.name = "TopK",
                       .inputs = {floats({2, 4}, {3.0F, 1.0F, 2.0F, 3.0F, 0.0F, -1.0F, 5.0F, 2.0F}),
                                  ints({1}, {-1})},
                       .outputs = 2}) == "E-DATA-SHAPE");
}
