#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("RoiAlign: avg, half_pixel") {
  CHECK(
      check_op(
          {.name = "RoiAlign",
           .attributes = {attr("mode", "avg"), attr("coordinate_transformation_mode", "half_pixel"),
                          attr("output_height", 2), attr("output_width", 2),
                          attr("sampling_ratio", 2), attr("spatial_scale", 0.5F)},
           .inputs = {floats({1, 1, 5, 5},
                             {0.0F,  -0.25F, 1.75F, -1.0F, 0.5F,   0.25F, 1.5F,  -1.25F, 1.75F,
                              1.5F,  -0.25F, 1.5F,  0.75F, -0.75F, 1.5F,  -2.0F, -1.5F,  1.75F,
                              1.25F, -0.75F, 2.0F,  0.75F, -1.0F,  1.5F,  2.0F}),
                      floats({1, 4}, {1.0F, 2.0F, 7.0F, 9.0F}), ints({1}, {0})},
           .rtol = 1e-4,
           .atol = 1e-5},
          {floats({1, 1, 2, 2}, {0.894042969F, 0.078125F, -0.385742188F, 0.802734375F})}) == "");
}

TEST_CASE("RoiAlign: avg, output_half_pixel") {
  CHECK(check_op(
            {.name = "RoiAlign",
             .attributes = {attr("mode", "avg"),
                            attr("coordinate_transformation_mode", "output_half_pixel"),
                            attr("output_height", 2), attr("output_width", 2),
                            attr("sampling_ratio", 2), attr("spatial_scale", 0.5F)},
             .inputs = {floats({1, 1, 5, 5},
                               {0.0F,  -0.25F, 1.75F, -1.0F, 0.5F,   0.25F, 1.5F,  -1.25F, 1.75F,
                                1.5F,  -0.25F, 1.5F,  0.75F, -0.75F, 1.5F,  -2.0F, -1.5F,  1.75F,
                                1.25F, -0.75F, 2.0F,  0.75F, -1.0F,  1.5F,  2.0F}),
                        floats({1, 4}, {1.0F, 2.0F, 7.0F, 9.0F}), ints({1}, {0})},
             .rtol = 1e-4,
             .atol = 1e-5},
            {floats({1, 1, 2, 2}, {0.728027344F, 0.345214844F, -0.0424804688F, 0.965820312F})}) ==
        "");
}

TEST_CASE("RoiAlign: max, half_pixel") {
  CHECK(
      check_op(
          {.name = "RoiAlign",
           .attributes = {attr("mode", "max"), attr("coordinate_transformation_mode", "half_pixel"),
                          attr("output_height", 2), attr("output_width", 2),
                          attr("sampling_ratio", 0), attr("spatial_scale", 0.5F)},
           .inputs = {floats({1, 1, 5, 5},
                             {0.0F,  -0.25F, 1.75F, -1.0F, 0.5F,   0.25F, 1.5F,  -1.25F, 1.75F,
                              1.5F,  -0.25F, 1.5F,  0.75F, -0.75F, 1.5F,  -2.0F, -1.5F,  1.75F,
                              1.25F, -0.75F, 2.0F,  0.75F, -1.0F,  1.5F,  2.0F}),
                      floats({1, 4}, {1.0F, 2.0F, 7.0F, 9.0F}), ints({1}, {0})},
           .rtol = 1e-4,
           .atol = 1e-5},
          {floats({1, 1, 2, 2}, {1.23046875F, 1.02539062F, 0.703125F, 1.05273438F})}) == "");
}

TEST_CASE("RoiAlign: max, output_half_pixel") {
  CHECK(
      check_op({.name = "RoiAlign",
                .attributes = {attr("mode", "max"),
                               attr("coordinate_transformation_mode", "output_half_pixel"),
                               attr("output_height", 2), attr("output_width", 2),
                               attr("sampling_ratio", 0), attr("spatial_scale", 0.5F)},
                .inputs = {floats({1, 1, 5, 5},
                                  {0.0F,  -0.25F, 1.75F, -1.0F, 0.5F,   0.25F, 1.5F,  -1.25F, 1.75F,
                                   1.5F,  -0.25F, 1.5F,  0.75F, -0.75F, 1.5F,  -2.0F, -1.5F,  1.75F,
                                   1.25F, -0.75F, 2.0F,  0.75F, -1.0F,  1.5F,  2.0F}),
                           floats({1, 4}, {1.0F, 2.0F, 7.0F, 9.0F}), ints({1}, {0})},
                .rtol = 1e-4,
                .atol = 1e-5},
               {floats({1, 1, 2, 2}, {0.90234375F, 0.861328125F, 0.888671875F, 1.3125F})}) == "");
}

TEST_CASE("RoiAlign: indices are checked") {
  CHECK(run_error(
            {.name = "RoiAlign",
             .inputs = {floats({1, 1, 5, 5},
                               {0.0F,  -0.25F, 1.75F, -1.0F, 0.5F,   0.25F, 1.5F,  -1.25F, 1.75F,
                                1.5F,  -0.25F, 1.5F,  0.75F, -0.75F, 1.5F,  -2.0F, -1.5F,  1.75F,
                                1.25F, -0.75F, 2.0F,  0.75F, -1.0F,  1.5F,  2.0F}),
                        floats({1, 4}, {0.0F, 0.0F, 1.0F, 1.0F}), ints({1}, {1})}}) ==
        "E-DATA-INDEX");
  CHECK(run_error(
            {.name = "RoiAlign",
             .inputs = {floats({1, 1, 5, 5},
                               {0.0F,  -0.25F, 1.75F, -1.0F, 0.5F,   0.25F, 1.5F,  -1.25F, 1.75F,
                                1.5F,  -0.25F, 1.5F,  0.75F, -0.75F, 1.5F,  -2.0F, -1.5F,  1.75F,
                                1.25F, -0.75F, 2.0F,  0.75F, -1.0F,  1.5F,  2.0F}),
                        floats({1, 4}, {0.0F, 0.0F, 1.0F, 1.0F}), ints({1}, {-1})}}) ==
        "E-DATA-INDEX");
  CHECK(load_error(
            {.name = "RoiAlign",
             .inputs = {floats({1, 1, 5, 5},
                               {0.0F,  -0.25F, 1.75F, -1.0F, 0.5F,   0.25F, 1.5F,  -1.25F, 1.75F,
                                1.5F,  -0.25F, 1.5F,  0.75F, -0.75F, 1.5F,  -2.0F, -1.5F,  1.75F,
                                1.25F, -0.75F, 2.0F,  0.75F, -1.0F,  1.5F,  2.0F}),
                        floats({1, 3}, {0.0F, 0.0F, 1.0F}), ints({1}, {0})}}) == "E-MODEL-SHAPE");
  CHECK(load_error(
            {.name = "RoiAlign",
             .attributes = {attr("output_height", 0)},
             .inputs = {floats({1, 1, 5, 5},
                               {0.0F,  -0.25F, 1.75F, -1.0F, 0.5F,   0.25F, 1.5F,  -1.25F, 1.75F,
                                1.5F,  -0.25F, 1.5F,  0.75F, -0.75F, 1.5F,  -2.0F, -1.5F,  1.75F,
                                1.25F, -0.75F, 2.0F,  0.75F, -1.0F,  1.5F,  2.0F}),
                        floats({1, 4}, {0.0F, 0.0F, 1.0F, 1.0F}), ints({1}, {0})}}) ==
        "E-MODEL-ATTR");
}
