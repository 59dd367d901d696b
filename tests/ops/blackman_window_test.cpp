#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("BlackmanWindow: double") {
  CHECK(check_op({.name = "BlackmanWindow",
                  .attributes = {attr("output_datatype", 11)},
                  .inputs = {ints({}, {5})},
                  .rtol = 1e-7,
                  .atol = 1e-8},
                 {numbers(DType::float64, {5},
                          {-1.38777878e-17, 0.200770143, 0.849229857, 0.849229857,
                           0.200770143})}) == "");
}

TEST_CASE("BlackmanWindow: sizes must be sane") {
  CHECK(run_error({.name = "BlackmanWindow", .inputs = {ints({}, {-1})}}) == "E-DATA-SHAPE");
  CHECK(load_error({.name = "BlackmanWindow", .inputs = {ints({}, {-1})}}) == "E-DATA-SHAPE");
  CHECK(run_error({.name = "BlackmanWindow", .inputs = {ints({}, {2305843009213693952})}}) ==
        "E-LIMIT");
  CHECK(load_error({.name = "BlackmanWindow", .inputs = {floats({}, {3.0F})}}) == "E-MODEL-DTYPE");
}
