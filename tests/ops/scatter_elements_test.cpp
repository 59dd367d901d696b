#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("ScatterElements with every reduction") {
  CHECK(check_op(OpCase{.name = "ScatterElements",
                        .attributes = {{"reduction", std::string("none")}},
                        .inputs = {floats({3, 3},
                                          {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F, 8.0F, 9.0F}),
                                   ints({2, 3}, {1, 0, 2, 0, 2, 1}),
                                   floats({2, 3}, {1.0F, 1.5F, 2.0F, -2.0F, 2.5F, 3.0F})}},
                 {floats({3, 3}, {-2.0F, 1.5F, 3.0F, 1.0F, 5.0F, 3.0F, 7.0F, 2.5F, 2.0F})}) == "");
  CHECK(
      check_op(
          OpCase{.name = "ScatterElements",
                 .attributes = {{"reduction", std::string("add")}},
                 .inputs = {floats({3, 3}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F, 8.0F, 9.0F}),
                            ints({2, 3}, {1, 0, 2, 0, 2, 1}),
                            floats({2, 3}, {1.0F, 1.5F, 2.0F, -2.0F, 2.5F, 3.0F})}},
          {floats({3, 3}, {-1.0F, 3.5F, 3.0F, 5.0F, 5.0F, 9.0F, 7.0F, 10.5F, 11.0F})}) == "");
  CHECK(
      check_op(
          OpCase{.name = "ScatterElements",
                 .attributes = {{"reduction", std::string("mul")}},
                 .inputs = {floats({3, 3}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F, 8.0F, 9.0F}),
                            ints({2, 3}, {1, 0, 2, 0, 2, 1}),
                            floats({2, 3}, {1.0F, 1.5F, 2.0F, -2.0F, 2.5F, 3.0F})}},
          {floats({3, 3}, {-2.0F, 3.0F, 3.0F, 4.0F, 5.0F, 18.0F, 7.0F, 20.0F, 18.0F})}) == "");
  CHECK(check_op(OpCase{.name = "ScatterElements",
                        .attributes = {{"reduction", std::string("max")}},
                        .inputs = {floats({3, 3},
                                          {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F, 8.0F, 9.0F}),
                                   ints({2, 3}, {1, 0, 2, 0, 2, 1}),
                                   floats({2, 3}, {1.0F, 1.5F, 2.0F, -2.0F, 2.5F, 3.0F})}},
                 {floats({3, 3}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F, 8.0F, 9.0F})}) == "");
  CHECK(check_op(OpCase{.name = "ScatterElements",
                        .attributes = {{"reduction", std::string("min")}},
                        .inputs = {floats({3, 3},
                                          {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F, 8.0F, 9.0F}),
                                   ints({2, 3}, {1, 0, 2, 0, 2, 1}),
                                   floats({2, 3}, {1.0F, 1.5F, 2.0F, -2.0F, 2.5F, 3.0F})}},
                 {floats({3, 3}, {-2.0F, 1.5F, 3.0F, 1.0F, 5.0F, 3.0F, 7.0F, 2.5F, 2.0F})}) == "");
}

TEST_CASE("ScatterElements along another axis") {
  CHECK(check_op(OpCase{.name = "ScatterElements",
                        .attributes = {{"axis", std::int64_t{1}}},
                        .inputs = {floats({1, 5}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F}),
                                   ints({1, 2}, {1, -2}), floats({1, 2}, {1.5F, 2.5F})}},
                 {floats({1, 5}, {1.0F, 1.5F, 3.0F, 2.5F, 5.0F})}) == "");
  CHECK(
      check_op(OpCase{.name = "ScatterElements",
                      .attributes = {{"axis", std::int64_t{1}}, {"reduction", std::string("add")}},
                      .inputs = {floats({1, 5}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F}),
                                 ints({1, 2}, {1, 1}), floats({1, 2}, {1.5F, 2.5F})}},
               {floats({1, 5}, {1.0F, 6.0F, 3.0F, 4.0F, 5.0F})}) == "");
  CHECK(check_op(OpCase{.name = "ScatterElements",
                        .inputs = {strings({2}, {"a", "b"}), ints({1}, {1}), strings({1}, {"z"})}},
                 {strings({2}, {"a", "z"})}) == "");
}

TEST_CASE("ScatterElements refuses bad input") {
  CHECK(run_error(OpCase{.name = "ScatterElements",
                         .inputs = {floats({3}, {1.0F, 2.0F, 3.0F}), ints({1}, {3}),
                                    floats({1}, {1.0F})}}) == "E-DATA-INDEX");
  CHECK(run_error(OpCase{.name = "ScatterElements",
                         .inputs = {floats({3}, {1.0F, 2.0F, 3.0F}), ints({1}, {0}),
                                    floats({2}, {1.0F, 2.0F})}}) == "E-DATA-SHAPE");
  CHECK(load_error(OpCase{.name = "ScatterElements",
                          .attributes = {{"reduction", std::string("avg")}},
                          .inputs = {floats({3}, {1.0F, 2.0F, 3.0F}), ints({1}, {3}),
                                     floats({1}, {1.0F})}}) == "E-MODEL-ATTR");
  CHECK(run_error(OpCase{.name = "ScatterElements",
                         .attributes = {{"reduction", std::string("add")}},
                         .inputs = {strings({1}, {"a"}), ints({1}, {0}), strings({1}, {"b"})}}) ==
        "E-UNSUPPORTED-DTYPE");
}
