#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("GatherND") {
  CHECK(check_op(OpCase{.name = "GatherND",
                        .inputs = {floats({2, 2}, {0.0F, 1.0F, 2.0F, 3.0F}),
                                   ints({2, 2}, {0, 0, 1, 1})}},
                 {floats({2}, {0.0F, 3.0F})}) == "");
  CHECK(check_op(
            OpCase{.name = "GatherND",
                   .inputs = {floats({2, 2, 2}, {0.0F, 1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F}),
                              ints({2, 2}, {0, 1, 1, 0})}},
            {floats({2, 2}, {2.0F, 3.0F, 4.0F, 5.0F})}) == "");
  CHECK(check_op(
            OpCase{.name = "GatherND",
                   .attributes = {{"batch_dims", std::int64_t{1}}},
                   .inputs = {floats({2, 2, 2}, {0.0F, 1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F}),
                              ints({2, 1}, {1, 0})}},
            {floats({2, 2}, {2.0F, 3.0F, 4.0F, 5.0F})}) == "");
  CHECK(
      check_op(OpCase{.name = "GatherND",
                      .inputs = {floats({2, 2}, {0.0F, 1.0F, 2.0F, 3.0F}), ints({2, 1}, {-1, 0})}},
               {floats({2, 2}, {2.0F, 3.0F, 0.0F, 1.0F})}) == "");
}

TEST_CASE("GatherND refuses bad input") {
  CHECK(run_error(
            OpCase{.name = "GatherND",
                   .inputs = {floats({2, 2, 2}, {0.0F, 1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F}),
                              ints({1, 1}, {2})}}) == "E-DATA-INDEX");
  CHECK(load_error(
            OpCase{.name = "GatherND",
                   .inputs = {floats({2, 2, 2}, {0.0F, 1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F}),
                              ints({1, 4}, {0, 0, 0, 0})}}) == "E-MODEL-SHAPE");
  CHECK(run_error(
            OpCase{.name = "GatherND",
                   .inputs = {floats({2, 2, 2}, {0.0F, 1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F}),
                              ints({1, 4}, {0, 0, 0, 0})}}) == "E-DATA-SHAPE");
  CHECK(load_error(
            OpCase{.name = "GatherND",
                   .attributes = {{"batch_dims", std::int64_t{2}}},
                   .inputs = {floats({2, 2, 2}, {0.0F, 1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F}),
                              ints({1, 1}, {0})}}) == "E-MODEL-SHAPE");
  CHECK(run_error(
            OpCase{.name = "GatherND",
                   .attributes = {{"batch_dims", std::int64_t{1}}},
                   .inputs = {floats({2, 2, 2}, {0.0F, 1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F}),
                              ints({1, 1}, {0})}}) == "E-DATA-SHAPE");
}
