#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Split into equal and given pieces") {
  CHECK(check_op(OpCase{.name = "Split",
                        .attributes = {{"axis", std::int64_t{1}}, {"num_outputs", std::int64_t{3}}},
                        .inputs = {floats({2, 6}, {0.39F, 0.18F, -1.18F, -0.24F, -4.0F, -2.26F,
                                                   0.73F, -4.26F, 1.69F, -3.49F, 1.51F, -1.69F})},
                        .outputs = 3},
                 {floats({2, 2}, {0.39F, 0.18F, 0.73F, -4.26F}),
                  floats({2, 2}, {-1.18F, -0.24F, 1.69F, -3.49F}),
                  floats({2, 2}, {-4.0F, -2.26F, 1.51F, -1.69F})}) == "");
  CHECK(
      check_op(OpCase{.name = "Split",
                      .attributes = {{"num_outputs", std::int64_t{3}}},
                      .inputs = {floats({7}, {1.56F, 0.26F, -3.07F, 2.5F, 2.88F, -0.13F, -0.55F})},
                      .outputs = 3},
               {floats({3}, {1.56F, 0.26F, -3.07F}), floats({3}, {2.5F, 2.88F, -0.13F}),
                floats({1}, {-0.55F})}) == "");
  CHECK(check_op(OpCase{.name = "Split",
                        .attributes = {{"axis", std::int64_t{-1}}},
                        .inputs = {floats({2, 6}, {-0.32F, -1.95F, 2.2F, -1.09F, -0.1F, -1.59F,
                                                   -1.25F, -2.56F, 2.51F, -0.31F, 1.93F, 0.03F}),
                                   ints({2}, {2, 4})},
                        .outputs = 2},
                 {floats({2, 2}, {-0.32F, -1.95F, -1.25F, -2.56F}),
                  floats({2, 4}, {2.2F, -1.09F, -0.1F, -1.59F, 2.51F, -0.31F, 1.93F, 0.03F})}) ==
        "");
  CHECK(check_op(OpCase{.name = "Split",
                        .inputs = {floats({4, 2}, {-1.39F, -0.65F, -1.12F, 0.02F, -0.75F, -0.6F,
                                                   -2.76F, -1.61F})},
                        .outputs = 2},
                 {floats({2, 2}, {-1.39F, -0.65F, -1.12F, 0.02F}),
                  floats({2, 2}, {-0.75F, -0.6F, -2.76F, -1.61F})}) == "");
  CHECK(check_op(OpCase{.name = "Split",
                        .inputs = {floats({3}, {3.31F, -1.34F, -2.11F}), ints({2}, {3, 0})},
                        .outputs = 2},
                 {floats({3}, {3.31F, -1.34F, -2.11F}), floats({0}, {})}) == "");
}

TEST_CASE("Split refuses what does not fit") {
  CHECK(load_error(OpCase{.name = "Split",
                          .inputs = {floats({6}, {0.67F, 2.81F, -2.91F, -0.42F, -1.26F, -3.52F}),
                                     ints({2}, {2, 2})},
                          .outputs = 2}) == "E-MODEL-SHAPE");
  CHECK(run_error(OpCase{.name = "Split",
                         .inputs = {floats({6}, {1.47F, -0.05F, 0.14F, -1.5F, 0.91F, -1.08F}),
                                    ints({2}, {2, 2})},
                         .outputs = 2}) == "E-DATA-SHAPE");
  CHECK(load_error(OpCase{.name = "Split",
                          .inputs = {floats({6}, {-0.29F, -2.22F, -2.43F, 2.67F, -1.01F, 0.58F}),
                                     ints({2}, {-2, 8})},
                          .outputs = 2}) == "E-MODEL-SHAPE");
  CHECK(run_error(OpCase{.name = "Split",
                         .inputs = {floats({6}, {-0.07F, -0.88F, -1.02F, 1.26F, -0.6F, -0.3F}),
                                    ints({2}, {-2, 8})},
                         .outputs = 2}) == "E-DATA-SHAPE");
  CHECK(load_error(OpCase{.name = "Split",
                          .attributes = {{"num_outputs", std::int64_t{3}}},
                          .inputs = {floats({6}, {0.04F, 2.35F, 1.36F, 0.77F, -1.13F, -2.76F})},
                          .outputs = 2}) == "E-MODEL-ATTR");
  CHECK(load_error(OpCase{.name = "Split",
                          .attributes = {{"num_outputs", std::int64_t{0}}},
                          .inputs = {floats({6}, {1.9F, 1.93F, -0.28F, 1.08F, 1.56F, 1.66F})}}) ==
        "E-MODEL-ATTR");
  CHECK(load_error(OpCase{.name = "Split",
                          .attributes = {{"axis", std::int64_t{1}}},
                          .inputs = {floats({6}, {1.84F, -0.91F, 3.03F, -2.49F, 1.72F, 0.99F})}}) ==
        "E-MODEL-ATTR");
}
