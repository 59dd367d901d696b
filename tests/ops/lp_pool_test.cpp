#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("LpPool: p = 1 and p = 2") {
  CHECK(
      check_op({.name = "LpPool",
                .attributes = {attr("kernel_shape", {2, 2}), attr("p", 1), attr("strides", {2, 2})},
                .inputs = {floats({1, 1, 4, 4},
                                  {0.0F, -1.75F, -1.25F, -1.0F, 1.0F, 1.0F, 1.25F, 0.5F, 1.75F,
                                   -0.75F, 0.25F, 0.5F, -0.5F, -0.25F, 0.75F, 1.5F})}},
               {floats({1, 1, 2, 2}, {3.75F, 4.0F, 3.25F, 3.0F})}) == "");
}

TEST_CASE("LpPool: p = 2 with pads") {
  CHECK(check_op({.name = "LpPool",
                  .attributes = {attr("kernel_shape", std::vector<std::int64_t>{2}),
                                 attr("pads", {1, 1})},
                  .inputs = {floats({1, 1, 3}, {3.0F, 4.0F, 0.0F})}},
                 {floats({1, 1, 4}, {3.0F, 5.0F, 4.0F, 0.0F})}) == "");
}

TEST_CASE("LpPool: p below one is refused") {
  CHECK(
      load_error({.name = "LpPool",
                  .attributes = {attr("kernel_shape", std::vector<std::int64_t>{2}), attr("p", 0)},
                  .inputs = {floats({1, 1, 3}, {1.75F, -1.0F, 1.0F})}}) == "E-MODEL-ATTR");
}
