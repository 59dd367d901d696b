#include <catch2/catch.hpp>
#include <limits>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Slice") {
  CHECK(check_op(
            OpCase{.name = "Slice",
                   .inputs = {floats({4, 5}, {1.75F,  3.76F,  2.97F,  -2.29F, -3.38F, 1.63F, -2.03F,
                                              -0.02F, 1.68F,  -3.29F, -4.22F, 0.52F,  0.09F, -0.49F,
                                              0.08F,  -1.72F, -3.03F, -0.33F, -1.94F, -3.29F}),
                              ints({2}, {1, 0}), ints({2}, {3, 4})}},
            {floats({2, 4}, {1.63F, -2.03F, -0.02F, 1.68F, -4.22F, 0.52F, 0.09F, -0.49F})}) == "");
  CHECK(check_op(
            OpCase{.name = "Slice",
                   .inputs = {floats({4, 5}, {1.75F,  3.76F,  2.97F,  -2.29F, -3.38F, 1.63F, -2.03F,
                                              -0.02F, 1.68F,  -3.29F, -4.22F, 0.52F,  0.09F, -0.49F,
                                              0.08F,  -1.72F, -3.03F, -0.33F, -1.94F, -3.29F}),
                              ints({1}, {1}), ints({1}, {std::numeric_limits<std::int64_t>::max()}),
                              ints({1}, {1}), ints({1}, {2})}},
            {floats({4, 2}, {3.76F, -2.29F, -2.03F, 1.68F, 0.52F, -0.49F, -3.03F, -1.94F})}) == "");
  CHECK(
      check_op(
          OpCase{.name = "Slice",
                 .inputs = {floats({4, 5}, {1.75F,  3.76F,  2.97F,  -2.29F, -3.38F, 1.63F, -2.03F,
                                            -0.02F, 1.68F,  -3.29F, -4.22F, 0.52F,  0.09F, -0.49F,
                                            0.08F,  -1.72F, -3.03F, -0.33F, -1.94F, -3.29F}),
                            ints({1}, {-1}), ints({1}, {std::numeric_limits<std::int64_t>::min()}),
                            ints({1}, {0}), ints({1}, {-1})}},
          {floats({4, 5}, {-1.72F, -3.03F, -0.33F, -1.94F, -3.29F, -4.22F, 0.52F,
                           0.09F,  -0.49F, 0.08F,  1.63F,  -2.03F, -0.02F, 1.68F,
                           -3.29F, 1.75F,  3.76F,  2.97F,  -2.29F, -3.38F})}) == "");
  CHECK(check_op(
            OpCase{.name = "Slice",
                   .inputs = {floats({4, 5}, {1.75F,  3.76F,  2.97F,  -2.29F, -3.38F, 1.63F, -2.03F,
                                              -0.02F, 1.68F,  -3.29F, -4.22F, 0.52F,  0.09F, -0.49F,
                                              0.08F,  -1.72F, -3.03F, -0.33F, -1.94F, -3.29F}),
                              ints({1}, {3}), ints({1}, {1}), ints({1}, {-1})}},
            {floats({4, 0}, {})}) == "");
  CHECK(
      check_op(
          OpCase{.name = "Slice",
                 .inputs = {floats({4, 5}, {1.75F,  3.76F,  2.97F,  -2.29F, -3.38F, 1.63F, -2.03F,
                                            -0.02F, 1.68F,  -3.29F, -4.22F, 0.52F,  0.09F, -0.49F,
                                            0.08F,  -1.72F, -3.03F, -0.33F, -1.94F, -3.29F}),
                            ints({1}, {100}), ints({1}, {-100}), ints({1}, {1}), ints({1}, {-2})}},
          {floats({4, 3}, {-3.38F, 2.97F, 1.75F, -3.29F, -0.02F, 1.63F, 0.08F, 0.09F, -4.22F,
                           -3.29F, -0.33F, -1.72F})}) == "");
  CHECK(
      check_op(
          OpCase{.name = "Slice",
                 .inputs = {floats({4, 5}, {1.75F,  3.76F,  2.97F,  -2.29F, -3.38F, 1.63F, -2.03F,
                                            -0.02F, 1.68F,  -3.29F, -4.22F, 0.52F,  0.09F, -0.49F,
                                            0.08F,  -1.72F, -3.03F, -0.33F, -1.94F, -3.29F}),
                            ints({1}, {0}), ints({1}, {std::numeric_limits<std::int64_t>::max()}),
                            ints({1}, {0}), ints({1}, {std::numeric_limits<std::int64_t>::max()})}},
          {floats({1, 5}, {1.75F, 3.76F, 2.97F, -2.29F, -3.38F})}) == "");
  CHECK(
      check_op(
          OpCase{.name = "Slice",
                 .inputs = {floats({4, 5}, {1.75F,  3.76F,  2.97F,  -2.29F, -3.38F, 1.63F, -2.03F,
                                            -0.02F, 1.68F,  -3.29F, -4.22F, 0.52F,  0.09F, -0.49F,
                                            0.08F,  -1.72F, -3.03F, -0.33F, -1.94F, -3.29F}),
                            ints({1}, {-1}), ints({1}, {std::numeric_limits<std::int64_t>::min()}),
                            ints({1}, {0}), ints({1}, {std::numeric_limits<std::int64_t>::min()})}},
          {floats({1, 5}, {-1.72F, -3.03F, -0.33F, -1.94F, -3.29F})}) == "");
  CHECK(check_op(OpCase{.name = "Slice",
                        .inputs = {numbers(DType::int32, {4}, {1.0, 2.0, 3.0, 4.0}),
                                   numbers(DType::int32, {1}, {-3.0}),
                                   numbers(DType::int32, {1}, {-1.0})}},
                 {numbers(DType::int32, {2}, {2.0, 3.0})}) == "");
  CHECK(check_op(OpCase{.name = "Slice",
                        .inputs = {strings({3}, {"a", "b", "c"}), ints({1}, {1}), ints({1}, {3})}},
                 {strings({2}, {"b", "c"})}) == "");
  CHECK(check_op(OpCase{.name = "Slice",
                        .inputs = {floats({0, 2}, {}), ints({1}, {-1}),
                                   ints({1}, {std::numeric_limits<std::int64_t>::min()}),
                                   ints({1}, {0}), ints({1}, {-1})}},
                 {floats({0, 2}, {})}) == "");
}

