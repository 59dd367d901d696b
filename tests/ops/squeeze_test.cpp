#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Squeeze") {
  CHECK(check_op(
            OpCase{.name = "Squeeze",
                   .inputs = {floats({1, 3, 1, 2}, {0.31F, -0.37F, -5.03F, -1.08F, -0.1F, 0.23F})}},
            {floats({3, 2}, {0.31F, -0.37F, -5.03F, -1.08F, -0.1F, 0.23F})}) == "");
  CHECK(check_op(
            OpCase{.name = "Squeeze",
                   .inputs = {floats({1, 3, 1, 2}, {0.31F, -0.37F, -5.03F, -1.08F, -0.1F, 0.23F}),
                              ints({1}, {-2})}},
            {floats({1, 3, 2}, {0.31F, -0.37F, -5.03F, -1.08F, -0.1F, 0.23F})}) == "");
  CHECK(check_op(
            OpCase{.name = "Squeeze",
                   .inputs = {floats({1, 3, 1, 2}, {0.31F, -0.37F, -5.03F, -1.08F, -0.1F, 0.23F}),
                              ints({2}, {0, 2})}},
            {floats({3, 2}, {0.31F, -0.37F, -5.03F, -1.08F, -0.1F, 0.23F})}) == "");
}

TEST_CASE("Squeeze refuses other dims") {
  CHECK(load_error(
            OpCase{.name = "Squeeze",
                   .inputs = {floats({1, 3, 1, 2}, {0.31F, -0.37F, -5.03F, -1.08F, -0.1F, 0.23F}),
                              ints({1}, {1})}}) == "E-MODEL-SHAPE");
  CHECK(run_error(
            OpCase{.name = "Squeeze",
                   .inputs = {floats({1, 3, 1, 2}, {0.31F, -0.37F, -5.03F, -1.08F, -0.1F, 0.23F}),
                              ints({1}, {1})}}) == "E-DATA-SHAPE");
  CHECK(load_error(
            OpCase{.name = "Squeeze",
                   .inputs = {floats({1, 3, 1, 2}, {0.31F, -0.37F, -5.03F, -1.08F, -0.1F, 0.23F}),
                              ints({1}, {4})}}) == "E-MODEL-ATTR");
  CHECK(run_error(
            OpCase{.name = "Squeeze",
                   .inputs = {floats({1, 3, 1, 2}, {0.31F, -0.37F, -5.03F, -1.08F, -0.1F, 0.23F}),
                              ints({1}, {4})}}) == "E-MODEL-ATTR");
}
