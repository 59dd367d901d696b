#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Resize: nearest by scales") {
  CHECK(check_op({.name = "Resize",
                  .attributes = {attr("mode", "nearest")},
                  .inputs = {floats({1, 1, 2, 3}, {-1.25F, -1.0F, -2.0F, 1.0F, 1.75F, -2.0F}),
                             Tensor{}, floats({4}, {1.0F, 1.0F, 2.0F, 2.0F})}},
                 {floats({1, 1, 4, 6},
                         {-1.25F, -1.25F, -1.0F, -1.0F, -2.0F, -2.0F, -1.25F, -1.25F,
                          -1.0F,  -1.0F,  -2.0F, -2.0F, 1.0F,  1.0F,  1.75F,  1.75F,
                          -2.0F,  -2.0F,  1.0F,  1.0F,  1.75F, 1.75F, -2.0F,  -2.0F})}) == "");
}

TEST_CASE("Resize: nearest by sizes, asymmetric floor") {
  CHECK(check_op({.name = "Resize",
                  .attributes = {attr("mode", "nearest"),
                                 attr("coordinate_transformation_mode", "asymmetric"),
                                 attr("nearest_mode", "floor")},
                  .inputs = {floats({1, 1, 2, 3}, {-1.25F, -1.0F, -2.0F, 1.0F, 1.75F, -2.0F}),
                             Tensor{}, Tensor{}, ints({4}, {1, 1, 3, 5})}},
                 {floats({1, 1, 3, 5}, {-1.25F, -1.25F, -1.0F, -1.0F, -2.0F, -1.25F, -1.25F, -1.0F,
                                        -1.0F, -2.0F, 1.0F, 1.0F, 1.75F, 1.75F, -2.0F})}) == "");
}

TEST_CASE("Resize: nearest ceil, align corners") {
  CHECK(check_op({.name = "Resize",
                  .attributes = {attr("nearest_mode", "ceil"),
                                 attr("coordinate_transformation_mode", "align_corners")},
                  .inputs = {floats({1, 1, 3, 3},
                                    {0.5F, -0.5F, 0.75F, 0.75F, 1.0F, -2.0F, -2.0F, 2.0F, -1.75F}),
                             Tensor{}, Tensor{}, ints({4}, {1, 1, 5, 2})}},
                 {floats({1, 1, 5, 2}, {0.5F, 0.75F, 0.75F, -2.0F, 0.75F, -2.0F, -2.0F, -1.75F,
                                        -2.0F, -1.75F})}) == "");
}

TEST_CASE("Resize: linear half_pixel up") {
  CHECK(check_op({.name = "Resize",
                  .attributes = {attr("mode", "linear")},
                  .inputs = {floats({1, 1, 2, 3}, {-1.25F, -1.0F, -2.0F, 1.0F, 1.75F, -2.0F}),
                             Tensor{}, floats({4}, {1.0F, 1.0F, 2.0F, 2.0F})}},
                 {floats({1, 1, 4, 6},
                         {-1.25F,   -1.1875F,  -1.0625F,  -1.25F,     -1.75F,     -2.0F,
                          -0.6875F, -0.59375F, -0.40625F, -0.734375F, -1.578125F, -2.0F,
                          0.4375F,  0.59375F,  0.90625F,  0.296875F,  -1.234375F, -2.0F,
                          1.0F,     1.1875F,   1.5625F,   0.8125F,    -1.0625F,   -2.0F})}) == "");
}

TEST_CASE("Resize: linear down, antialias") {
  CHECK(check_op(
            {.name = "Resize",
             .attributes = {attr("mode", "linear"), attr("antialias", 1)},
             .inputs = {floats({1, 1, 4, 4}, {0.0F, 0.0F, -0.5F, -2.0F, -1.5F, 0.0F, -1.75F, 1.0F,
                                              1.5F, 0.75F, 1.5F, 0.5F, 0.75F, -2.0F, 0.25F, -1.0F}),
                        Tensor{}, floats({4}, {1.0F, 1.0F, 0.5F, 0.600000024F})}},
            {floats({1, 1, 2, 2}, {-0.19921875F, -0.503472209F, 0.199218765F, 0.0590277612F})}) ==
        "");
}

