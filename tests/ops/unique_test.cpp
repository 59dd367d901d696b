#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Unique") {
  CHECK(check_op(OpCase{.name = "Unique",
                        .inputs = {floats({6}, {2.0F, 1.0F, 1.0F, 3.0F, 4.0F, 3.0F})},
                        .outputs = 4},
                 {floats({4}, {1.0F, 2.0F, 3.0F, 4.0F}), ints({4}, {1, 0, 3, 4}),
                  ints({6}, {1, 0, 0, 2, 3, 2}), ints({4}, {2, 1, 2, 1})}) == "");
  CHECK(check_op(OpCase{.name = "Unique",
                        .attributes = {{"sorted", std::int64_t{0}}},
                        .inputs = {floats({6}, {2.0F, 1.0F, 1.0F, 3.0F, 4.0F, 3.0F})},
                        .outputs = 4},
                 {floats({4}, {2.0F, 1.0F, 3.0F, 4.0F}), ints({4}, {0, 1, 3, 4}),
                  ints({6}, {0, 1, 1, 2, 3, 2}), ints({4}, {1, 2, 2, 1})}) == "");
  CHECK(check_op(OpCase{.name = "Unique",
                        .attributes = {{"axis", std::int64_t{0}}},
                        .inputs = {floats({3, 3},
                                          {1.0F, 0.0F, 0.0F, 1.0F, 0.0F, 0.0F, 2.0F, 3.0F, 4.0F})},
                        .outputs = 4},
                 {floats({2, 3}, {1.0F, 0.0F, 0.0F, 2.0F, 3.0F, 4.0F}), ints({2}, {0, 2}),
                  ints({3}, {0, 0, 1}), ints({2}, {2, 1})}) == "");
  CHECK(
      check_op(OpCase{.name = "Unique",
                      .attributes = {{"axis", std::int64_t{1}}},
                      .inputs = {floats({2, 4}, {1.0F, 2.0F, 1.0F, 0.0F, 3.0F, 4.0F, 3.0F, 0.0F})},
                      .outputs = 4},
               {floats({2, 3}, {0.0F, 1.0F, 2.0F, 0.0F, 3.0F, 4.0F}), ints({3}, {3, 0, 1}),
                ints({4}, {1, 2, 1, 0}), ints({3}, {1, 2, 1})}) == "");
  CHECK(check_op(OpCase{.name = "Unique", .inputs = {strings({3}, {"b", "a", "b"})}, .outputs = 4},
                 {strings({2}, {"a", "b"}), ints({2}, {1, 0}), ints({3}, {1, 0, 1}),
                  ints({2}, {1, 2})}) == "");
  CHECK(check_op(OpCase{.name = "Unique", .inputs = {floats({0}, {})}, .outputs = 4},
                 {floats({0}, {}), ints({0}, {}), ints({0}, {}), ints({0}, {})}) == "");
}
