#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("OneHot") {
  CHECK(check_op(OpCase{.name = "OneHot",
                        .inputs = {ints({3}, {0, -1, 5}), floats({}, {4.0F}),
                                   floats({2}, {2.0F, 5.0F})}},
                 {floats({3, 4}, {5.0F, 2.0F, 2.0F, 2.0F, 2.0F, 2.0F, 2.0F, 5.0F, 2.0F, 2.0F, 2.0F,
                                  2.0F})}) == "");
  CHECK(check_op(OpCase{.name = "OneHot",
                        .attributes = {{"axis", std::int64_t{0}}},
                        .inputs = {ints({2}, {1, 2}), ints({1}, {3}),
                                   numbers(DType::int32, {2}, {0.0, 1.0})}},
                 {numbers(DType::int32, {3, 2}, {0.0, 0.0, 1.0, 0.0, 0.0, 1.0})}) == "");
  CHECK(check_op(OpCase{.name = "OneHot",
                        .attributes = {{"axis", std::int64_t{-2}}},
                        .inputs = {floats({2}, {1.0F, 2.0F}), ints({1}, {3}),
                                   numbers(DType::int32, {2}, {0.0, 1.0})}},
                 {numbers(DType::int32, {3, 2}, {0.0, 0.0, 1.0, 0.0, 0.0, 1.0})}) == "");
  CHECK(load_error(OpCase{.name = "OneHot",
                          .attributes = {{"axis", std::int64_t{2}}},
                          .inputs = {ints({1}, {0}), ints({}, {2}), floats({2}, {0.0F, 1.0F})}}) ==
        "E-MODEL-ATTR");
  CHECK(run_error(OpCase{.name = "OneHot",
                         .inputs = {ints({1}, {0}), ints({}, {-2}), floats({2}, {0.0F, 1.0F})}}) ==
        "E-DATA-SHAPE");
  CHECK(run_error(OpCase{.name = "OneHot",
                         .inputs = {ints({1}, {0}), ints({}, {2}),
                                    floats({3}, {0.0F, 1.0F, 2.0F})}}) == "E-DATA-SHAPE");
}
