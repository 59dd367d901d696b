#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Hardmax: default axis") {
  CHECK(
      check_op({.name = "Hardmax",
                .inputs = {floats({2, 4}, {1.5F, 1.75F, 2.0F, -0.75F, 1.25F, -1.0F, 1.5F, 1.75F})}},
               {floats({2, 4}, {0.0F, 0.0F, 1.0F, 0.0F, 0.0F, 0.0F, 0.0F, 1.0F})}) == "");
}

TEST_CASE("Hardmax: first axis") {
  CHECK(check_op({.name = "Hardmax",
                  .attributes = {attr("axis", 0)},
                  .inputs = {floats({3, 2, 2}, {-0.25F, 0.0F, -1.5F, -1.75F, -1.25F, -2.0F, -0.5F,
                                                2.0F, 1.0F, 0.25F, 1.0F, -2.0F})}},
                 {floats({3, 2, 2}, {0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 1.0F, 1.0F, 1.0F,
                                     1.0F, 0.0F})}) == "");
}

TEST_CASE("Hardmax: large values do not overflow") {
  CHECK(check_op({.name = "Hardmax", .inputs = {floats({2}, {1000.0F, 1001.0F})}},
                 {floats({2}, {0.0F, 1.0F})}) == "");
}

TEST_CASE("Hardmax: axis must exist") {
  CHECK(load_error({.name = "Hardmax",
                    .attributes = {attr("axis", 2)},
                    .inputs = {floats({2, 4}, {0.75F, 0.0F, -1.75F, 0.0F, 0.75F, -0.25F, 1.75F,
                                               2.0F})}}) == "E-MODEL-ATTR");
  CHECK(run_error({.name = "Hardmax",
                   .attributes = {attr("axis", -3)},
                   .inputs = {floats({2, 4}, {-0.5F, 2.0F, -1.0F, -1.5F, 0.75F, -1.5F, -0.75F,
                                              -0.5F})}}) == "E-MODEL-ATTR");
  CHECK(load_error({.name = "Hardmax",
                    .attributes = {attr("axes", 1)},
                    .inputs = {floats({2, 4}, {0.75F, 1.5F, 1.75F, 0.5F, 2.0F, 1.0F, 1.5F,
                                               0.25F})}}) == "E-UNSUPPORTED-ATTR");
}
