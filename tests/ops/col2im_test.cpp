#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Col2Im: overlapping blocks add up") {
  CHECK(check_op({.name = "Col2Im",
                  .attributes = {attr("strides", {1, 1}), attr("pads", {0, 1, 0, 1})},
                  .inputs = {floats({1, 4, 8},
                                    {-0.75F, -1.5F,  -1.75F, 0.5F,   -1.5F,  1.5F,   0.25F,  -2.0F,
                                     1.25F,  -1.25F, 2.0F,   -1.0F,  0.25F,  -0.25F, -0.75F, -1.5F,
                                     -1.75F, 0.25F,  2.0F,   -0.75F, -0.75F, 0.75F,  2.0F,   0.25F,
                                     2.0F,   0.75F,  1.25F,  -1.0F,  0.25F,  1.0F,   -0.5F,  1.0F}),
                             ints({2}, {3, 3}), ints({2}, {2, 2})}},
                 {floats({1, 1, 3, 3},
                         {-0.25F, -3.0F, 2.5F, 4.0F, 2.75F, -2.25F, 1.0F, 3.0F, -0.25F})}) == "");
}

TEST_CASE("Col2Im: dilation on one axis") {
  CHECK(check_op({.name = "Col2Im",
                  .attributes = {attr("dilations", std::vector<std::int64_t>{2})},
                  .inputs = {floats({1, 2, 3}, {1.0F, 2.0F, 3.0F, 10.0F, 20.0F, 30.0F}),
                             ints({1}, {5}), ints({1}, {2})}},
                 {floats({1, 1, 5}, {1.0F, 2.0F, 13.0F, 20.0F, 30.0F})}) == "");
}

TEST_CASE("Col2Im: sizes must fit") {
  CHECK(run_error({.name = "Col2Im",
                   .inputs = {floats({1, 4, 3}, {-0.5F, 1.0F, -0.25F, -1.75F, -1.75F, 2.0F, 0.5F,
                                                 0.25F, 1.25F, -1.0F, -0.5F, -0.25F}),
                              ints({2}, {3, 3}), ints({2}, {2, 2})}}) == "E-MODEL-SHAPE");
  CHECK(run_error({.name = "Col2Im",
                   .inputs = {floats({1, 5, 4}, {0.75F, 0.0F,  -1.0F, 0.0F,   -0.5F,  -1.0F, -1.25F,
                                                 -1.0F, 0.25F, -0.5F, -0.25F, 1.25F,  0.75F, -0.25F,
                                                 0.25F, -2.0F, -0.5F, -0.25F, -0.75F, -1.25F}),
                              ints({2}, {3, 3}), ints({2}, {2, 2})}}) == "E-MODEL-SHAPE");
  CHECK(run_error({.name = "Col2Im",
                   .inputs = {
                       floats({1, 4, 4}, {1.0F, -2.0F, 2.0F, 2.0F, 0.5F, -1.0F, -1.0F, 0.25F, 0.75F,
                                          -0.5F, -0.25F, -2.0F, 1.75F, 1.75F, -1.0F, 1.75F}),
                       ints({2}, {3, 3}), ints({1}, {2})}}) == "E-DATA-SHAPE");
  CHECK(run_error(
            {.name = "Col2Im",
             .inputs = {floats({1, 4, 4}, {1.5F, -1.25F, -1.5F, -0.25F, 0.75F, -0.5F, 1.0F, -1.5F,
                                           1.75F, 0.75F, -1.0F, 1.25F, -0.5F, 1.0F, 0.75F, 0.75F}),
                        ints({2}, {3, 3}), ints({2}, {-2, 2})}}) == "E-DATA-SHAPE");
}
