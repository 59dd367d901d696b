#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("RMSNormalization: last axis") {
  CHECK(check_op(
            {.name = "RMSNormalization",
             .attributes = {attr("epsilon", 0.01F)},
             .inputs = {floats({2, 4}, {-0.75F, -0.75F, 0.5F, 1.25F, -1.25F, -1.0F, -1.75F, 2.0F}),
                        floats({4}, {0.75F, -1.5F, 1.0F, -0.75F})},
             .rtol = 1e-5},
            {floats({2, 4}, {-0.651968598F, 1.3039372F, 0.579527617F, -1.08661425F, -0.60311532F,
                             0.964984536F, -1.12581527F, -0.964984536F})}) == "");
}

TEST_CASE("RMSNormalization: two axes") {
  CHECK(check_op({.name = "RMSNormalization",
                  .attributes = {attr("axis", -2)},
                  .inputs = {floats({2, 2, 3}, {-0.75F, 0.0F, 0.5F, 0.75F, -2.0F, 1.0F, -0.5F,
                                                1.75F, 0.25F, 1.75F, -1.0F, 0.75F}),
                             floats({2, 3}, {-0.75F, 1.5F, 0.5F, 1.0F, 0.5F, 1.0F})},
                  .rtol = 1e-5},
                 {floats({2, 2, 3}, {0.545702577F, 0.0F, 0.242534474F, 0.727603436F, -0.970137894F,
                                     0.970137894F, 0.324758291F, 2.27330804F, 0.108252764F,
                                     1.51553869F, -0.433011055F, 0.649516582F})}) == "");
}

TEST_CASE("RMSNormalization: scale must fit") {
  CHECK(load_error(
            {.name = "RMSNormalization",
             .inputs = {floats({2, 4}, {-1.5F, -1.25F, 1.0F, -1.25F, -1.75F, 0.25F, 2.0F, -0.75F}),
                        floats({3}, {-1.25F, 1.0F, -1.0F})}}) == "E-MODEL-SHAPE");
}
