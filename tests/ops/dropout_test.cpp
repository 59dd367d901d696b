#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Dropout at inference") {
  CHECK(check_op(
            OpCase{.name = "Dropout",
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})}},
            {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})}) == "");
  CHECK(check_op(
            OpCase{.name = "Dropout",
                   .attributes = {{"seed", std::int64_t{3}}},
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F}),
                              floats({}, {0.3F}), bools({}, {false})},
                   .outputs = 2},
            {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F}),
             bools({2, 4}, {true, true, true, true, true, true, true, true})}) == "");
  CHECK(check_op(
            OpCase{.name = "Dropout",
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F}),
                              floats({}, {0.0F}), bools({}, {true})}},
            {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})}) == "");
  CHECK(run_error(
            OpCase{.name = "Dropout",
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F}),
                              floats({}, {0.3F}), bools({}, {true})}}) == "E-UNSUPPORTED");
}
