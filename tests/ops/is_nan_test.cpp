#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("IsNaN") {
  CHECK(
      check_op(OpCase{.name = "IsNaN", .inputs = {numbers(DType::float32, {3}, {kNan, 1.0, kInf})}},
               {bools({3}, {true, false, false})}) == "");
  CHECK(check_op(OpCase{.name = "IsNaN", .inputs = {numbers(DType::float16, {2}, {kNan, 1.0})}},
                 {bools({2}, {true, false})}) == "");
  CHECK(load_error(OpCase{.name = "IsNaN", .inputs = {ints({1}, {1})}}) == "E-MODEL-DTYPE");
}
