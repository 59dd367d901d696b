#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("ConvTranspose: strides and output padding") {
  CHECK(
      check_op(
          {.name = "ConvTranspose",
           .attributes = {attr("strides", {2, 2}), attr("pads", {1, 1, 1, 1}),
                          attr("output_padding", {1, 1})},
           .inputs = {floats({1, 2, 2, 3}, {0.75F, 1.25F, -1.75F, 0.0F, -2.0F, 2.0F, 0.0F, -1.0F,
                                            -1.75F, -1.5F, -1.0F, 1.5F}),
                      floats({2, 2, 3, 3},
                             {2.0F,   -0.75F, -0.75F, 1.5F,   -1.75F, 0.5F,   0.5F,  0.0F,   1.5F,
                              -1.75F, -1.0F,  1.25F,  -0.75F, -1.75F, -0.25F, 2.0F,  1.25F,  1.5F,
                              -1.0F,  -0.75F, -1.5F,  -1.5F,  -1.0F,  1.75F,  0.75F, 0.0F,   0.0F,
                              -1.5F,  0.0F,   0.0F,   1.25F,  -1.0F,  1.5F,   -0.5F, -1.75F, 0.5F}),
                      floats({2}, {0.5F, 1.75F})}},
          {floats({1, 2, 4, 6}, {-0.8125F, 4.25F,    -0.6875F, -0.625F, 5.3125F, -3.4375F, 1.625F,
                                 0.75F,    2.75F,    5.6875F,  -2.125F, -5.875F, 2.0F,     -3.625F,
                                 5.0F,     -1.5F,    -4.5F,    4.125F,  0.5F,    -1.25F,   0.5F,
                                 -0.375F,  0.5F,     3.5F,     0.4375F, -0.625F, 0.5625F,  -0.9375F,
                                 6.5625F,  -0.4375F, 2.6875F,  10.875F, 7.0625F, -7.75F,   0.625F,
                                 0.75F,    3.25F,    -0.25F,   6.25F,   1.125F,  -3.25F,   3.5F,
                                 4.375F,   -2.5F,    1.0F,     1.5F,    1.625F,  5.5F})}) == "");
}

TEST_CASE("ConvTranspose: one axis, dilation") {
  CHECK(check_op({.name = "ConvTranspose",
                  .attributes = {attr("dilations", std::vector<std::int64_t>{2})},
                  .inputs = {floats({1, 1, 3}, {0.25F, 1.25F, -1.0F}),
                             floats({1, 2, 2}, {-1.5F, 0.5F, 0.0F, 1.25F})}},
                 {floats({1, 2, 5}, {-0.375F, -1.875F, 1.625F, 0.625F, -0.5F, 0.0F, 0.0F, 0.3125F,
                                     1.5625F, -1.25F})}) == "");
}

TEST_CASE("ConvTranspose: output_shape") {
  CHECK(
      check_op({.name = "ConvTranspose",
                .attributes = {attr("strides", std::vector<std::int64_t>{2}),
                               attr("output_shape", std::vector<std::int64_t>{5})},
                .inputs = {floats({1, 1, 2}, {1.0F, 2.0F}), floats({1, 1, 3}, {1.0F, 1.0F, 1.0F})}},
               {floats({1, 1, 5}, {1.0F, 1.0F, 3.0F, 2.0F, 2.0F})}) == "");
}

TEST_CASE("ConvTranspose: groups") {
  CHECK(check_op(
            {.name = "ConvTranspose",
             .attributes = {attr("group", 2)},
             .inputs = {floats({1, 4, 2}, {0.0F, 1.25F, 2.0F, 2.0F, -1.75F, 2.0F, 0.0F, -0.5F}),
                        floats({4, 1, 2}, {1.75F, -1.5F, -0.5F, 1.5F, -1.0F, 1.75F, 0.25F, 0.0F})}},
            {floats({1, 2, 3}, {-1.0F, 4.1875F, 1.125F, 1.75F, -5.1875F, 3.5F})}) == "");
}

TEST_CASE("ConvTranspose: SAME_UPPER keeps input times stride") {
  CHECK(check_op(
            {.name = "ConvTranspose",
             .attributes = {attr("strides", std::vector<std::int64_t>{2}),
                            attr("auto_pad", "SAME_UPPER")},
             .inputs = {floats({1, 1, 2}, {1.0F, 2.0F}), floats({1, 1, 3}, {1.0F, 10.0F, 100.0F})}},
            {floats({1, 1, 4}, {1.0F, 10.0F, 102.0F, 20.0F})}) == "");
}

TEST_CASE("ConvTranspose: shapes must fit") {
  CHECK(load_error({.name = "ConvTranspose",
                    .inputs = {floats({1, 3, 2}, {-0.75F, -1.5F, 1.75F, -2.0F, -1.75F, -1.75F}),
                               floats({4, 1, 2}, {-1.25F, 1.0F, -1.75F, -1.5F, 1.0F, -2.0F, -1.0F,
                                                  1.5F})}}) == "E-MODEL-SHAPE");
  CHECK(run_error({.name = "ConvTranspose",
                   .inputs = {floats({1, 3, 2}, {1.75F, 0.0F, 1.75F, 1.75F, 1.75F, -1.0F}),
                              floats({4, 1, 2}, {-1.0F, 0.75F, -2.0F, -1.0F, -0.5F, 1.75F, 2.0F,
                                                 -0.75F})}}) == "E-MODEL-SHAPE");
  CHECK(load_error(
            {.name = "ConvTranspose",
             .attributes = {attr("pads", {5, 5})},
             .inputs = {floats({1, 4, 2}, {1.0F, 0.25F, -1.75F, -0.5F, 0.75F, 0.75F, 1.75F, 0.5F}),
                        floats({4, 1, 2}, {2.0F, -0.25F, 1.0F, 0.5F, 1.5F, 1.75F, 1.5F, 2.0F})}}) ==
        "E-MODEL-SHAPE");
  CHECK(load_error(
            {.name = "ConvTranspose",
             .attributes = {attr("output_padding", {1, 1})},
             .inputs = {floats({1, 4, 2}, {-0.5F, 2.0F, -1.75F, -0.5F, 1.0F, 0.5F, -1.5F, 0.75F}),
                        floats({4, 1, 2}, {-0.5F, 1.25F, 2.0F, -1.25F, 0.25F, -2.0F, 0.0F,
                                           1.5F})}}) == "E-MODEL-ATTR");
  CHECK(load_error(
            {.name = "ConvTranspose",
             .attributes = {attr("group", 3)},
             .inputs = {floats({1, 4, 2}, {2.0F, 1.25F, -1.0F, -0.5F, 2.0F, 1.25F, 1.75F, -1.0F}),
                        floats({4, 1, 2}, {-0.5F, 1.5F, -0.75F, 1.0F, -1.5F, -1.75F, 1.75F,
                                           -0.75F})}}) == "E-MODEL-SHAPE");
}
