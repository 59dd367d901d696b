#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("STFT: windowed frames") {
  CHECK(check_op({.name = "STFT",
                  .inputs = {floats({1, 6, 1}, {-0.5F, -0.5F, 1.0F, -2.0F, -0.5F, 0.75F}),
                             ints({}, {2}), floats({4}, {1.0F, 1.5F, 1.75F, 1.75F})},
                  .rtol = 1e-5,
                  .atol = 1e-5},
                 {floats({1, 2, 3, 2}, {-3.0F, 0.0F, -2.25F, -2.75F, 5.5F, 0.0F, -1.5625F, 0.0F,
                                        1.875F, 4.3125F, 1.8125F, 0.0F})}) == "");
}

TEST_CASE("STFT: all bins without a window") {
  CHECK(check_op({.name = "STFT",
                  .attributes = {attr("onesided", 0)},
                  .inputs = {floats({1, 6, 1}, {-0.5F, -0.5F, 1.0F, -2.0F, -0.5F, 0.75F}),
                             ints({}, {1}), Tensor{}, ints({}, {3})},
                  .rtol = 1e-5,
                  .atol = 1e-5},
                 {floats({1, 4, 3, 2},
                         {0.0F,   0.0F, -0.75F,  1.29903805F,  -0.75F,  -1.29903805F,
                          -1.5F,  0.0F, 0.0F,    -2.59807611F, 0.0F,    2.59807611F,
                          -1.5F,  0.0F, 2.25F,   1.29903805F,  2.25F,   -1.29903805F,
                          -1.75F, 0.0F, -2.125F, 1.08253181F,  -2.125F, -1.08253181F})}) == "");
}

TEST_CASE("STFT: frames must fit") {
  CHECK(run_error({.name = "STFT",
                   .inputs = {floats({1, 6, 1}, {-0.5F, -0.5F, 1.0F, -2.0F, -0.5F, 0.75F}),
                              ints({}, {0}), floats({4}, {1.0F, 1.5F, 1.75F, 1.75F})}}) ==
        "E-DATA-INVALID");
  CHECK(run_error({.name = "STFT",
                   .inputs = {floats({1, 6, 1}, {-0.5F, -0.5F, 1.0F, -2.0F, -0.5F, 0.75F}),
                              ints({}, {1}), Tensor{}, ints({}, {7})}}) == "E-DATA-INVALID");
  CHECK(run_error({.name = "STFT",
                   .inputs = {floats({1, 6, 1}, {-0.5F, -0.5F, 1.0F, -2.0F, -0.5F, 0.75F}),
                              ints({}, {1}), floats({4}, {1.0F, 1.5F, 1.75F, 1.75F}),
                              ints({}, {3})}}) == "E-MODEL-SHAPE");
}
