#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("HammingWindow: symmetric") {
  CHECK(check_op({.name = "HammingWindow",
                  .attributes = {attr("periodic", 0)},
                  .inputs = {ints({}, {5})},
                  .rtol = 1e-5,
                  .atol = 1e-5},
                 {floats({5}, {0.0869565234F, 0.543478251F, 1.0F, 0.543478251F, 0.0869565234F})}) ==
        "");
}

TEST_CASE("HammingWindow: sizes must be sane") {
  CHECK(run_error({.name = "HammingWindow", .inputs = {ints({}, {-1})}}) == "E-DATA-SHAPE");
  CHECK(load_error({.name = "HammingWindow", .inputs = {ints({}, {-1})}}) == "E-DATA-SHAPE");
  CHECK(run_error({.name = "HammingWindow", .inputs = {ints({}, {2305843009213693952})}}) ==
        "E-LIMIT");
  CHECK(load_error({.name = "HammingWindow", .inputs = {floats({}, {3.0F})}}) == "E-MODEL-DTYPE");
}
