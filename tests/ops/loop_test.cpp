#include <catch2/catch.hpp>
#include <cstdint>

#include "control_flow_bodies.h"

using namespace vernier;
using namespace vernier::test;

namespace {

/// (i, condition, a, b) -> (a < limit, b, a + b, a): Fibonacci, with the old `a` stacked.
GraphPtr fibonacci(float limit) {
  GraphBuilder builder("body");
  builder.input("i", ValueType::of(DType::int64, Shape{}));
  builder.input("running", ValueType::of(DType::boolean, Shape{}));
  const ValueId a = builder.input("a", ValueType::of(DType::float32, Shape{}));
  const ValueId b = builder.input("b", ValueType::of(DType::float32, Shape{}));
  const ValueId top = builder.constant("limit", floats({}, {limit}));
  builder.output("go", builder.add(find_op("", "Less"), {a, top}));
  builder.output("next_a", b);
  builder.output("next_b", builder.add(find_op("", "Add"), {a, b}));
  builder.output("seen", builder.add(find_op("", "Identity"), {a}));
  return body_of(std::move(builder));
}

OpCase loop_case(Tensor trips, Tensor condition, float limit) {
  return {
      .name = "Loop",
      .inputs = {std::move(trips), std::move(condition), floats({}, {1.0F}), floats({}, {2.0F})},
      .outputs = 3,
      .subgraphs = {fibonacci(limit)}};
}

}  // namespace

TEST_CASE("Loop: stops after the trip count") {
  CHECK(check_op(loop_case(ints({}, {4}), Tensor{}, 1000.0F),
                 {floats({}, {8.0F}), floats({}, {13.0F}),
                  floats({4}, {1.0F, 2.0F, 3.0F, 5.0F})}) == "");
}

TEST_CASE("Loop: stops when the condition falls, nothing is made from the trip count") {
  const std::vector<Tensor> expected = {floats({}, {5.0F}), floats({}, {8.0F}),
                                        floats({3}, {1.0F, 2.0F, 3.0F})};
  CHECK(check_op(loop_case(ints({}, {INT64_MAX}), bools({}, {true}), 3.0F), expected) == "");
  CHECK(check_op(loop_case(Tensor{}, Tensor{}, 3.0F), expected) == "");
}

TEST_CASE("Loop: no iteration returns the initial values and empty stacks") {
  const std::vector<Tensor> expected = {floats({}, {1.0F}), floats({}, {2.0F}), floats({0}, {})};
  CHECK(check_op(loop_case(ints({1}, {0}), bools({}, {true}), 3.0F), expected) == "");
  CHECK(check_op(loop_case(ints({}, {-3}), bools({}, {true}), 3.0F), expected) == "");
  CHECK(check_op(loop_case(ints({}, {5}), bools({}, {false}), 3.0F), expected) == "");
}

TEST_CASE("Loop: carried values may change their shape") {
  GraphBuilder builder("body");
  builder.input("i", ValueType::of(DType::int64, Shape{}));
  const ValueId running = builder.input("running", ValueType::of(DType::boolean, Shape{}));
  const ValueId x = builder.input("x", ValueType::of(DType::float32));
  builder.output("go", running);
  builder.output("longer", builder.add(find_op("", "Concat"), {x, x}, {attr("axis", 0)}));
  const OpCase op_case = {.name = "Loop",
                          .inputs = {ints({}, {3}), Tensor{}, floats({1}, {7.0F})},
                          .subgraphs = {body_of(std::move(builder))}};
  CHECK(check_op(op_case, {floats({8}, std::vector<float>(8, 7.0F))}) == "");
}

TEST_CASE("Loop: what does not fit is refused") {
  OpCase op_case = loop_case(ints({}, {4}), Tensor{}, 1000.0F);
  op_case.outputs = 4;
  CHECK(load_error(op_case) == "E-MODEL-ARITY");
  CHECK(run_error(op_case) == "E-MODEL-ARITY");
  CHECK(load_error(loop_case(floats({}, {4.0F}), Tensor{}, 1.0F)) == "E-MODEL-DTYPE");
  CHECK(run_error(loop_case(ints({2}, {4, 4}), Tensor{}, 1.0F)) == "E-DATA-SHAPE");
}
