#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("LayerNormalization: last axis, all outputs") {
  CHECK(check_op(
            {.name = "LayerNormalization",
             .attributes = {attr("epsilon", 0.01F)},
             .inputs = {floats({2, 4}, {1.75F, 2.0F, -1.75F, 1.0F, -1.75F, 1.25F, -0.75F, -2.0F}),
                        floats({4}, {1.75F, 1.75F, -2.0F, -0.5F}),
                        floats({4}, {1.75F, -0.75F, 0.5F, 1.5F})},
             .outputs = 3,
             .rtol = 1e-5,
             .atol = 1e-6},
            {floats({2, 4}, {2.92221522F, 0.715269089F, 3.84918642F, 1.41627038F, 0.471503258F,
                             2.06269264F, 0.402590722F, 1.96269405F}),
             floats({2, 1}, {0.75F, -0.8125F}), floats({2, 1}, {0.669837296F, 0.779274166F})}) ==
        "");
}

TEST_CASE("LayerNormalization: two axes without bias") {
  CHECK(check_op({.name = "LayerNormalization",
                  .attributes = {attr("axis", 1), attr("epsilon", 0.01F)},
                  .inputs = {floats({2, 2, 3}, {-1.75F, 0.0F, 0.25F, 1.75F, -0.25F, 1.5F, 0.25F,
                                                -0.25F, 1.0F, 1.5F, 0.75F, 0.5F}),
                             floats({2, 3}, {2.0F, 0.5F, -1.5F, 1.75F, 1.25F, -0.5F})},
                  .rtol = 1e-5,
                  .atol = 1e-6},
                 {floats({2, 2, 3}, {-3.42472959F, -0.1070228F, -0.0F, 2.24747896F, -0.53511399F,
                                     -0.53511399F, -1.33147168F, -0.776691854F, -0.998603761F,
                                     2.71842146F, 0.277389944F, 0.110955976F})}) == "");
}

TEST_CASE("LayerNormalization: axis and scale must fit") {
  CHECK(load_error(
            {.name = "LayerNormalization",
             .attributes = {attr("axis", 2)},
             .inputs = {floats({2, 4}, {-0.5F, 0.75F, 1.25F, 0.75F, 1.75F, -1.75F, 2.0F, 0.0F}),
                        floats({4}, {-1.0F, -1.25F, -0.25F, -0.75F})}}) == "E-MODEL-ATTR");
  CHECK(
      load_error({.name = "LayerNormalization",
                  .attributes = {attr("axis", std::int64_t{-9223372036854775808})},
                  .inputs = {floats({2, 4}, {2.0F, 0.0F, 2.0F, 0.75F, -0.5F, -0.5F, 1.75F, 0.75F}),
                             floats({4}, {-0.5F, 1.0F, -0.5F, -1.25F})}}) == "E-MODEL-ATTR");
  CHECK(load_error(
            {.name = "LayerNormalization",
             .inputs = {floats({2, 4}, {1.0F, -1.75F, 0.0F, -0.5F, -0.25F, -1.25F, -0.5F, -1.5F}),
                        floats({3}, {-0.25F, 1.0F, -1.5F})}}) == "E-MODEL-SHAPE");
  CHECK(run_error(
            {.name = "LayerNormalization",
             .inputs = {floats({2, 4}, {-1.5F, -1.75F, 1.5F, 1.0F, -2.0F, 0.25F, -0.25F, 0.75F}),
                        floats({3}, {-0.5F, 1.25F, 0.0F})}}) == "E-MODEL-SHAPE");
  CHECK(load_error(
            {.name = "LayerNormalization",
             .attributes = {attr("stash_type", 10)},
             .inputs = {floats({2, 4}, {-1.25F, 0.0F, -1.25F, 0.0F, -1.0F, -0.25F, -0.75F, 0.0F}),
                        floats({4}, {1.0F, 0.75F, -0.5F, 0.0F})}}) == "E-MODEL-ATTR");
}
