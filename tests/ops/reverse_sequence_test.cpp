#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("ReverseSequence") {
  CHECK(check_op(OpCase{.name = "ReverseSequence",
                        .inputs = {floats({4, 3}, {0.0F, 1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F,
                                                   8.0F, 9.0F, 10.0F, 11.0F}),
                                   ints({3}, {4, 1, 2})}},
                 {floats({4, 3}, {9.0F, 1.0F, 5.0F, 6.0F, 4.0F, 2.0F, 3.0F, 7.0F, 8.0F, 0.0F, 10.0F,
                                  11.0F})}) == "");
  CHECK(check_op(
            OpCase{.name = "ReverseSequence",
                   .attributes = {{"batch_axis", std::int64_t{0}}, {"time_axis", std::int64_t{1}}},
                   .inputs = {floats({4, 3}, {0.0F, 1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F, 8.0F,
                                              9.0F, 10.0F, 11.0F}),
                              ints({4}, {1, 2, 3, 1})}},
            {floats({4, 3}, {0.0F, 1.0F, 2.0F, 4.0F, 3.0F, 5.0F, 8.0F, 7.0F, 6.0F, 9.0F, 10.0F,
                             11.0F})}) == "");
  CHECK(run_error(OpCase{.name = "ReverseSequence",
                         .inputs = {floats({4, 3}, {0.0F, 1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F,
                                                    8.0F, 9.0F, 10.0F, 11.0F}),
                                    ints({3}, {5, 1, 1})}}) == "E-DATA-INDEX");
  CHECK(run_error(OpCase{.name = "ReverseSequence",
                         .inputs = {floats({4, 3}, {0.0F, 1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F,
                                                    8.0F, 9.0F, 10.0F, 11.0F}),
                                    ints({2}, {1, 1})}}) == "E-DATA-SHAPE");
  CHECK(load_error(OpCase{.name = "ReverseSequence",
                          .attributes = {{"batch_axis", std::int64_t{0}}},
                          .inputs = {floats({4, 3}, {0.0F, 1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F,
                                                     8.0F, 9.0F, 10.0F, 11.0F}),
                                     ints({3}, {1, 1, 1})}}) == "E-MODEL-ATTR");
}
