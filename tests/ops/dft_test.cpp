#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("DFT: real input") {
  CHECK(check_op(
            {.name = "DFT",
             .inputs = {floats({2, 4, 1}, {1.25F, 0.0F, 0.0F, -0.25F, -1.25F, 1.0F, -0.5F, 1.0F})},
             .rtol = 1e-5,
             .atol = 1e-5},
            {floats({2, 4, 2}, {1.0F, 0.0F, 1.25F, -0.25F, 1.5F, 0.0F, 1.25F, 0.25F, 0.25F, 0.0F,
                                -0.75F, 0.0F, -3.75F, 0.0F, -0.75F, 0.0F})}) == "");
}

TEST_CASE("DFT: onesided, padded to another length") {
  CHECK(check_op(
            {.name = "DFT",
             .attributes = {attr("onesided", 1)},
             .inputs = {floats({2, 4, 1}, {1.25F, 0.0F, 0.0F, -0.25F, -1.25F, 1.0F, -0.5F, 1.0F}),
                        ints({}, {5})},
             .rtol = 1e-5,
             .atol = 1e-5},
            {floats({2, 3, 2},
                    {1.0F, 0.0F, 1.4522543F, -0.146946311F, 1.1727457F, 0.237764135F, 0.25F, 0.0F,
                     -1.34549153F, -0.0693786368F, -1.90450847F, -2.01436996F})}) == "");
}

TEST_CASE("DFT: inverse on the first axis") {
  CHECK(check_op({.name = "DFT",
                  .attributes = {attr("inverse", 1)},
                  .inputs = {floats({3, 2, 2}, {-0.25F, 1.5F, 1.5F, 1.25F, -1.0F, 0.75F, 1.0F, 1.0F,
                                                1.5F, -1.5F, 0.75F, 0.75F}),
                             Tensor{}, ints({}, {0})},
                  .rtol = 1e-5,
                  .atol = 1e-5},
                 {floats({3, 2, 2}, {0.0833333358F, 0.25F, 1.08333337F, 1.0F, -0.816185713F,
                                     -0.0966877937F, 0.136164546F, 0.197168797F, 0.482852399F,
                                     1.34668779F, 0.280502141F, 0.0528312176F})}) == "");
}

TEST_CASE("DFT: back to a real signal") {
  CHECK(check_op({.name = "DFT",
                  .attributes = {attr("inverse", 1), attr("onesided", 1)},
                  .inputs = {floats({3, 2, 2}, {-0.25F, 1.5F, 1.5F, 1.25F, -1.0F, 0.75F, 1.0F, 1.0F,
                                                1.5F, -1.5F, 0.75F, 0.75F}),
                             ints({}, {4}), ints({}, {0})},
                  .rtol = 1e-5,
                  .atol = 1e-5},
                 {floats({4, 2, 1}, {-0.1875F, 1.0625F, -0.8125F, -0.3125F, 0.8125F, 0.0625F,
                                     -0.0625F, 0.6875F})}) == "");
}

TEST_CASE("DFT: axes and lengths must fit") {
  CHECK(load_error(
            {.name = "DFT",
             .inputs = {floats({2, 4, 1}, {1.25F, 0.0F, 0.0F, -0.25F, -1.25F, 1.0F, -0.5F, 1.0F}),
                        Tensor{}, ints({}, {2})}}) == "E-MODEL-ATTR");
  CHECK(run_error(
            {.name = "DFT",
             .inputs = {floats({2, 4, 1}, {1.25F, 0.0F, 0.0F, -0.25F, -1.25F, 1.0F, -0.5F, 1.0F}),
                        Tensor{}, ints({}, {-1})}}) == "E-MODEL-ATTR");
  CHECK(run_error(
            {.name = "DFT",
             .inputs = {floats({2, 4, 1}, {1.25F, 0.0F, 0.0F, -0.25F, -1.25F, 1.0F, -0.5F, 1.0F}),
                        ints({}, {0})}}) == "E-DATA-INVALID");
  CHECK(run_error(
            {.name = "DFT",
             .inputs = {floats({2, 4, 1}, {1.25F, 0.0F, 0.0F, -0.25F, -1.25F, 1.0F, -0.5F, 1.0F}),
                        ints({}, {4611686018427387904})}}) == "E-DATA-INVALID");
  CHECK(run_error({.name = "DFT",
                   .inputs = {floats({2, 3}, {-0.5F, -1.0F, 0.25F, -1.0F, 0.25F, -1.5F})}}) ==
        "E-MODEL-SHAPE");
}
