#include <catch2/catch.hpp>

#include "control_flow_bodies.h"

using namespace vernier;
using namespace vernier::test;

namespace {

/// (sum, x) -> (sum + x, sum + x): running sums.
GraphPtr running_sum(const Shape& element) {
  GraphBuilder builder("body");
  const ValueId sum = builder.input("sum", ValueType::of(DType::float32, element));
  const ValueId x = builder.input("x", ValueType::of(DType::float32, element));
  const ValueId next = builder.add(find_op("", "Add"), {sum, x});
  builder.output("next", next);
  builder.output("seen", builder.add(find_op("", "Identity"), {next}));
  return body_of(std::move(builder));
}

OpCase scan_case(Tensor x, std::vector<Attribute> attributes = {}) {
  attributes.push_back(attr("num_scan_inputs", 1));
  return {.name = "Scan",
          .attributes = std::move(attributes),
          .inputs = {floats({2}, {0.0F, 0.0F}), std::move(x)},
          .outputs = 2,
          .subgraphs = {running_sum({2})}};
}

}  // namespace

TEST_CASE("Scan: running sums along the first axis") {
  const Tensor x = floats({3, 2}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F});
  CHECK(check_op(scan_case(x), {floats({2}, {9.0F, 12.0F}),
                                floats({3, 2}, {1.0F, 2.0F, 4.0F, 6.0F, 9.0F, 12.0F})}) == "");
}

TEST_CASE("Scan: directions and axes") {
  const Tensor x = floats({2, 3}, {1.0F, 3.0F, 5.0F, 2.0F, 4.0F, 6.0F});
  const auto one = [](const char* name, std::int64_t value) {
    return attr(name, std::vector<std::int64_t>{value});
  };
  CHECK(check_op(scan_case(x, {one("scan_input_axes", 1), one("scan_input_directions", 1)}),
                 {floats({2}, {9.0F, 12.0F}),
                  floats({3, 2}, {5.0F, 6.0F, 8.0F, 10.0F, 9.0F, 12.0F})}) == "");
  CHECK(check_op(scan_case(x, {one("scan_input_axes", -1), one("scan_output_axes", -1),
                               one("scan_output_directions", 1)}),
                 {floats({2}, {9.0F, 12.0F}),
                  floats({2, 3}, {9.0F, 4.0F, 1.0F, 12.0F, 6.0F, 2.0F})}) == "");
}

TEST_CASE("Scan: an empty sequence gives empty stacks") {
  CHECK(check_op(scan_case(floats({0, 2}, {})), {floats({2}, {0.0F, 0.0F}), floats({0, 2}, {})}) ==
        "");
}

TEST_CASE("Scan: what does not fit is refused") {
  const Tensor x = floats({1, 2}, {1.0F, 2.0F});
  OpCase op_case = scan_case(x);
  op_case.attributes.clear();
  CHECK(load_error(op_case) == "E-MODEL-ATTR");
  op_case.attributes = {attr("num_scan_inputs", 3)};
  CHECK(load_error(op_case) == "E-MODEL-ARITY");
  const std::vector<std::int64_t> two = {0, 0};
  CHECK(load_error(scan_case(x, {attr("scan_input_axes", two)})) == "E-MODEL-ATTR");
  CHECK(load_error(scan_case(x, {attr("scan_input_axes", std::vector<std::int64_t>{2})})) ==
        "E-MODEL-ATTR");
}
