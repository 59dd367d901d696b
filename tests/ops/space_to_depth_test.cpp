#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("SpaceToDepth") {
  CHECK(check_op(OpCase{.name = "SpaceToDepth",
                        .attributes = {{"blocksize", std::int64_t{2}}},
                        .inputs = {floats({1, 2, 2, 4},
                                          {0.0F, 1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F, 8.0F,
                                           9.0F, 10.0F, 11.0F, 12.0F, 13.0F, 14.0F, 15.0F})}},
                 {floats({1, 8, 1, 2}, {0.0F, 2.0F, 8.0F, 10.0F, 1.0F, 3.0F, 9.0F, 11.0F, 4.0F,
                                        6.0F, 12.0F, 14.0F, 5.0F, 7.0F, 13.0F, 15.0F})}) == "");
  CHECK(load_error(OpCase{
            .name = "SpaceToDepth",
            .attributes = {{"blocksize", std::int64_t{2}}},
            .inputs = {floats({1, 8, 2, 1}, {0.0F, 1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F, 8.0F,
                                             9.0F, 10.0F, 11.0F, 12.0F, 13.0F, 14.0F, 15.0F})}}) ==
        "E-MODEL-SHAPE");
  CHECK(run_error(OpCase{
            .name = "SpaceToDepth",
            .attributes = {{"blocksize", std::int64_t{2}}},
            .inputs = {floats({1, 8, 2, 1}, {0.0F, 1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F, 8.0F,
                                             9.0F, 10.0F, 11.0F, 12.0F, 13.0F, 14.0F, 15.0F})}}) ==
        "E-DATA-SHAPE");
}
