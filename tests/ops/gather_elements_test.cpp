#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("GatherElements") {
  CHECK(check_op(OpCase{.name = "GatherElements",
                        .attributes = {{"axis", std::int64_t{1}}},
                        .inputs = {floats({2, 2}, {1.0F, 2.0F, 3.0F, 4.0F}),
                                   ints({2, 2}, {0, 0, 1, 0})}},
                 {floats({2, 2}, {1.0F, 1.0F, 4.0F, 3.0F})}) == "");
  CHECK(check_op(OpCase{.name = "GatherElements",
                        .inputs = {floats({3, 4}, {1.01F, -0.12F, 0.81F, -1.98F, -1.32F, -2.0F,
                                                   -1.77F, 0.39F, -1.57F, 0.71F, 0.68F, 4.05F}),
                                   ints({2, 3}, {1, -1, 0, 2, 0, 0})}},
                 {floats({2, 3}, {-1.32F, 0.71F, 0.81F, -1.57F, -0.12F, 0.81F})}) == "");
}

TEST_CASE("GatherElements refuses bad indices") {
  CHECK(run_error(OpCase{.name = "GatherElements",
                         .inputs = {floats({3, 4}, {1.01F, -0.12F, 0.81F, -1.98F, -1.32F, -2.0F,
                                                    -1.77F, 0.39F, -1.57F, 0.71F, 0.68F, 4.05F}),
                                    ints({1, 1}, {3})}}) == "E-DATA-INDEX");
  CHECK(run_error(OpCase{.name = "GatherElements",
                         .inputs = {floats({3, 4}, {1.01F, -0.12F, 0.81F, -1.98F, -1.32F, -2.0F,
                                                    -1.77F, 0.39F, -1.57F, 0.71F, 0.68F, 4.05F}),
                                    ints({1, 5}, {0, 0, 0, 0, 0})}}) == "E-DATA-SHAPE");
  CHECK(load_error(OpCase{.name = "GatherElements",
                          .inputs = {floats({3, 4}, {1.01F, -0.12F, 0.81F, -1.98F, -1.32F, -2.0F,
                                                     -1.77F, 0.39F, -1.57F, 0.71F, 0.68F, 4.05F}),
                                     ints({1}, {0})}}) == "E-MODEL-SHAPE");
}
