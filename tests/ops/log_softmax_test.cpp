#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("LogSoftmax: default axis") {
  CHECK(
      check_op(
          {.name = "LogSoftmax",
           .inputs = {floats({2, 4}, {-1.5F, 1.75F, -0.75F, -1.75F, -1.5F, -1.5F, -0.5F, 0.75F})}},
          {floats({2, 4}, {-3.39068031F, -0.140680358F, -2.64068031F, -3.64068031F, -2.65366554F,
                           -2.65366554F, -1.65366578F, -0.403665662F})}) == "");
}

TEST_CASE("LogSoftmax: first axis") {
  CHECK(check_op({.name = "LogSoftmax",
                  .attributes = {attr("axis", 0)},
                  .inputs = {floats({3, 2, 2}, {1.25F, 1.25F, 2.0F, 1.25F, -1.0F, -0.25F, 0.75F,
                                                -1.25F, 0.75F, -2.0F, -1.25F, 1.5F})}},
                 {floats({3, 2, 2}, {-0.537621319F, -0.232621938F, -0.281623036F, -0.86124754F,
                                     -2.7876215F, -1.73262203F, -1.53162313F, -3.3612473F,
                                     -1.03762126F, -3.48262191F, -3.53162289F, -0.611247361F})}) ==
        "");
}

TEST_CASE("LogSoftmax: large values do not overflow") {
  CHECK(check_op({.name = "LogSoftmax", .inputs = {floats({2}, {1000.0F, 1001.0F})}},
                 {floats({2}, {-1.31326175F, -0.313261658F})}) == "");
}

TEST_CASE("LogSoftmax: axis must exist") {
  CHECK(load_error({.name = "LogSoftmax",
                    .attributes = {attr("axis", 2)},
                    .inputs = {floats({2, 4}, {-0.75F, 2.0F, 1.5F, -1.0F, 1.75F, 1.5F, 2.0F,
                                               -0.5F})}}) == "E-MODEL-ATTR");
  CHECK(run_error({.name = "LogSoftmax",
                   .attributes = {attr("axis", -3)},
                   .inputs = {floats({2, 4}, {1.75F, -0.75F, -0.5F, 0.0F, -0.5F, -2.0F, 1.0F,
                                              -0.25F})}}) == "E-MODEL-ATTR");
  CHECK(load_error({.name = "LogSoftmax",
                    .attributes = {attr("axes", 1)},
                    .inputs = {floats({2, 4}, {1.25F, -1.25F, -1.25F, 1.0F, 0.75F, 0.0F, 0.5F,
                                               1.5F})}}) == "E-UNSUPPORTED-ATTR");
}