TEST_CASE("Slice refuses what makes no sense") {
  CHECK(load_error(
            OpCase{.name = "Slice",
                   .inputs = {floats({4, 5}, {1.75F,  3.76F,  2.97F,  -2.29F, -3.38F, 1.63F, -2.03F,
                                              -0.02F, 1.68F,  -3.29F, -4.22F, 0.52F,  0.09F, -0.49F,
                                              0.08F,  -1.72F, -3.03F, -0.33F, -1.94F, -3.29F}),
                              ints({1}, {0}), ints({1}, {2}), ints({1}, {0}), ints({1}, {0})}}) ==
        "E-MODEL-SHAPE");
  CHECK(run_error(
            OpCase{.name = "Slice",
                   .inputs = {floats({4, 5}, {1.75F,  3.76F,  2.97F,  -2.29F, -3.38F, 1.63F, -2.03F,
                                              -0.02F, 1.68F,  -3.29F, -4.22F, 0.52F,  0.09F, -0.49F,
                                              0.08F,  -1.72F, -3.03F, -0.33F, -1.94F, -3.29F}),
                              ints({1}, {0}), ints({1}, {2}), ints({1}, {0}), ints({1}, {0})}}) ==
        "E-DATA-SHAPE");
  CHECK(load_error(
            OpCase{.name = "Slice",
                   .inputs = {floats({4, 5}, {1.75F,  3.76F,  2.97F,  -2.29F, -3.38F, 1.63F, -2.03F,
                                              -0.02F, 1.68F,  -3.29F, -4.22F, 0.52F,  0.09F, -0.49F,
                                              0.08F,  -1.72F, -3.03F, -0.33F, -1.94F, -3.29F}),
                              ints({2}, {0, 0}), ints({1}, {2})}}) == "E-MODEL-SHAPE");
  CHECK(run_error(
            OpCase{.name = "Slice",
                   .inputs = {floats({4, 5}, {1.75F,  3.76F,  2.97F,  -2.29F, -3.38F, 1.63F, -2.03F,
                                              -0.02F, 1.68F,  -3.29F, -4.22F, 0.52F,  0.09F, -0.49F,
                                              0.08F,  -1.72F, -3.03F, -0.33F, -1.94F, -3.29F}),
                              ints({2}, {0, 0}), ints({1}, {2})}}) == "E-DATA-SHAPE");
  CHECK(load_error(
            OpCase{.name = "Slice",
                   .inputs = {floats({4, 5}, {1.75F,  3.76F,  2.97F,  -2.29F, -3.38F, 1.63F, -2.03F,
                                              -0.02F, 1.68F,  -3.29F, -4.22F, 0.52F,  0.09F, -0.49F,
                                              0.08F,  -1.72F, -3.03F, -0.33F, -1.94F, -3.29F}),
                              ints({2}, {0, 0}), ints({2}, {2, 2}), ints({2}, {0, -2})}}) ==
        "E-MODEL-SHAPE");
  CHECK(run_error(
            OpCase{.name = "Slice",
                   .inputs = {floats({4, 5}, {1.75F,  3.76F,  2.97F,  -2.29F, -3.38F, 1.63F, -2.03F,
                                              -0.02F, 1.68F,  -3.29F, -4.22F, 0.52F,  0.09F, -0.49F,
                                              0.08F,  -1.72F, -3.03F, -0.33F, -1.94F, -3.29F}),
                              ints({2}, {0, 0}), ints({2}, {2, 2}), ints({2}, {0, -2})}}) ==
        "E-DATA-SHAPE");
  CHECK(load_error(
            OpCase{.name = "Slice",
                   .inputs = {floats({4, 5}, {1.75F,  3.76F,  2.97F,  -2.29F, -3.38F, 1.63F, -2.03F,
                                              -0.02F, 1.68F,  -3.29F, -4.22F, 0.52F,  0.09F, -0.49F,
                                              0.08F,  -1.72F, -3.03F, -0.33F, -1.94F, -3.29F}),
                              ints({1}, {0}), ints({1}, {2}), ints({1}, {2})}}) == "E-MODEL-ATTR");
}

TEST_CASE("Slice keeps whole symbolic axes") {
  CHECK(inferred(OpCase{.name = "Slice",
                        .inputs = {{},
                                   ints({1}, {0}),
                                   ints({1}, {std::numeric_limits<std::int64_t>::max()})}},
                 {ValueType::of(DType::float32, {Dim::named("n"), Dim::known(3), Dim::known(4)}),
                  ValueType::of(DType::int64, Shape{1}), ValueType::of(DType::int64, Shape{1})}) ==
        "float[n,3,4]");
  CHECK(inferred(OpCase{.name = "Slice", .inputs = {{}, ints({1}, {0}), ints({1}, {2})}},
                 {ValueType::of(DType::float32, {Dim::named("n"), Dim::known(3), Dim::known(4)}),
                  ValueType::of(DType::int64, Shape{1}), ValueType::of(DType::int64, Shape{1})}) ==
        "float[?,3,4]");
}
