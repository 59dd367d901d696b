#include <catch2/catch.hpp>
#include <limits>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Pad in every mode") {
  CHECK(check_op(OpCase{.name = "Pad",
                        .attributes = {{"mode", std::string("constant")}},
                        .inputs = {floats({2, 3}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}),
                                   ints({4}, {1, 2, 0, 1})}},
                 {floats({3, 6}, {0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 1.0F, 2.0F, 3.0F,
                                  0.0F, 0.0F, 0.0F, 4.0F, 5.0F, 6.0F, 0.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Pad",
                        .attributes = {{"mode", std::string("constant")}},
                        .inputs = {floats({2, 3}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}),
                                   ints({2}, {1, 2}),
                                   {},
                                   ints({1}, {-1})}},
                 {floats({2, 6}, {0.0F, 1.0F, 2.0F, 3.0F, 0.0F, 0.0F, 0.0F, 4.0F, 5.0F, 6.0F, 0.0F,
                                  0.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Pad",
                        .attributes = {{"mode", std::string("reflect")}},
                        .inputs = {floats({2, 3}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}),
                                   ints({4}, {1, 2, 0, 1})}},
                 {floats({3, 6}, {6.0F, 5.0F, 4.0F, 5.0F, 6.0F, 5.0F, 3.0F, 2.0F, 1.0F, 2.0F, 3.0F,
                                  2.0F, 6.0F, 5.0F, 4.0F, 5.0F, 6.0F, 5.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Pad",
                        .attributes = {{"mode", std::string("reflect")}},
                        .inputs = {floats({2, 3}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}),
                                   ints({2}, {1, 2}),
                                   {},
                                   ints({1}, {-1})}},
                 {floats({2, 6}, {2.0F, 1.0F, 2.0F, 3.0F, 2.0F, 1.0F, 5.0F, 4.0F, 5.0F, 6.0F, 5.0F,
                                  4.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Pad",
                        .attributes = {{"mode", std::string("edge")}},
                        .inputs = {floats({2, 3}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}),
                                   ints({4}, {1, 2, 0, 1})}},
                 {floats({3, 6}, {1.0F, 1.0F, 1.0F, 2.0F, 3.0F, 3.0F, 1.0F, 1.0F, 1.0F, 2.0F, 3.0F,
                                  3.0F, 4.0F, 4.0F, 4.0F, 5.0F, 6.0F, 6.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Pad",
                        .attributes = {{"mode", std::string("edge")}},
                        .inputs = {floats({2, 3}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}),
                                   ints({2}, {1, 2}),
                                   {},
                                   ints({1}, {-1})}},
                 {floats({2, 6}, {1.0F, 1.0F, 2.0F, 3.0F, 3.0F, 3.0F, 4.0F, 4.0F, 5.0F, 6.0F, 6.0F,
                                  6.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Pad",
                        .attributes = {{"mode", std::string("wrap")}},
                        .inputs = {floats({2, 3}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}),
                                   ints({4}, {1, 2, 0, 1})}},
                 {floats({3, 6}, {5.0F, 6.0F, 4.0F, 5.0F, 6.0F, 4.0F, 2.0F, 3.0F, 1.0F, 2.0F, 3.0F,
                                  1.0F, 5.0F, 6.0F, 4.0F, 5.0F, 6.0F, 4.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Pad",
                        .attributes = {{"mode", std::string("wrap")}},
                        .inputs = {floats({2, 3}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}),
                                   ints({2}, {1, 2}),
                                   {},
                                   ints({1}, {-1})}},
                 {floats({2, 6}, {3.0F, 1.0F, 2.0F, 3.0F, 1.0F, 2.0F, 6.0F, 4.0F, 5.0F, 6.0F, 4.0F,
                                  5.0F})}) == "");
}

TEST_CASE("Pad with a value and crop") {
  CHECK(check_op(OpCase{.name = "Pad",
                        .inputs = {floats({2, 3}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}),
                                   ints({4}, {0, -1, 1, 2}), floats({}, {9.0F})}},
                 {floats({3, 4}, {2.0F, 3.0F, 9.0F, 9.0F, 5.0F, 6.0F, 9.0F, 9.0F, 9.0F, 9.0F, 9.0F,
                                  9.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Pad",
                        .inputs = {numbers(DType::int32, {2}, {1.0, 2.0}), ints({2}, {1, 0}),
                                   numbers(DType::int32, {}, {5.0})}},
                 {numbers(DType::int32, {3}, {5.0, 1.0, 2.0})}) == "");
  CHECK(check_op(OpCase{.name = "Pad", .inputs = {strings({1}, {"a"}), ints({2}, {1, 0})}},
                 {strings({2}, {"", "a"})}) == "");
  CHECK(check_op(OpCase{.name = "Pad",
                        .inputs = {floats({2, 3}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}),
                                   ints({4}, {-1, -2, -1, 0})}},
                 {floats({0, 1}, {})}) == "");
  CHECK(check_op(OpCase{.name = "Pad",
                        .attributes = {{"mode", std::string("reflect")}},
                        .inputs = {floats({2}, {1.0F, 2.0F}), ints({2}, {5, 4})}},
                 {floats({11}, {2.0F, 1.0F, 2.0F, 1.0F, 2.0F, 1.0F, 2.0F, 1.0F, 2.0F, 1.0F,
                                2.0F})}) == "");
}

TEST_CASE("Pad refuses what makes no sense") {
  CHECK(load_error(OpCase{.name = "Pad",
                          .inputs = {floats({2, 3}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}),
                                     ints({3}, {1, 1, 1})}}) == "E-MODEL-SHAPE");
  CHECK(run_error(OpCase{.name = "Pad",
                         .inputs = {floats({2, 3}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}),
                                    ints({3}, {1, 1, 1})}}) == "E-DATA-SHAPE");
  CHECK(run_error(OpCase{.name = "Pad",
                         .inputs = {floats({2, 3}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}),
                                    ints({4}, {-3, 0, 0, 0})}}) == "E-DATA-SHAPE");
  CHECK(run_error(OpCase{.name = "Pad",
                         .inputs = {floats({2, 3}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}),
                                    ints({4}, {std::numeric_limits<std::int64_t>::max(), 0,
                                               std::numeric_limits<std::int64_t>::max(), 0})}}) ==
        "E-DATA-SHAPE");
  CHECK(run_error(OpCase{.name = "Pad",
                         .attributes = {{"mode", std::string("edge")}},
                         .inputs = {floats({0}, {}), ints({2}, {1, 1})}}) == "E-DATA-SHAPE");
  CHECK(load_error(OpCase{.name = "Pad",
                          .attributes = {{"mode", std::string("mirror")}},
                          .inputs = {floats({2, 3}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}),
                                     ints({4}, {1, 1, 1, 1})}}) == "E-MODEL-ATTR");
}
