#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("HannWindow: periodic") {
  CHECK(check_op({.name = "HannWindow", .inputs = {ints({}, {5})}, .rtol = 1e-5, .atol = 1e-5},
                 {floats({5}, {0.0F, 0.345491499F, 0.904508471F, 0.904508471F, 0.345491499F})}) ==
        "");
}

TEST_CASE("HannWindow: sizes must be sane") {
  CHECK(run_error({.name = "HannWindow", .inputs = {ints({}, {-1})}}) == "E-DATA-SHAPE");
  CHECK(load_error({.name = "HannWindow", .inputs = {ints({}, {-1})}}) == "E-DATA-SHAPE");
  CHECK(run_error({.name = "HannWindow", .inputs = {ints({}, {2305843009213693952})}}) ==
        "E-LIMIT");
  CHECK(load_error({.name = "HannWindow", .inputs = {floats({}, {3.0F})}}) == "E-MODEL-DTYPE");
}
