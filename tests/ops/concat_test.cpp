#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Concat") {
  CHECK(check_op(OpCase{.name = "Concat",
                        .attributes = {{"axis", std::int64_t{1}}},
                        .inputs = {floats({2, 3}, {-3.06F, -0.96F, -1.96F, -1.62F, 2.12F, -1.62F}),
                                   floats({2, 1}, {-0.07F, 1.77F})}},
                 {floats({2, 4},
                         {-3.06F, -0.96F, -1.96F, -0.07F, -1.62F, 2.12F, -1.62F, 1.77F})}) == "");
  CHECK(check_op(OpCase{.name = "Concat",
                        .attributes = {{"axis", std::int64_t{-2}}},
                        .inputs = {floats({2, 3}, {-1.17F, -0.22F, 0.22F, 0.13F, -2.45F, 0.15F}),
                                   floats({1, 3}, {2.72F, -3.09F, 1.72F}), floats({0, 3}, {})}},
                 {floats({3, 3}, {-1.17F, -0.22F, 0.22F, 0.13F, -2.45F, 0.15F, 2.72F, -3.09F,
                                  1.72F})}) == "");
  CHECK(check_op(OpCase{.name = "Concat",
                        .attributes = {{"axis", std::int64_t{0}}},
                        .inputs = {ints({1}, {3}), ints({2}, {4, -5})}},
                 {ints({3}, {3, 4, -5})}) == "");
  CHECK(check_op(OpCase{.name = "Concat",
                        .attributes = {{"axis", std::int64_t{0}}},
                        .inputs = {strings({1}, {"a"}), strings({1}, {"b"})}},
                 {strings({2}, {"a", "b"})}) == "");
  CHECK(check_op(OpCase{.name = "Concat",
                        .attributes = {{"axis", std::int64_t{0}}},
                        .inputs = {floats({2, 3}, {0.24F, -1.28F, 4.0F, 1.52F, -2.4F, 0.15F})}},
                 {floats({2, 3}, {0.24F, -1.28F, 4.0F, 1.52F, -2.4F, 0.15F})}) == "");
}

TEST_CASE("Concat refuses what does not fit") {
  CHECK(load_error(OpCase{.name = "Concat",
                          .attributes = {{"axis", std::int64_t{1}}},
                          .inputs = {floats({2, 3}, {1.15F, -0.38F, 1.37F, -0.13F, 1.33F, 2.88F}),
                                     floats({3, 3}, {-1.35F, 0.41F, -0.93F, 0.25F, -2.37F, -1.16F,
                                                     -0.39F, 1.8F, 2.29F})}}) == "E-MODEL-SHAPE");
  CHECK(run_error(OpCase{.name = "Concat",
                         .attributes = {{"axis", std::int64_t{1}}},
                         .inputs = {floats({2, 3}, {-2.65F, -1.59F, 1.29F, -3.98F, -0.93F, -0.19F}),
                                    floats({3, 3}, {2.51F, 1.38F, -0.65F, -0.74F, -0.5F, 3.05F,
                                                    -0.86F, -0.61F, 0.71F})}}) == "E-DATA-SHAPE");
  CHECK(load_error(
            OpCase{.name = "Concat",
                   .inputs = {floats({2, 3}, {-0.24F, -0.39F, -2.23F, -0.02F, -0.89F, 2.33F}),
                              floats({2, 3}, {1.31F, -0.05F, 1.34F, -0.68F, 2.1F, -0.01F})}}) ==
        "E-MODEL-ATTR");
  CHECK(load_error(OpCase{.name = "Concat",
                          .attributes = {{"axis", std::int64_t{2}}},
                          .inputs = {floats({2, 3}, {1.17F, -2.58F, 0.69F, -3.38F, -4.07F, -0.61F}),
                                     floats({2, 3}, {-1.8F, 0.33F, 4.49F, -1.66F, -1.25F,
                                                     0.41F})}}) == "E-MODEL-ATTR");
  CHECK(load_error(OpCase{.name = "Concat",
                          .attributes = {{"axis", std::int64_t{0}}},
                          .inputs = {floats({2, 3}, {0.99F, -0.35F, -0.41F, 1.4F, 1.04F, -2.07F}),
                                     ints({2, 3}, {0, 1, 2, 3, 4, 5})}}) == "E-MODEL-DTYPE");
  CHECK(run_error(OpCase{.name = "Concat",
                         .attributes = {{"axis", std::int64_t{0}}},
                         .inputs = {floats({2, 3}, {-0.16F, 0.07F, -2.11F, 0.52F, -1.72F, 1.94F}),
                                    ints({2, 3}, {0, 1, 2, 3, 4, 5})}}) == "E-DATA-SHAPE");
}
