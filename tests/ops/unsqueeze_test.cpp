#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Unsqueeze") {
  CHECK(
      check_op(OpCase{.name = "Unsqueeze",
                      .inputs = {floats({2, 3, 4}, {0.0F,  0.6F,   -0.55F, -1.78F, -0.91F, -1.98F,
                                                    0.12F, 2.68F,  -0.98F, -1.24F, 0.98F,  0.71F,
                                                    0.21F, -1.86F, -0.06F, 1.39F,  -2.69F, -0.92F,
                                                    -3.8F, -2.58F, -3.68F, -0.47F, -2.53F, 0.54F}),
                                 ints({2}, {0, -1})}},
               {floats({1, 2, 3, 4, 1},
                       {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                        -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                        -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F})}) == "");
  CHECK(check_op(OpCase{.name = "Unsqueeze", .inputs = {floats({}, {3.0F}), ints({1}, {0})}},
                 {floats({1}, {3.0F})}) == "");
  CHECK(
      check_op(OpCase{.name = "Unsqueeze",
                      .inputs = {floats({2, 3, 4}, {0.0F,  0.6F,   -0.55F, -1.78F, -0.91F, -1.98F,
                                                    0.12F, 2.68F,  -0.98F, -1.24F, 0.98F,  0.71F,
                                                    0.21F, -1.86F, -0.06F, 1.39F,  -2.69F, -0.92F,
                                                    -3.8F, -2.58F, -3.68F, -0.47F, -2.53F, 0.54F}),
                                 ints({2}, {4, 1})}},
               {floats({2, 1, 3, 4, 1},
                       {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                        -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                        -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F})}) == "");
}

TEST_CASE("Unsqueeze refuses bad axes") {
  CHECK(load_error(OpCase{
            .name = "Unsqueeze",
            .inputs = {
                floats({2, 3, 4}, {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                                   -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                                   -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F}),
                ints({2}, {0, 0})}}) == "E-MODEL-SHAPE");
  CHECK(load_error(OpCase{
            .name = "Unsqueeze",
            .inputs = {
                floats({2, 3, 4}, {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                                   -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                                   -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F}),
                ints({1}, {5})}}) == "E-MODEL-ATTR");
  CHECK(run_error(OpCase{
            .name = "Unsqueeze",
            .inputs = {
                floats({2, 3, 4}, {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                                   -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                                   -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F}),
                ints({10}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9})}}) == "E-LIMIT-RANK");
  CHECK(load_error(OpCase{
            .name = "Unsqueeze",
            .inputs = {
                floats({2, 3, 4}, {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                                   -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                                   -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F}),
                ints({10}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9})}}) == "E-LIMIT-RANK");
}