TEST_CASE("Resize: linear pytorch_half_pixel") {
  CHECK(check_op({.name = "Resize",
                  .attributes = {attr("mode", "linear"),
                                 attr("coordinate_transformation_mode", "pytorch_half_pixel")},
                  .inputs = {floats({1, 1, 4, 4},
                                    {-1.25F, 1.75F, 1.5F, -1.5F, 2.0F, 0.25F, 0.5F, -2.0F, 1.75F,
                                     1.75F, 1.25F, -1.5F, 0.0F, -0.5F, -0.5F, 0.25F}),
                             Tensor{}, Tensor{}, ints({4}, {1, 1, 1, 3})}},
                 {floats({1, 1, 1, 3}, {-0.75F, 1.625F, -1.0F})}) == "");
}

TEST_CASE("Resize: linear half_pixel_symmetric") {
  CHECK(check_op({.name = "Resize",
                  .attributes = {attr("mode", "linear"),
                                 attr("coordinate_transformation_mode", "half_pixel_symmetric")},
                  .inputs = {floats({1, 1, 1, 4}, {1.0F, 1.0F, -1.0F, 1.75F}), Tensor{},
                             floats({4}, {1.0F, 1.0F, 1.0F, 0.600000024F})}},
                 {floats({1, 1, 1, 2}, {1.0F, -0.0833334252F})}) == "");
}

TEST_CASE("Resize: cubic") {
  CHECK(check_op({.name = "Resize",
                  .attributes = {attr("mode", "cubic"), attr("cubic_coeff_a", -0.5F),
                                 attr("exclude_outside", 1)},
                  .inputs = {floats({1, 1, 4, 4},
                                    {-0.25F, 1.0F, 1.5F, -0.75F, 1.5F, -1.75F, -0.75F, 1.0F, 1.0F,
                                     2.0F, -0.25F, -2.0F, -0.25F, 1.25F, -1.75F, -1.5F}),
                             Tensor{}, floats({4}, {1.0F, 1.0F, 1.5F, 0.75F})},
                  .rtol = 1e-5,
                  .atol = 1e-5},
                 {floats({1, 1, 6, 3},
                         {-0.194323644F, 1.66817355F, -0.574059844F, 0.465632617F, -0.111213237F,
                          0.278543085F, 1.20659995F, -1.40972173F, 0.566555142F, 1.21893382F,
                          0.768228769F, -1.5082798F, 0.512228429F, 0.555147052F, -1.84074593F,
                          -0.124452278F, -0.252055585F, -1.54388666F})}) == "");
}

TEST_CASE("Resize: cubic down, antialias") {
  CHECK(check_op(
            {.name = "Resize",
             .attributes = {attr("mode", "cubic"), attr("antialias", 1)},
             .inputs = {floats({1, 1, 4, 4}, {-0.25F, -0.25F, -0.25F, 0.0F, 0.5F, 0.5F, -0.5F, 2.0F,
                                              0.0F, 0.75F, 0.75F, -0.5F, 0.5F, 1.0F, 0.0F, -0.25F}),
                        Tensor{}, Tensor{}, ints({4}, {1, 1, 2, 3})},
             .rtol = 1e-5,
             .atol = 1e-5},
            {floats({1, 1, 2, 3}, {0.104961678F, -0.124360278F, 0.544735432F, 0.522644162F,
                                   0.655195951F, -0.0484119505F})}) == "");
}

TEST_CASE("Resize: axes and keep_aspect_ratio_policy") {
  CHECK(
      check_op(
          {.name = "Resize",
           .attributes = {attr("mode", "linear"), attr("axes", {3, 2}),
                          attr("keep_aspect_ratio_policy", "not_larger")},
           .inputs = {floats({1, 1, 2, 4}, {0.5F, -0.25F, 1.0F, -0.5F, -1.75F, 0.0F, 1.75F, -1.0F}),
                      Tensor{}, Tensor{}, ints({2}, {6, 6})}},
          {floats({1, 1, 3, 6}, {0.5F, 0.125F, -0.0416666679F, 0.791666687F, 0.25F, -0.5F, -0.625F,
                                 -0.375F, 0.125F, 1.125F, 0.3125F, -0.75F, -1.75F, -0.875F,
                                 0.291666657F, 1.45833337F, 0.375F, -1.0F})}) == "");
}

TEST_CASE("Resize: crop with extrapolation") {
  CHECK(check_op({.name = "Resize",
                  .attributes = {attr("mode", "linear"),
                                 attr("coordinate_transformation_mode", "tf_crop_and_resize"),
                                 attr("extrapolation_value", 9.0F)},
                  .inputs = {floats({1, 1, 4, 4},
                                    {-0.75F, -1.0F, 1.75F, -1.5F, -0.25F, -0.25F, 0.25F, -1.0F,
                                     1.0F, 1.5F, -0.25F, 1.5F, -1.5F, -0.75F, 1.75F, 0.5F}),
                             floats({8}, {0.0F, 0.0F, 0.25F, 0.5F, 1.0F, 1.0F, 0.75F, 1.5F}),
                             Tensor{}, ints({4}, {1, 1, 3, 3})},
                  .rtol = 1e-5},
                 {floats({1, 1, 3, 3}, {0.09375F, -1.125F, 9.0F, 0.3125F, 0.25F, 9.0F, 0.59375F,
                                        1.25F, 9.0F})}) == "");
}

