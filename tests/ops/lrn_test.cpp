#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("LRN: window over channels") {
  CHECK(
      check_op({.name = "LRN",
                .attributes = {attr("size", 3), attr("alpha", 0.5F), attr("beta", 0.75F),
                               attr("bias", 1.5F)},
                .inputs = {floats({1, 4, 2}, {-2.0F, 2.0F, 0.0F, 2.0F, 1.25F, -2.0F, 1.25F, 0.0F})},
                .rtol = 1e-5},
               {floats({1, 4, 2}, {-1.11991715F, 0.91581285F, 0.0F, 0.781589925F, 0.737500191F,
                                   -0.91581285F, 0.737500191F, 0.0F})}) == "");
}

TEST_CASE("LRN: even window reaches further forward") {
  CHECK(check_op({.name = "LRN",
                  .attributes = {attr("size", 2), attr("alpha", 2.0F), attr("beta", 1.0F),
                                 attr("bias", 1.0F)},
                  .inputs = {floats({1, 3, 1}, {1.0F, 2.0F, 3.0F})}},
                 {floats({1, 3, 1}, {0.166666672F, 0.142857149F, 0.300000012F})}) == "");
}

TEST_CASE("LRN: size is required and positive") {
  CHECK(load_error({.name = "LRN",
                    .inputs = {floats({1, 4, 2}, {1.5F, 0.5F, -1.0F, 0.75F, -1.0F, -0.75F, 0.5F,
                                                  -0.75F})}}) == "E-MODEL-ATTR");
  CHECK(load_error({.name = "LRN",
                    .attributes = {attr("size", 0)},
                    .inputs = {floats({1, 4, 2}, {1.75F, -2.0F, -0.5F, -2.0F, 1.0F, 0.25F, -1.5F,
                                                  -1.75F})}}) == "E-MODEL-ATTR");
}
