#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("ScatterND with every reduction") {
  CHECK(
      check_op(OpCase{.name = "ScatterND",
                      .attributes = {{"reduction", std::string("none")}},
                      .inputs = {floats({4, 2}, {0.0F, 1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F}),
                                 ints({2, 1}, {3, 1}), floats({2, 2}, {9.0F, -1.0F, 2.0F, 2.0F})}},
               {floats({4, 2}, {0.0F, 1.0F, 2.0F, 2.0F, 4.0F, 5.0F, 9.0F, -1.0F})}) == "");
  CHECK(
      check_op(OpCase{.name = "ScatterND",
                      .attributes = {{"reduction", std::string("add")}},
                      .inputs = {floats({4, 2}, {0.0F, 1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F}),
                                 ints({2, 1}, {3, 1}), floats({2, 2}, {9.0F, -1.0F, 2.0F, 2.0F})}},
               {floats({4, 2}, {0.0F, 1.0F, 4.0F, 5.0F, 4.0F, 5.0F, 15.0F, 6.0F})}) == "");
  CHECK(
      check_op(OpCase{.name = "ScatterND",
                      .attributes = {{"reduction", std::string("mul")}},
                      .inputs = {floats({4, 2}, {0.0F, 1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F}),
                                 ints({2, 1}, {3, 1}), floats({2, 2}, {9.0F, -1.0F, 2.0F, 2.0F})}},
               {floats({4, 2}, {0.0F, 1.0F, 4.0F, 6.0F, 4.0F, 5.0F, 54.0F, -7.0F})}) == "");
  CHECK(
      check_op(OpCase{.name = "ScatterND",
                      .attributes = {{"reduction", std::string("max")}},
                      .inputs = {floats({4, 2}, {0.0F, 1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F}),
                                 ints({2, 1}, {3, 1}), floats({2, 2}, {9.0F, -1.0F, 2.0F, 2.0F})}},
               {floats({4, 2}, {0.0F, 1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 9.0F, 7.0F})}) == "");
  CHECK(
      check_op(OpCase{.name = "ScatterND",
                      .attributes = {{"reduction", std::string("min")}},
                      .inputs = {floats({4, 2}, {0.0F, 1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F}),
                                 ints({2, 1}, {3, 1}), floats({2, 2}, {9.0F, -1.0F, 2.0F, 2.0F})}},
               {floats({4, 2}, {0.0F, 1.0F, 2.0F, 2.0F, 4.0F, 5.0F, 6.0F, -1.0F})}) == "");
}

TEST_CASE("ScatterND of elements and whole slices") {
  CHECK(check_op(OpCase{.name = "ScatterND",
                        .inputs = {floats({8}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F, 8.0F}),
                                   ints({4, 1}, {4, 3, 1, -1}),
                                   floats({4}, {9.0F, 10.0F, 11.0F, 12.0F})}},
                 {floats({8}, {1.0F, 11.0F, 3.0F, 10.0F, 9.0F, 6.0F, 7.0F, 12.0F})}) == "");
}

TEST_CASE("ScatterND refuses bad input") {
  CHECK(run_error(OpCase{.name = "ScatterND",
                         .inputs = {floats({2}, {1.0F, 2.0F}), ints({1, 1}, {2}),
                                    floats({1}, {1.0F})}}) == "E-DATA-INDEX");
  CHECK(run_error(OpCase{.name = "ScatterND",
                         .inputs = {floats({2}, {1.0F, 2.0F}), ints({1, 2}, {0, 0}),
                                    floats({1}, {1.0F})}}) == "E-DATA-SHAPE");
  CHECK(run_error(OpCase{.name = "ScatterND",
                         .inputs = {floats({2}, {1.0F, 2.0F}), ints({1, 1}, {0}),
                                    floats({2}, {1.0F, 2.0F})}}) == "E-DATA-SHAPE");
}
