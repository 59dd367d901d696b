#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Softmax: default axis") {
  CHECK(check_op(
            {.name = "Softmax",
             .inputs = {floats({2, 4}, {1.5F, -1.25F, 2.0F, -2.0F, -1.75F, -1.5F, 0.75F, 0.5F})}},
            {floats({2, 4}, {0.364584744F, 0.0233071223F, 0.601098597F, 0.011009505F, 0.0417462401F,
                             0.0536032282F, 0.508573294F, 0.396077245F})}) == "");
}

TEST_CASE("Softmax: first axis") {
  CHECK(check_op({.name = "Softmax",
                  .attributes = {attr("axis", 0)},
                  .inputs = {floats({3, 2, 2}, {-1.25F, -1.75F, -1.0F, -1.5F, 1.0F, 1.75F, -0.25F,
                                                -0.75F, 0.0F, -0.75F, -1.25F, -1.75F})}},
                 {floats({3, 2, 2}, {0.0715405867F, 0.0271490254F, 0.256686628F, 0.256686628F,
                                     0.678758204F, 0.899052262F, 0.543405592F, 0.543405592F,
                                     0.249701187F, 0.0737987086F, 0.19990775F, 0.19990775F})}) ==
        "");
}

TEST_CASE("Softmax: large values do not overflow") {
  CHECK(check_op({.name = "Softmax", .inputs = {floats({2}, {1000.0F, 1001.0F})}},
                 {floats({2}, {0.268941402F, 0.731058598F})}) == "");
}

TEST_CASE("Softmax: axis must exist") {
  CHECK(load_error({.name = "Softmax",
                    .attributes = {attr("axis", 2)},
                    .inputs = {floats({2, 4}, {0.75F, 1.25F, 0.0F, 0.75F, -1.75F, 0.25F, 0.75F,
                                               0.5F})}}) == "E-MODEL-ATTR");
  CHECK(run_error({.name = "Softmax",
                   .attributes = {attr("axis", -3)},
                   .inputs = {floats({2, 4}, {-2.0F, -1.75F, 2.0F, -1.0F, -1.25F, 0.25F, 1.0F,
                                              2.0F})}}) == "E-MODEL-ATTR");
  CHECK(load_error({.name = "Softmax",
                    .attributes = {attr("axes", 1)},
                    .inputs = {floats({2, 4}, {1.0F, 1.25F, 1.75F, 0.5F, 0.5F, 0.0F, -1.25F,
                                               -2.0F})}}) == "E-UNSUPPORTED-ATTR");
}

TEST_CASE("Softmax: half precision") {
  CHECK(check_op({.name = "Softmax",
                  .inputs = {numbers(DType::float16, {1, 3}, {-1.5, -1.25, -0.25})},
                  .rtol = 1e-3},
                 {numbers(DType::float16, {1, 3}, {0.173217773, 0.222412109, 0.604492188})}) == "");
}

TEST_CASE("Softmax: an empty axis") {
  CHECK(check_op({.name = "Softmax", .inputs = {floats({2, 0}, {})}}, {floats({2, 0}, {})}) == "");
}
