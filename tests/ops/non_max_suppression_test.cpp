#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("NonMaxSuppression: overlapping boxes are suppressed") {
  CHECK(
      check_op(
          {.name = "NonMaxSuppression",
           .inputs = {floats({1, 6, 4}, {0.0F, 0.0F,        1.0F, 1.0F,          0.0F, 0.100000001F,
                                         1.0F, 1.10000002F, 0.0F, -0.100000001F, 1.0F, 0.899999976F,
                                         0.0F, 10.0F,       1.0F, 11.0F,         0.0F, 10.1000004F,
                                         1.0F, 11.1000004F, 0.0F, 100.0F,        1.0F, 101.0F}),
                      floats({1, 1, 6},
                             {0.899999976F, 0.75F, 0.600000024F, 0.949999988F, 0.5F, 0.300000012F}),
                      ints({1}, {3}), floats({1}, {0.5F}), floats({1}, {0.0F})}},
          {ints({3, 3}, {0, 0, 3, 0, 0, 0, 0, 0, 5})}) == "");
}

TEST_CASE("NonMaxSuppression: score threshold") {
  CHECK(
      check_op(
          {.name = "NonMaxSuppression",
           .inputs = {floats({1, 6, 4}, {0.0F, 0.0F,        1.0F, 1.0F,          0.0F, 0.100000001F,
                                         1.0F, 1.10000002F, 0.0F, -0.100000001F, 1.0F, 0.899999976F,
                                         0.0F, 10.0F,       1.0F, 11.0F,         0.0F, 10.1000004F,
                                         1.0F, 11.1000004F, 0.0F, 100.0F,        1.0F, 101.0F}),
                      floats({1, 1, 6},
                             {0.899999976F, 0.75F, 0.600000024F, 0.949999988F, 0.5F, 0.300000012F}),
                      ints({1}, {3}), floats({1}, {0.5F}), floats({1}, {0.400000006F})}},
          {ints({2, 3}, {0, 0, 3, 0, 0, 0})}) == "");
}

TEST_CASE("NonMaxSuppression: no limit given selects nothing") {
  CHECK(check_op({.name = "NonMaxSuppression",
                  .inputs = {floats({1, 6, 4},
                                    {0.0F, 0.0F,        1.0F, 1.0F,          0.0F, 0.100000001F,
                                     1.0F, 1.10000002F, 0.0F, -0.100000001F, 1.0F, 0.899999976F,
                                     0.0F, 10.0F,       1.0F, 11.0F,         0.0F, 10.1000004F,
                                     1.0F, 11.1000004F, 0.0F, 100.0F,        1.0F, 101.0F}),
                             floats({1, 1, 6}, {0.899999976F, 0.75F, 0.600000024F, 0.949999988F,
                                                0.5F, 0.300000012F})}},
                 {ints({0, 3}, {})}) == "");
}

TEST_CASE("NonMaxSuppression: center_point_box, equal scores keep the order") {
  CHECK(check_op({.name = "NonMaxSuppression",
                  .attributes = {attr("center_point_box", 1)},
                  .inputs = {floats({1, 3, 4}, {0.5F, 0.5F, 1.0F, 1.0F, 0.5F, 0.600000024F, 1.0F,
                                                1.0F, 0.5F, 10.5F, 1.0F, 1.0F}),
                             floats({1, 1, 3}, {0.5F, 0.5F, 0.5F}),
                             ints({1}, {4611686018427387904}), floats({1}, {0.5F})}},
                 {ints({2, 3}, {0, 0, 0, 0, 0, 2})}) == "");
}

TEST_CASE("NonMaxSuppression: flipped corners") {
  CHECK(check_op({.name = "NonMaxSuppression",
                  .inputs = {floats({1, 2, 4}, {1.0F, 1.0F, 0.0F, 0.0F, 0.0F, 0.100000001F, 1.0F,
                                                1.10000002F}),
                             floats({1, 1, 2}, {0.899999976F, 0.800000012F}), ints({1}, {5}),
                             floats({1}, {0.5F})}},
                 {ints({1, 3}, {0, 0, 0})}) == "");
}

TEST_CASE("NonMaxSuppression: shapes must fit") {
  CHECK(load_error({.name = "NonMaxSuppression",
                    .inputs = {floats({1, 6, 3}, {0.0F, 0.0F, 1.0F, 0.0F, 0.100000001F, 1.0F, 0.0F,
                                                  -0.100000001F, 1.0F, 0.0F, 10.0F, 1.0F, 0.0F,
                                                  10.1000004F, 1.0F, 0.0F, 100.0F, 1.0F}),
                               floats({1, 1, 6}, {0.899999976F, 0.75F, 0.600000024F, 0.949999988F,
                                                  0.5F, 0.300000012F})}}) == "E-MODEL-SHAPE");
  CHECK(run_error({.name = "NonMaxSuppression",
                   .inputs = {floats({1, 6, 4},
                                     {0.0F, 0.0F,        1.0F, 1.0F,          0.0F, 0.100000001F,
                                      1.0F, 1.10000002F, 0.0F, -0.100000001F, 1.0F, 0.899999976F,
                                      0.0F, 10.0F,       1.0F, 11.0F,         0.0F, 10.1000004F,
                                      1.0F, 11.1000004F, 0.0F, 100.0F,        1.0F, 101.0F}),
                              floats({1, 1, 2}, {0.899999976F, 0.75F})}}) == "E-MODEL-SHAPE");
  CHECK(run_error({.name = "NonMaxSuppression",
                   .inputs = {floats({1, 6, 4},
                                     {0.0F, 0.0F,        1.0F, 1.0F,          0.0F, 0.100000001F,
                                      1.0F, 1.10000002F, 0.0F, -0.100000001F, 1.0F, 0.899999976F,
                                      0.0F, 10.0F,       1.0F, 11.0F,         0.0F, 10.1000004F,
                                      1.0F, 11.1000004F, 0.0F, 100.0F,        1.0F, 101.0F}),
                              floats({1, 1, 6}, {0.899999976F, 0.75F, 0.600000024F, 0.949999988F,
                                                 0.5F, 0.300000012F}),
                              ints({2}, {1, 2})}}) == "E-DATA-SHAPE");
}
