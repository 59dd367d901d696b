#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("GroupNormalization: scale and bias per channel") {
  CHECK(check_op(
            {.name = "GroupNormalization",
             .attributes = {attr("num_groups", 2), attr("epsilon", 0.01F)},
             .inputs = {floats({2, 4, 2}, {-1.0F, -0.25F, -1.5F, 2.0F, -0.25F, -0.75F, 0.5F, 1.25F,
                                           1.75F, 0.75F, -1.5F, -0.25F, 1.0F, 1.5F, 0.0F, 1.5F}),
                        floats({4}, {-1.5F, -0.75F, 2.0F, -1.25F}),
                        floats({4}, {0.75F, -1.25F, -1.5F, -1.5F})}},
            {floats({2, 4, 2}, {1.6576544F, 0.81981957F, -0.516894519F, -2.47184253F, -2.64477539F,
                                -3.95309019F, -2.01106048F, -3.23760557F, -1.19022048F,
                                0.051520627F, -0.202280939F, -0.978369117F, -1.5F, 0.11164593F,
                                0.514557421F, -2.50727868F})}) == "");
}

TEST_CASE("GroupNormalization: groups must divide the channels") {
  CHECK(load_error(
            {.name = "GroupNormalization",
             .attributes = {attr("num_groups", 3)},
             .inputs = {floats({2, 4, 2}, {-1.0F, -0.25F, -1.5F, 2.0F, -0.25F, -0.75F, 0.5F, 1.25F,
                                           1.75F, 0.75F, -1.5F, -0.25F, 1.0F, 1.5F, 0.0F, 1.5F}),
                        floats({4}, {-1.5F, -0.75F, 2.0F, -1.25F}),
                        floats({4}, {0.75F, -1.25F, -1.5F, -1.5F})}}) == "E-MODEL-SHAPE");
  CHECK(run_error(
            {.name = "GroupNormalization",
             .attributes = {attr("num_groups", 3)},
             .inputs = {floats({2, 4, 2}, {-1.0F, -0.25F, -1.5F, 2.0F, -0.25F, -0.75F, 0.5F, 1.25F,
                                           1.75F, 0.75F, -1.5F, -0.25F, 1.0F, 1.5F, 0.0F, 1.5F}),
                        floats({4}, {-1.5F, -0.75F, 2.0F, -1.25F}),
                        floats({4}, {0.75F, -1.25F, -1.5F, -1.5F})}}) == "E-MODEL-SHAPE");
  CHECK(load_error(
            {.name = "GroupNormalization",
             .inputs = {floats({2, 4, 2}, {-1.0F, -0.25F, -1.5F, 2.0F, -0.25F, -0.75F, 0.5F, 1.25F,
                                           1.75F, 0.75F, -1.5F, -0.25F, 1.0F, 1.5F, 0.0F, 1.5F}),
                        floats({4}, {-1.5F, -0.75F, 2.0F, -1.25F}),
                        floats({4}, {0.75F, -1.25F, -1.5F, -1.5F})}}) == "E-MODEL-ATTR");
  CHECK(load_error(
            {.name = "GroupNormalization",
             .attributes = {attr("num_groups", 0)},
             .inputs = {floats({2, 4, 2}, {-1.0F, -0.25F, -1.5F, 2.0F, -0.25F, -0.75F, 0.5F, 1.25F,
                                           1.75F, 0.75F, -1.5F, -0.25F, 1.0F, 1.5F, 0.0F, 1.5F}),
                        floats({4}, {-1.5F, -0.75F, 2.0F, -1.25F}),
                        floats({4}, {0.75F, -1.25F, -1.5F, -1.5F})}}) == "E-MODEL-ATTR");
}
