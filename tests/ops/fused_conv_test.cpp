#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("FusedConv: residual, then relu") {
  CHECK(check_op({.name = "FusedConv",
                  .attributes = {attr("activation", "relu")},
                  .inputs = {floats({1, 2, 3, 3},
                                    {-1.75F, 0.0F, -1.75F, -1.5F, -0.5F, -0.25F, -1.25F, 0.5F, 0.0F,
                                     -1.5F, 1.25F, -1.5F, -0.5F, -1.5F, 2.0F, -1.0F, 1.5F, 2.0F}),
                             floats({2, 2, 2, 2},
                                    {-1.25F, -2.0F, -2.0F, -1.25F, -0.5F, -1.5F, 2.0F, 0.0F, 1.5F,
                                     -2.0F, -1.5F, -0.25F, -1.5F, -1.5F, -2.0F, -1.0F}),
                             floats({2}, {1.0F, 1.25F}),
                             floats({1, 2, 2, 2},
                                    {0.0F, -1.25F, -0.25F, 0.5F, -1.5F, -0.5F, 1.25F, -0.25F})},
                  .domain = "vernier"},
                 {floats({1, 2, 2, 2},
                         {4.6875F, 3.1875F, 6.0F, 2.375F, 2.375F, 6.4375F, 6.5F, 0.0F})}) == "");
}

TEST_CASE("FusedConv: clip without bias") {
  CHECK(check_op({.name = "FusedConv",
                  .attributes = {attr("activation", "clip"), attr("activation_alpha", 0.0F),
                                 attr("activation_beta", 6.0F)},
                  .inputs = {floats({1, 2, 3, 3},
                                    {-1.75F, 0.0F, -1.75F, -1.5F, -0.5F, -0.25F, -1.25F, 0.5F, 0.0F,
                                     -1.5F, 1.25F, -1.5F, -0.5F, -1.5F, 2.0F, -1.0F, 1.5F, 2.0F}),
                             floats({2, 2, 2, 2},
                                    {-1.25F, -2.0F, -2.0F, -1.25F, -0.5F, -1.5F, 2.0F, 0.0F, 1.5F,
                                     -2.0F, -1.5F, -0.25F, -1.5F, -1.5F, -2.0F, -1.0F})},
                  .domain = "vernier"},
                 {floats({1, 2, 2, 2},
                         {3.6875F, 3.4375F, 5.25F, 0.875F, 2.625F, 5.6875F, 4.0F, 0.0F})}) == "");
}

TEST_CASE("FusedConv: silu, residual without bias") {
  CHECK(check_op(
            {.name = "FusedConv",
             .attributes = {attr("activation", "silu")},
             .inputs =
                 {floats({1, 2, 3, 3},
                         {-1.75F, 0.0F, -1.75F, -1.5F, -0.5F, -0.25F, -1.25F, 0.5F, 0.0F, -1.5F,
                          1.25F, -1.5F, -0.5F, -1.5F, 2.0F, -1.0F, 1.5F, 2.0F}),
                  floats({2, 2, 2, 2}, {-1.25F, -2.0F, -2.0F, -1.25F, -0.5F, -1.5F, 2.0F, 0.0F,
                                        1.5F, -2.0F, -1.5F, -0.25F, -1.5F, -1.5F, -2.0F, -1.0F}),
                  Tensor{},
                  floats({1, 2, 2, 2}, {0.0F, -1.25F, -0.25F, 0.5F, -1.5F, -0.5F, 1.25F, -0.25F})},
             .domain = "vernier"},
            {floats({1, 2, 2, 2}, {3.59743977F, 1.96682799F, 4.96653557F, 1.09750676F, 0.849279344F,
                                   5.15868378F, 5.22259426F, -0.00637735846F})}) == "");
}

TEST_CASE("FusedConv: a residual of another shape or an unknown activation is refused") {
  CHECK(load_error({.name = "FusedConv",
                    .inputs = {floats({1, 2, 3, 3}, {-1.75F, 0.0F, -1.75F, -1.5F, -0.5F, -0.25F,
                                                     -1.25F, 0.5F, 0.0F, -1.5F, 1.25F, -1.5F, -0.5F,
                                                     -1.5F, 2.0F, -1.0F, 1.5F, 2.0F}),
                               floats({2, 2, 2, 2},
                                      {-1.25F, -2.0F, -2.0F, -1.25F, -0.5F, -1.5F, 2.0F, 0.0F, 1.5F,
                                       -2.0F, -1.5F, -0.25F, -1.5F, -1.5F, -2.0F, -1.0F}),
                               floats({2}, {1.0F, 1.25F}),
                               floats({1, 2, 1, 2}, {0.0F, 1.25F, 0.75F, -1.5F})},
                    .domain = "vernier"}) == "E-MODEL-SHAPE");
  CHECK(run_error({.name = "FusedConv",
                   .inputs = {floats({1, 2, 3, 3}, {-1.75F, 0.0F, -1.75F, -1.5F, -0.5F, -0.25F,
                                                    -1.25F, 0.5F, 0.0F, -1.5F, 1.25F, -1.5F, -0.5F,
                                                    -1.5F, 2.0F, -1.0F, 1.5F, 2.0F}),
                              floats({2, 2, 2, 2},
                                     {-1.25F, -2.0F, -2.0F, -1.25F, -0.5F, -1.5F, 2.0F, 0.0F, 1.5F,
                                      -2.0F, -1.5F, -0.25F, -1.5F, -1.5F, -2.0F, -1.0F}),
                              floats({2}, {1.0F, 1.25F}),
                              floats({1, 2, 1, 2}, {0.5F, 1.75F, -1.25F, 1.75F})},
                   .domain = "vernier"}) == "E-MODEL-SHAPE");
  CHECK(load_error({.name = "FusedConv",
                    .attributes = {attr("activation", "maximal")},
                    .inputs = {floats({1, 2, 3, 3}, {-1.75F, 0.0F, -1.75F, -1.5F, -0.5F, -0.25F,
                                                     -1.25F, 0.5F, 0.0F, -1.5F, 1.25F, -1.5F, -0.5F,
                                                     -1.5F, 2.0F, -1.0F, 1.5F, 2.0F}),
                               floats({2, 2, 2, 2},
                                      {-1.25F, -2.0F, -2.0F, -1.25F, -0.5F, -1.5F, 2.0F, 0.0F, 1.5F,
                                       -2.0F, -1.5F, -0.25F, -1.5F, -1.5F, -2.0F, -1.0F})},
                    .domain = "vernier"}) == "E-MODEL-ATTR");
}
