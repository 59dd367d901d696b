#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

namespace {

OpCase pool(std::vector<Attribute> attributes) {
  for (Attribute& common :
       std::vector<Attribute>{attr("x_zero", 8), attr("scale", 0.4F), attr("y_zero", 7)}) {
    attributes.push_back(std::move(common));
  }
  return {.name = "QAveragePool",
          .attributes = std::move(attributes),
          .inputs = {numbers(DType::uint8, {1, 1, 3, 3}, {0, 10, 20, 30, 40, 50, 60, 255, 100})},
          .domain = "vernier"};
}

}  // namespace

// The expected numbers are those of the formula in numpy, float32.
TEST_CASE("QAveragePool: the whole picture") {
  CHECK(check_op(pool({attr("global", 1)}), {numbers(DType::uint8, {1, 1, 1, 1}, {29})}) == "");
}

TEST_CASE("QAveragePool: padding counts only when asked for") {
  const std::vector<Attribute> window = {attr("kernel_shape", {3, 3}), attr("strides", {2, 2}),
                                         attr("pads", {1, 1, 1, 1})};
  CHECK(check_op(pool(window), {numbers(DType::uint8, {1, 1, 2, 2}, {12, 16, 42, 48})}) == "");
  std::vector<Attribute> counted = window;
  counted.push_back(attr("count_include_pad", 1));
  CHECK(check_op(pool(counted), {numbers(DType::uint8, {1, 1, 2, 2}, {9, 11, 23, 25})}) == "");
}

TEST_CASE("QAveragePool: a window without kernel_shape is refused") {
  CHECK(load_error(pool({})) == "E-MODEL-ATTR");
}
