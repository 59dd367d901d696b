#include <catch2/catch.hpp>
#include <limits>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Trilu") {
  CHECK(check_op(OpCase{.name = "Trilu",
                        .inputs = {floats({3, 4}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F, 8.0F,
                                                   9.0F, 10.0F, 11.0F, 12.0F})}},
                 {floats({3, 4}, {1.0F, 2.0F, 3.0F, 4.0F, 0.0F, 6.0F, 7.0F, 8.0F, 0.0F, 0.0F, 11.0F,
                                  12.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Trilu",
                        .inputs = {floats({3, 4}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F, 8.0F,
                                                   9.0F, 10.0F, 11.0F, 12.0F}),
                                   ints({}, {1})}},
                 {floats({3, 4}, {0.0F, 2.0F, 3.0F, 4.0F, 0.0F, 0.0F, 7.0F, 8.0F, 0.0F, 0.0F, 0.0F,
                                  12.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Trilu",
                        .inputs = {floats({3, 4}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F, 8.0F,
                                                   9.0F, 10.0F, 11.0F, 12.0F}),
                                   ints({}, {-1})}},
                 {floats({3, 4}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F, 8.0F, 0.0F, 10.0F,
                                  11.0F, 12.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Trilu",
                        .inputs = {floats({3, 4}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F, 8.0F,
                                                   9.0F, 10.0F, 11.0F, 12.0F}),
                                   ints({}, {9})}},
                 {floats({3, 4}, {0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F,
                                  0.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Trilu",
                        .inputs = {floats({3, 4}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F, 8.0F,
                                                   9.0F, 10.0F, 11.0F, 12.0F}),
                                   ints({}, {-9})}},
                 {floats({3, 4}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F, 8.0F, 9.0F, 10.0F,
                                  11.0F, 12.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Trilu",
                        .attributes = {{"upper", std::int64_t{0}}},
                        .inputs = {floats({3, 4}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F, 8.0F,
                                                   9.0F, 10.0F, 11.0F, 12.0F})}},
                 {floats({3, 4}, {1.0F, 0.0F, 0.0F, 0.0F, 5.0F, 6.0F, 0.0F, 0.0F, 9.0F, 10.0F,
                                  11.0F, 0.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Trilu",
                        .attributes = {{"upper", std::int64_t{0}}},
                        .inputs = {floats({3, 4}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F, 8.0F,
                                                   9.0F, 10.0F, 11.0F, 12.0F}),
                                   ints({}, {1})}},
                 {floats({3, 4}, {1.0F, 2.0F, 0.0F, 0.0F, 5.0F, 6.0F, 7.0F, 0.0F, 9.0F, 10.0F,
                                  11.0F, 12.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Trilu",
                        .attributes = {{"upper", std::int64_t{0}}},
                        .inputs = {floats({3, 4}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F, 8.0F,
                                                   9.0F, 10.0F, 11.0F, 12.0F}),
                                   ints({}, {-1})}},
                 {floats({3, 4}, {0.0F, 0.0F, 0.0F, 0.0F, 5.0F, 0.0F, 0.0F, 0.0F, 9.0F, 10.0F, 0.0F,
                                  0.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Trilu",
                        .attributes = {{"upper", std::int64_t{0}}},
                        .inputs = {floats({3, 4}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F, 8.0F,
                                                   9.0F, 10.0F, 11.0F, 12.0F}),
                                   ints({}, {9})}},
                 {floats({3, 4}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F, 8.0F, 9.0F, 10.0F,
                                  11.0F, 12.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Trilu",
                        .attributes = {{"upper", std::int64_t{0}}},
                        .inputs = {floats({3, 4}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F, 8.0F,
                                                   9.0F, 10.0F, 11.0F, 12.0F}),
                                   ints({}, {-9})}},
                 {floats({3, 4}, {0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F,
                                  0.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Trilu",
                        .inputs = {floats({3, 4}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F, 8.0F,
                                                   9.0F, 10.0F, 11.0F, 12.0F}),
                                   ints({}, {std::numeric_limits<std::int64_t>::min()})}},
                 {floats({3, 4}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F, 8.0F, 9.0F, 10.0F,
                                  11.0F, 12.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Trilu", .inputs = {ints({2, 2, 2}, {0, 1, 2, 3, 4, 5, 6, 7})}},
                 {ints({2, 2, 2}, {0, 1, 0, 3, 4, 5, 0, 7})}) == "");
  CHECK(load_error(OpCase{.name = "Trilu", .inputs = {floats({1}, {1.0F})}}) == "E-MODEL-SHAPE");
  CHECK(run_error(OpCase{.name = "Trilu", .inputs = {floats({1}, {1.0F})}}) == "E-DATA-SHAPE");
}
