#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Compress") {
  CHECK(check_op(OpCase{.name = "Compress",
                        .attributes = {{"axis", std::int64_t{0}}},
                        .inputs = {floats({3, 2}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}),
                                   bools({3}, {false, true, true})}},
                 {floats({2, 2}, {3.0F, 4.0F, 5.0F, 6.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Compress",
                        .attributes = {{"axis", std::int64_t{-1}}},
                        .inputs = {floats({3, 2}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}),
                                   bools({2}, {false, true})}},
                 {floats({3, 1}, {2.0F, 4.0F, 6.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Compress",
                        .inputs = {floats({3, 2}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}),
                                   bools({5}, {false, true, false, false, true})}},
                 {floats({2}, {2.0F, 5.0F})}) == "");
  CHECK(
      check_op(OpCase{.name = "Compress",
                      .inputs = {floats({2}, {1.0F, 2.0F}), bools({4}, {true, false, true, true})}},
               {floats({1}, {1.0F})}) == "");
  CHECK(load_error(
            OpCase{.name = "Compress", .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F})}}) ==
        "E-MODEL-DTYPE");
}
