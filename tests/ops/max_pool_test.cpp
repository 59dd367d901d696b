#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("MaxPool: indices, pads and strides") {
  CHECK(
      check_op({.name = "MaxPool",
                .attributes = {attr("kernel_shape", {3, 3}), attr("pads", {1, 1, 1, 1}),
                               attr("strides", {2, 2})},
                .inputs = {floats(
                    {1, 2, 5, 5},
                    {0.25F,  0.75F,  -0.75F, -2.0F, -2.0F, 0.75F, 2.0F,   0.5F,   -0.5F, 1.25F,
                     2.0F,   -1.25F, -1.75F, 2.0F,  -2.0F, 1.75F, -1.5F,  -1.75F, -1.0F, -0.75F,
                     -0.75F, -2.0F,  1.5F,   1.5F,  0.75F, 1.75F, 1.75F,  2.0F,   -0.5F, 0.5F,
                     1.0F,   0.75F,  1.25F,  0.75F, -0.5F, 0.25F, -1.25F, 2.0F,   1.75F, 0.5F,
                     1.25F,  -0.75F, -0.5F,  0.0F,  -1.0F, -2.0F, -0.5F,  1.0F,   -1.0F, 0.75F})},
                .outputs = 2},
               {floats({1, 2, 3, 3}, {2.0F, 2.0F, 1.25F, 2.0F, 2.0F, 2.0F, 1.75F, 1.5F, 1.5F, 1.75F,
                                      2.0F, 0.75F, 1.25F, 2.0F, 1.75F, 1.25F, 1.0F, 0.75F}),
                ints({1, 2, 3, 3},
                     {6, 6, 9, 6, 6, 13, 15, 22, 23, 25, 27, 33, 40, 37, 38, 40, 47, 49})}) == "");
}

TEST_CASE("MaxPool: ceil mode and dilations") {
  CHECK(check_op({.name = "MaxPool",
                  .attributes = {attr("kernel_shape", {2, 2}), attr("dilations", {2, 2}),
                                 attr("strides", {2, 2}), attr("ceil_mode", 1)},
                  .inputs = {floats({1, 1, 4, 4},
                                    {0.5F, -0.25F, 1.0F, 1.5F, 2.0F, 1.0F, -1.75F, -0.75F, 0.0F,
                                     -1.75F, -0.25F, -1.5F, 0.25F, -1.25F, -1.0F, -0.75F})}},
                 {floats({1, 1, 2, 2}, {1.0F, 1.0F, 0.0F, -0.25F})}) == "");
}

TEST_CASE("MaxPool: SAME_UPPER") {
  CHECK(check_op({.name = "MaxPool",
                  .attributes = {attr("kernel_shape", {2, 2}), attr("auto_pad", "SAME_UPPER")},
                  .inputs = {floats({1, 1, 3, 3}, {2.0F, -0.25F, 0.25F, 1.75F, -2.0F, -1.0F, -0.25F,
                                                   1.75F, 1.0F})}},
                 {floats({1, 1, 3, 3},
                         {2.0F, 0.25F, 0.25F, 1.75F, 1.75F, 1.0F, 1.75F, 1.75F, 1.0F})}) == "");
}

TEST_CASE("MaxPool: bytes") {
  CHECK(check_op({.name = "MaxPool",
                  .attributes = {attr("kernel_shape", std::vector<std::int64_t>{2})},
                  .inputs = {numbers(DType::int8, {1, 1, 4}, {36, -25, 70, -63})}},
                 {numbers(DType::int8, {1, 1, 3}, {36, 70, 70})}) == "");
}

TEST_CASE("MaxPool: column-major indices") {
  CHECK(check_op({.name = "MaxPool",
                  .attributes = {attr("kernel_shape", {2, 2}), attr("storage_order", 1)},
                  .inputs = {floats({1, 1, 2, 3}, {1.0F, 5.0F, 2.0F, 3.0F, 4.0F, 9.0F})},
                  .outputs = 2},
                 {floats({1, 1, 1, 2}, {5.0F, 9.0F}), ints({1, 1, 1, 2}, {2, 5})}) == "");
}

