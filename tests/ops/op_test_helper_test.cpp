#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("mismatch sees every kind of difference") {
  const Tensor x = floats({2}, {1.0F, 2.0F});
  CHECK(mismatch(x, x, 0.0, 0.0).empty());
  CHECK_FALSE(mismatch(x, floats({2}, {1.0F, 2.5F}), 1e-3, 1e-3).empty());
  CHECK_FALSE(mismatch(x, floats({1, 2}, {1.0F, 2.0F}), 1.0, 1.0).empty());
  CHECK_FALSE(mismatch(x, numbers(DType::float64, {2}, {1.0, 2.0}), 1.0, 1.0).empty());
  const Tensor nan = numbers(DType::float32, {2}, {1.0, kNan});
  CHECK(mismatch(nan, nan, 0.0, 0.0).empty());
  CHECK_FALSE(mismatch(nan, x, 1.0, 1.0).empty());
  CHECK_FALSE(mismatch(x, nan, 1.0, 1.0).empty());
  CHECK_FALSE(
      mismatch(numbers(DType::float32, {1}, {kInf}), floats({1}, {1e30F}), 1.0, 1.0).empty());
  CHECK_FALSE(mismatch(ints({1}, {1}), ints({1}, {2}), 1.0, 1.0).empty());
  CHECK_FALSE(mismatch(bools({1}, {true}), bools({1}, {false}), 1.0, 1.0).empty());
  CHECK_FALSE(mismatch(strings({1}, {"a"}), strings({1}, {"b"}), 1.0, 1.0).empty());
}

TEST_CASE("check_op fails for wrong values, shapes, counts, attributes and operators") {
  const OpCase relu{.name = "Relu", .inputs = {floats({2}, {-1.0F, 2.0F})}};
  CHECK(check_op(relu, {floats({2}, {0.0F, 2.0F})}).empty());
  CHECK_FALSE(check_op(relu, {floats({2}, {0.0F, 2.1F})}).empty());
  CHECK_FALSE(check_op(relu, {floats({1, 2}, {0.0F, 2.0F})}).empty());
  CHECK_FALSE(check_op(relu, {}).empty());
  OpCase odd = relu;
  odd.attributes = {{"alpha", 1.0F}};
  CHECK_FALSE(check_op(odd, {floats({2}, {0.0F, 2.0F})}).empty());
  CHECK(load_error(odd) == "E-UNSUPPORTED-ATTR");
  odd = relu;
  odd.name = "Rellu";
  CHECK(load_error(odd) == "E-UNSUPPORTED-OP");
}
