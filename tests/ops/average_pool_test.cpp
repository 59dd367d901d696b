#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("AveragePool: padding is not counted") {
  CHECK(
      check_op({.name = "AveragePool",
                .attributes = {attr("kernel_shape", {3, 3}), attr("pads", {1, 1, 1, 1}),
                               attr("strides", {2, 2})},
                .inputs = {floats(
                    {1, 2, 5, 5},
                    {0.25F,  0.75F,  -0.75F, -2.0F, -2.0F, 0.75F, 2.0F,   0.5F,   -0.5F, 1.25F,
                     2.0F,   -1.25F, -1.75F, 2.0F,  -2.0F, 1.75F, -1.5F,  -1.75F, -1.0F, -0.75F,
                     -0.75F, -2.0F,  1.5F,   1.5F,  0.75F, 1.75F, 1.75F,  2.0F,   -0.5F, 0.5F,
                     1.0F,   0.75F,  1.25F,  0.75F, -0.5F, 0.25F, -1.25F, 2.0F,   1.75F, 0.5F,
                     1.25F,  -0.75F, -0.5F,  0.0F,  -1.0F, -2.0F, -0.5F,  1.0F,   -1.0F, 0.75F})}},
               {floats({1, 2, 3, 3},
                       {0.9375F, 0.0F, -0.8125F, 0.625F, -0.361111104F, -0.166666672F, -0.625F,
                        -0.541666687F, 0.125F, 1.3125F, 1.0F, 0.0625F, 0.208333328F, 0.444444448F,
                        0.25F, -0.5F, -0.291666657F, -0.3125F})}) == "");
}

TEST_CASE("AveragePool: padding is counted") {
  CHECK(check_op({.name = "AveragePool",
                  .attributes = {attr("kernel_shape", {3, 3}), attr("pads", {1, 1, 1, 1}),
                                 attr("count_include_pad", 1)},
                  .inputs = {floats({1, 1, 3, 3}, {-0.5F, -0.5F, -2.0F, -1.75F, 1.25F, 2.0F, -1.0F,
                                                   -1.75F, -1.5F})}},
                 {floats({1, 1, 3, 3},
                         {-0.166666672F, -0.166666672F, 0.0833333358F, -0.472222209F, -0.638888896F,
                          -0.277777791F, -0.361111104F, -0.305555552F, 0.0F})}) == "");
}

TEST_CASE("AveragePool: ceil mode does not count what lies behind the padding") {
  CHECK(
      check_op({.name = "AveragePool",
                .attributes = {attr("kernel_shape", std::vector<std::int64_t>{3}),
                               attr("pads", {1, 1}), attr("strides", std::vector<std::int64_t>{2}),
                               attr("ceil_mode", 1), attr("count_include_pad", 1)},
                .inputs = {floats({1, 1, 4}, {1.0F, 2.0F, 3.0F, 4.0F})}},
               {floats({1, 1, 3}, {1.0F, 3.0F, 2.0F})}) == "");
}

TEST_CASE("AveragePool: dilations") {
  CHECK(check_op({.name = "AveragePool",
                  .attributes = {attr("kernel_shape", {2, 2}), attr("dilations", {2, 2})},
                  .inputs = {floats({1, 1, 4, 4},
                                    {-2.0F, 1.25F, -2.0F, 0.75F, 1.25F, -1.25F, -1.25F, -1.0F, 1.0F,
                                     1.75F, 1.0F, -1.0F, 1.0F, 0.75F, -0.25F, -1.5F})}},
                 {floats({1, 1, 2, 2}, {-0.5F, 0.6875F, 0.1875F, -0.75F})}) == "");
}

TEST_CASE("AveragePool: SAME_LOWER") {
  CHECK(check_op({.name = "AveragePool",
                  .attributes = {attr("kernel_shape", {2, 2}), attr("auto_pad", "SAME_LOWER")},
                  .inputs = {floats({1, 1, 3, 3}, {-0.75F, 1.25F, 0.0F, -1.75F, 1.75F, 0.0F, -0.75F,
                                                   -2.0F, 0.25F})}},
                 {floats({1, 1, 3, 3}, {-0.75F, 0.25F, 0.625F, -1.25F, 0.125F, 0.75F, -1.25F,
                                        -0.6875F, 0.0F})}) == "");
}

TEST_CASE("AveragePool: integers and bad attributes are refused") {
  CHECK(load_error({.name = "AveragePool",
                    .attributes = {attr("kernel_shape", std::vector<std::int64_t>{2})},
                    .inputs = {ints({1, 1, 3}, {1, 2, 3})}}) == "E-MODEL-DTYPE");
  CHECK(load_error({.name = "AveragePool",
                    .attributes = {attr("kernel_shape", std::vector<std::int64_t>{2}),
                                   attr("strides", std::vector<std::int64_t>{0})},
                    .inputs = {floats({1, 1, 3}, {0.25F, -1.5F, 1.5F})}}) == "E-MODEL-ATTR");
}

TEST_CASE("AveragePool: a huge kernel divides by its size") {
  CHECK(check_op({.name = "AveragePool",
                  .attributes = {attr("kernel_shape", std::vector<std::int64_t>{1073741824}),
                                 attr("pads", {1073741823, 0}), attr("count_include_pad", 1)},
                  .inputs = {floats({1, 1, 1}, {1.07374182e+09F})}},
                 {floats({1, 1, 1}, {1.0F})}) == "");
}