TEST_CASE("MaxPool: NaN wins, padding never does") {
  CHECK(
      check_op(
          {.name = "MaxPool",
           .attributes = {attr("kernel_shape", std::vector<std::int64_t>{2}), attr("pads", {1, 0})},
           .inputs = {floats({1, 1, 3}, {-3.0F, static_cast<float>(kNan), -1.0F})}},
          {floats({1, 1, 3}, {-3.0F, static_cast<float>(kNan), static_cast<float>(kNan)})}) == "");
}

TEST_CASE("MaxPool: hostile attributes are refused") {
  CHECK(load_error(
            {.name = "MaxPool",
             .inputs = {floats({1, 2, 5, 5},
                               {0.25F,  0.75F,  -0.75F, -2.0F,  -2.0F, 0.75F,  2.0F,  0.5F,  -0.5F,
                                1.25F,  2.0F,   -1.25F, -1.75F, 2.0F,  -2.0F,  1.75F, -1.5F, -1.75F,
                                -1.0F,  -0.75F, -0.75F, -2.0F,  1.5F,  1.5F,   0.75F, 1.75F, 1.75F,
                                2.0F,   -0.5F,  0.5F,   1.0F,   0.75F, 1.25F,  0.75F, -0.5F, 0.25F,
                                -1.25F, 2.0F,   1.75F,  0.5F,   1.25F, -0.75F, -0.5F, 0.0F,  -1.0F,
                                -2.0F,  -0.5F,  1.0F,   -1.0F,  0.75F})}}) == "E-MODEL-ATTR");
  CHECK(load_error(
            {.name = "MaxPool",
             .attributes = {attr("kernel_shape", {0, 1})},
             .inputs = {floats({1, 2, 5, 5},
                               {0.25F,  0.75F,  -0.75F, -2.0F,  -2.0F, 0.75F,  2.0F,  0.5F,  -0.5F,
                                1.25F,  2.0F,   -1.25F, -1.75F, 2.0F,  -2.0F,  1.75F, -1.5F, -1.75F,
                                -1.0F,  -0.75F, -0.75F, -2.0F,  1.5F,  1.5F,   0.75F, 1.75F, 1.75F,
                                2.0F,   -0.5F,  0.5F,   1.0F,   0.75F, 1.25F,  0.75F, -0.5F, 0.25F,
                                -1.25F, 2.0F,   1.75F,  0.5F,   1.25F, -0.75F, -0.5F, 0.0F,  -1.0F,
                                -2.0F,  -0.5F,  1.0F,   -1.0F,  0.75F})}}) == "E-MODEL-ATTR");
  CHECK(load_error(
            {.name = "MaxPool",
             .attributes = {attr("kernel_shape", {-9223372036854775808, 1})},
             .inputs = {floats({1, 2, 5, 5},
                               {0.25F,  0.75F,  -0.75F, -2.0F,  -2.0F, 0.75F,  2.0F,  0.5F,  -0.5F,
                                1.25F,  2.0F,   -1.25F, -1.75F, 2.0F,  -2.0F,  1.75F, -1.5F, -1.75F,
                                -1.0F,  -0.75F, -0.75F, -2.0F,  1.5F,  1.5F,   0.75F, 1.75F, 1.75F,
                                2.0F,   -0.5F,  0.5F,   1.0F,   0.75F, 1.25F,  0.75F, -0.5F, 0.25F,
                                -1.25F, 2.0F,   1.75F,  0.5F,   1.25F, -0.75F, -0.5F, 0.0F,  -1.0F,
                                -2.0F,  -0.5F,  1.0F,   -1.0F,  0.75F})}}) == "E-MODEL-ATTR");
  CHECK(load_error(
            {.name = "MaxPool",
             .attributes = {attr("kernel_shape", std::vector<std::int64_t>{3})},
             .inputs = {floats({1, 2, 5, 5},
                               {0.25F,  0.75F,  -0.75F, -2.0F,  -2.0F, 0.75F,  2.0F,  0.5F,  -0.5F,
                                1.25F,  2.0F,   -1.25F, -1.75F, 2.0F,  -2.0F,  1.75F, -1.5F, -1.75F,
                                -1.0F,  -0.75F, -0.75F, -2.0F,  1.5F,  1.5F,   0.75F, 1.75F, 1.75F,
                                2.0F,   -0.5F,  0.5F,   1.0F,   0.75F, 1.25F,  0.75F, -0.5F, 0.25F,
                                -1.25F, 2.0F,   1.75F,  0.5F,   1.25F, -0.75F, -0.5F, 0.0F,  -1.0F,
                                -2.0F,  -0.5F,  1.0F,   -1.0F,  0.75F})}}) == "E-MODEL-SHAPE");
  CHECK(load_error(
            {.name = "MaxPool",
             .attributes = {attr("kernel_shape", {6, 6})},
             .inputs = {floats({1, 2, 5, 5},
                               {0.25F,  0.75F,  -0.75F, -2.0F,  -2.0F, 0.75F,  2.0F,  0.5F,  -0.5F,
                                1.25F,  2.0F,   -1.25F, -1.75F, 2.0F,  -2.0F,  1.75F, -1.5F, -1.75F,
                                -1.0F,  -0.75F, -0.75F, -2.0F,  1.5F,  1.5F,   0.75F, 1.75F, 1.75F,
                                2.0F,   -0.5F,  0.5F,   1.0F,   0.75F, 1.25F,  0.75F, -0.5F, 0.25F,
                                -1.25F, 2.0F,   1.75F,  0.5F,   1.25F, -0.75F, -0.5F, 0.0F,  -1.0F,
                                -2.0F,  -0.5F,  1.0F,   -1.0F,  0.75F})}}) == "E-MODEL-SHAPE");
  CHECK(run_error(
            {.name = "MaxPool",
             .attributes = {attr("kernel_shape", {6, 6})},
             .inputs = {floats({1, 2, 5, 5},
                               {0.25F,  0.75F,  -0.75F, -2.0F,  -2.0F, 0.75F,  2.0F,  0.5F,  -0.5F,
                                1.25F,  2.0F,   -1.25F, -1.75F, 2.0F,  -2.0F,  1.75F, -1.5F, -1.75F,
                                -1.0F,  -0.75F, -0.75F, -2.0F,  1.5F,  1.5F,   0.75F, 1.75F, 1.75F,
                                2.0F,   -0.5F,  0.5F,   1.0F,   0.75F, 1.25F,  0.75F, -0.5F, 0.25F,
                                -1.25F, 2.0F,   1.75F,  0.5F,   1.25F, -0.75F, -0.5F, 0.0F,  -1.0F,
                                -2.0F,  -0.5F,  1.0F,   -1.0F,  0.75F})}}) == "E-MODEL-SHAPE");
  CHECK(load_error(
            {.name = "MaxPool",
             .attributes = {attr("kernel_shape", {2, 2}), attr("count_include_pad", 1)},
             .inputs = {floats({1, 2, 5, 5},
                               {0.25F,  0.75F,  -0.75F, -2.0F,  -2.0F, 0.75F,  2.0F,  0.5F,  -0.5F,
                                1.25F,  2.0F,   -1.25F, -1.75F, 2.0F,  -2.0F,  1.75F, -1.5F, -1.75F,
                                -1.0F,  -0.75F, -0.75F, -2.0F,  1.5F,  1.5F,   0.75F, 1.75F, 1.75F,
                                2.0F,   -0.5F,  0.5F,   1.0F,   0.75F, 1.25F,  0.75F, -0.5F, 0.25F,
                                -1.25F, 2.0F,   1.75F,  0.5F,   1.25F, -0.75F, -0.5F, 0.0F,  -1.0F,
                                -2.0F,  -0.5F,  1.0F,   -1.0F,  0.75F})}}) == "E-UNSUPPORTED-ATTR");
}

TEST_CASE("MaxPool: a huge kernel over padding visits the input only") {
  CHECK(check_op({.name = "MaxPool",
                  .attributes = {attr("kernel_shape", std::vector<std::int64_t>{2147483647}),
                                 attr("pads", {2147483646, 0})},
                  .inputs = {floats({1, 1, 2}, {3.0F, 7.0F})}},
                 {floats({1, 1, 2}, {3.0F, 7.0F})}) == "");
}
