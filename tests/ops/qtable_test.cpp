#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("QTable: indexed by the byte, in the table's dtype") {
  std::vector<double> values;
  for (int i = 0; i < 256; ++i) values.push_back(i - 128);
  const Tensor table = numbers(DType::int8, {256}, values);
  CHECK(check_op({.name = "QTable",
                  .inputs = {numbers(DType::uint8, {2, 2}, {0, 1, 128, 255}), table},
                  .domain = "vernier"},
                 {numbers(DType::int8, {2, 2}, {-128, -127, 0, 127})}) == "");
  CHECK(check_op({.name = "QTable",
                  .inputs = {numbers(DType::int8, {4}, {0, 127, -128, -1}), table},
                  .domain = "vernier"},
                 {numbers(DType::int8, {4}, {-128, -1, 0, 127})}) == "");
}

TEST_CASE("QTable: a table of another size is refused") {
  CHECK(load_error(
            {.name = "QTable",
             .inputs = {numbers(DType::uint8, {1}, {0}), numbers(DType::uint8, {3}, {1, 2, 3})},
             .domain = "vernier"}) == "E-MODEL-SHAPE");
}