TEST_CASE("Resize: bytes are rounded") {
  CHECK(check_op({.name = "Resize",
                  .attributes = {attr("mode", "linear")},
                  .inputs = {numbers(DType::uint8, {1, 1, 1, 2}, {10, 13}), Tensor{}, Tensor{},
                             ints({4}, {1, 1, 1, 4})}},
                 {numbers(DType::uint8, {1, 1, 1, 4}, {10, 11, 12, 13})}) == "");
}

TEST_CASE("Resize: what does not fit is refused") {
  CHECK(load_error({.name = "Resize",
                    .inputs = {floats({1, 1, 2, 3}, {-1.25F, -1.0F, -2.0F, 1.0F, 1.75F, -2.0F}),
                               Tensor{}, floats({3}, {1.0F, 1.0F, 2.0F})}}) == "E-MODEL-SHAPE");
  CHECK(run_error({.name = "Resize",
                   .inputs = {floats({1, 1, 2, 3}, {-1.25F, -1.0F, -2.0F, 1.0F, 1.75F, -2.0F}),
                              Tensor{}, floats({3}, {1.0F, 1.0F, 2.0F})}}) == "E-MODEL-SHAPE");
  CHECK(run_error({.name = "Resize",
                   .inputs = {floats({1, 1, 2, 3}, {-1.25F, -1.0F, -2.0F, 1.0F, 1.75F, -2.0F})}}) ==
        "E-MODEL-SHAPE");
  CHECK(run_error({.name = "Resize",
                   .inputs = {floats({1, 1, 2, 3}, {-1.25F, -1.0F, -2.0F, 1.0F, 1.75F, -2.0F}),
                              Tensor{}, floats({4}, {1.0F, 1.0F, -2.0F, 2.0F})}}) ==
        "E-DATA-INVALID");
  CHECK(run_error({.name = "Resize",
                   .inputs = {floats({1, 1, 2, 3}, {-1.25F, -1.0F, -2.0F, 1.0F, 1.75F, -2.0F}),
                              Tensor{}, Tensor{}, ints({4}, {1, 1, -2, 2})}}) == "E-DATA-SHAPE");
  CHECK(load_error({.name = "Resize",
                    .attributes = {attr("mode", "area")},
                    .inputs = {floats({1, 1, 2, 3}, {-1.25F, -1.0F, -2.0F, 1.0F, 1.75F, -2.0F}),
                               Tensor{}, floats({4}, {1.0F, 1.0F, 2.0F, 2.0F})}}) ==
        "E-MODEL-ATTR");
  CHECK(load_error({.name = "Resize",
                    .attributes = {attr("axes", std::vector<std::int64_t>{4})},
                    .inputs = {floats({1, 1, 2, 3}, {-1.25F, -1.0F, -2.0F, 1.0F, 1.75F, -2.0F}),
                               Tensor{}, floats({1}, {2.0F})}}) == "E-MODEL-ATTR");
  CHECK(load_error({.name = "Resize",
                    .attributes = {attr("axes", {1, 1})},
                    .inputs = {floats({1, 1, 2, 3}, {-1.25F, -1.0F, -2.0F, 1.0F, 1.75F, -2.0F}),
                               Tensor{}, floats({2}, {2.0F, 2.0F})}}) == "E-MODEL-ATTR");
  CHECK(load_error({.name = "Resize",
                    .attributes = {attr("antialias", 1)},
                    .inputs = {floats({1, 1, 2, 3}, {-1.25F, -1.0F, -2.0F, 1.0F, 1.75F, -2.0F}),
                               Tensor{}, floats({4}, {1.0F, 1.0F, 2.0F, 2.0F})}}) ==
        "E-MODEL-ATTR");
  CHECK(run_error(
            {.name = "Resize",
             .inputs = {floats({1, 1, 2, 3}, {-1.25F, -1.0F, -2.0F, 1.0F, 1.75F, -2.0F}), Tensor{},
                        floats({4}, {1.0F, 1.0F, 3.00000001e+38F, 3.00000001e+38F})}}) ==
        "E-LIMIT-TENSOR");
}
