#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("CumSum") {
  CHECK(check_op(OpCase{.name = "CumSum",
                        .inputs = {floats({2, 3}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}),
                                   numbers(DType::int32, {}, {1.0})}},
                 {floats({2, 3}, {1.0F, 3.0F, 6.0F, 4.0F, 9.0F, 15.0F})}) == "");
  CHECK(check_op(OpCase{.name = "CumSum",
                        .attributes = {{"exclusive", std::int64_t{1}}},
                        .inputs = {floats({2, 3}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}),
                                   numbers(DType::int32, {}, {1.0})}},
                 {floats({2, 3}, {0.0F, 1.0F, 3.0F, 0.0F, 4.0F, 9.0F})}) == "");
  CHECK(check_op(OpCase{.name = "CumSum",
                        .attributes = {{"reverse", std::int64_t{1}}},
                        .inputs = {floats({2, 3}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}),
                                   numbers(DType::int32, {}, {1.0})}},
                 {floats({2, 3}, {6.0F, 5.0F, 3.0F, 15.0F, 11.0F, 6.0F})}) == "");
  CHECK(
      check_op(OpCase{.name = "CumSum",
                      .attributes = {{"exclusive", std::int64_t{1}}, {"reverse", std::int64_t{1}}},
                      .inputs = {floats({2, 3}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}),
                                 numbers(DType::int32, {}, {1.0})}},
               {floats({2, 3}, {5.0F, 3.0F, 0.0F, 11.0F, 6.0F, 0.0F})}) == "");
  CHECK(check_op(
            OpCase{.name = "CumSum", .inputs = {ints({2, 3}, {1, 2, 3, 4, 5, 6}), ints({1}, {-2})}},
            {ints({2, 3}, {1, 2, 3, 5, 7, 9})}) == "");
  CHECK(run_error(OpCase{.name = "CumSum", .inputs = {floats({1}, {1.0F}), ints({}, {1})}}) ==
        "E-MODEL-ATTR");
  CHECK(run_error(OpCase{.name = "CumSum", .inputs = {floats({1}, {1.0F}), ints({2}, {0, 0})}}) ==
        "E-DATA-SHAPE");
}
