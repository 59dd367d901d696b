#include <catch2/catch.hpp>

#include "control_flow_bodies.h"

using namespace vernier;
using namespace vernier::test;

namespace {

/// Returns the captured outer value after `op`.
GraphPtr unary_body(const char* op) {
  GraphBuilder builder("body");
  const ValueId x = builder.capture("x", float_type());
  builder.output("y", builder.add(find_op("", op), {x}));
  return body_of(std::move(builder));
}

OpCase if_case(Tensor condition) {
  return {.name = "If",
          .inputs = {std::move(condition), floats({2}, {1.0F, -4.0F})},
          .subgraphs = {unary_body("Neg"), unary_body("Abs")},
          .captured = 1};
}

}  // namespace

TEST_CASE("If: runs the branch that the condition names") {
  CHECK(check_op(if_case(bools({}, {true})), {floats({2}, {-1.0F, 4.0F})}) == "");
  CHECK(check_op(if_case(bools({}, {false})), {floats({2}, {1.0F, 4.0F})}) == "");
  CHECK(check_op(if_case(bools({1}, {true})), {floats({2}, {-1.0F, 4.0F})}) == "");
}

TEST_CASE("If: the type is what both branches agree on") {
  const auto type_with = [](const Shape& x) {
    GraphBuilder builder("constant");
    builder.skip_capture();
    const ValueId c = builder.constant("c", floats({1}, {7.0F}));
    builder.output("y", builder.add(find_op("", "Identity"), {c}));
    OpCase op_case = if_case(Tensor{});
    op_case.inputs[1] = Tensor{};
    op_case.subgraphs[1] = body_of(std::move(builder));
    return inferred(op_case,
                    {ValueType::of(DType::boolean, Shape{}), ValueType::of(DType::float32, x)});
  };
  CHECK(type_with({2}) == "float[?]");
  CHECK(type_with({1}) == "float[1]");
  CHECK(type_with({2, 2}) == to_string(float_type()));
}

TEST_CASE("If: what does not fit is refused") {
  CHECK(run_error(if_case(bools({2}, {true, true}))) == "E-DATA-SHAPE");
  CHECK(load_error(if_case(floats({}, {1.0F}))) == "E-MODEL-DTYPE");
  OpCase op_case = if_case(bools({}, {true}));
  op_case.subgraphs.pop_back();
  CHECK(load_error(op_case) == "E-MODEL-ATTR");
  op_case = if_case(bools({}, {true}));
  op_case.attributes = {attr("nonsense", 1)};
  CHECK(load_error(op_case) == "E-UNSUPPORTED-ATTR");
}
