#include <catch2/catch.hpp>
#include <limits>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Gather") {
  CHECK(check_op(OpCase{.name = "Gather",
                        .inputs = {floats({3, 4}, {1.01F, -0.12F, 0.81F, -1.98F, -1.32F, -2.0F,
                                                   -1.77F, 0.39F, -1.57F, 0.71F, 0.68F, 4.05F}),
                                   ints({2}, {0, 2})}},
                 {floats({2, 4}, {1.01F, -0.12F, 0.81F, -1.98F, -1.57F, 0.71F, 0.68F, 4.05F})}) ==
        "");
  CHECK(check_op(OpCase{.name = "Gather",
                        .attributes = {{"axis", std::int64_t{1}}},
                        .inputs = {floats({3, 4}, {1.01F, -0.12F, 0.81F, -1.98F, -1.32F, -2.0F,
                                                   -1.77F, 0.39F, -1.57F, 0.71F, 0.68F, 4.05F}),
                                   ints({2, 2}, {0, -1, 1, 1})}},
                 {floats({3, 2, 2}, {1.01F, -1.98F, -0.12F, -0.12F, -1.32F, 0.39F, -2.0F, -2.0F,
                                     -1.57F, 4.05F, 0.71F, 0.71F})}) == "");
  CHECK(check_op(OpCase{.name = "Gather",
                        .attributes = {{"axis", std::int64_t{-2}}},
                        .inputs = {floats({3, 4}, {1.01F, -0.12F, 0.81F, -1.98F, -1.32F, -2.0F,
                                                   -1.77F, 0.39F, -1.57F, 0.71F, 0.68F, 4.05F}),
                                   ints({}, {-1})}},
                 {floats({4}, {-1.57F, 0.71F, 0.68F, 4.05F})}) == "");
  CHECK(check_op(OpCase{.name = "Gather",
                        .attributes = {{"axis", std::int64_t{1}}},
                        .inputs = {floats({3, 4}, {1.01F, -0.12F, 0.81F, -1.98F, -1.32F, -2.0F,
                                                   -1.77F, 0.39F, -1.57F, 0.71F, 0.68F, 4.05F}),
                                   numbers(DType::int32, {1}, {2.0})}},
                 {floats({3, 1}, {0.81F, -1.77F, 0.68F})}) == "");
  CHECK(check_op(OpCase{.name = "Gather", .inputs = {strings({2}, {"a", "b"}), ints({1}, {1})}},
                 {strings({1}, {"b"})}) == "");
  CHECK(check_op(OpCase{.name = "Gather",
                        .inputs = {floats({3, 4}, {1.01F, -0.12F, 0.81F, -1.98F, -1.32F, -2.0F,
                                                   -1.77F, 0.39F, -1.57F, 0.71F, 0.68F, 4.05F}),
                                   ints({0}, {})}},
                 {floats({0, 4}, {})}) == "");
}

TEST_CASE("Gather refuses bad indices") {
  CHECK(load_error(OpCase{.name = "Gather",
                          .inputs = {floats({3, 4}, {1.01F, -0.12F, 0.81F, -1.98F, -1.32F, -2.0F,
                                                     -1.77F, 0.39F, -1.57F, 0.71F, 0.68F, 4.05F}),
                                     ints({1}, {3})}}) == "E-MODEL-SHAPE");
  CHECK(run_error(OpCase{.name = "Gather",
                         .inputs = {floats({3, 4}, {1.01F, -0.12F, 0.81F, -1.98F, -1.32F, -2.0F,
                                                    -1.77F, 0.39F, -1.57F, 0.71F, 0.68F, 4.05F}),
                                    ints({1}, {3})}}) == "E-DATA-INDEX");
  CHECK(run_error(OpCase{.name = "Gather",
                         .inputs = {floats({3, 4}, {1.01F, -0.12F, 0.81F, -1.98F, -1.32F, -2.0F,
                                                    -1.77F, 0.39F, -1.57F, 0.71F, 0.68F, 4.05F}),
                                    ints({1}, {-4})}}) == "E-DATA-INDEX");
  CHECK(run_error(OpCase{.name = "Gather",
                         .inputs = {floats({3, 4}, {1.01F, -0.12F, 0.81F, -1.98F, -1.32F, -2.0F,
                                                    -1.77F, 0.39F, -1.57F, 0.71F, 0.68F, 4.05F}),
                                    ints({1}, {std::numeric_limits<std::int64_t>::min()})}}) ==
        "E-DATA-INDEX");
  CHECK(load_error(OpCase{.name = "Gather",
                          .attributes = {{"axis", std::int64_t{2}}},
                          .inputs = {floats({3, 4}, {1.01F, -0.12F, 0.81F, -1.98F, -1.32F, -2.0F,
                                                     -1.77F, 0.39F, -1.57F, 0.71F, 0.68F, 4.05F}),
                                     ints({1}, {0})}}) == "E-MODEL-ATTR");
  CHECK(load_error(OpCase{.name = "Gather",
                          .inputs = {floats({3, 4}, {1.01F, -0.12F, 0.81F, -1.98F, -1.32F, -2.0F,
                                                     -1.77F, 0.39F, -1.57F, 0.71F, 0.68F, 4.05F}),
                                     floats({1}, {1.0F})}}) == "E-MODEL-DTYPE");
  CHECK(run_error(OpCase{.name = "Gather",
                         .inputs = {floats({3, 4}, {1.01F, -0.12F, 0.81F, -1.98F, -1.32F, -2.0F,
                                                    -1.77F, 0.39F, -1.57F, 0.71F, 0.68F, 4.05F}),
                                    floats({1}, {1.0F})}}) == "E-UNSUPPORTED-DTYPE");
}
