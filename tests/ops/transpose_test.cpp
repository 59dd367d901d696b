#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Transpose") {
  CHECK(check_op(
            OpCase{.name = "Transpose",
                   .inputs = {floats({2, 3, 4}, {0.0F,  0.6F,   -0.55F, -1.78F, -0.91F, -1.98F,
                                                 0.12F, 2.68F,  -0.98F, -1.24F, 0.98F,  0.71F,
                                                 0.21F, -1.86F, -0.06F, 1.39F,  -2.69F, -0.92F,
                                                 -3.8F, -2.58F, -3.68F, -0.47F, -2.53F, 0.54F})}},
            {floats({4, 3, 2}, {0.0F,   0.21F,  -0.91F, -2.69F, -0.98F, -3.68F, 0.6F,  -1.86F,
                                -1.98F, -0.92F, -1.24F, -0.47F, -0.55F, -0.06F, 0.12F, -3.8F,
                                0.98F,  -2.53F, -1.78F, 1.39F,  2.68F,  -2.58F, 0.71F, 0.54F})}) ==
        "");
  CHECK(check_op(
            OpCase{.name = "Transpose",
                   .attributes = {{"perm", std::vector<std::int64_t>{1, 0, 2}}},
                   .inputs = {floats({2, 3, 4}, {0.0F,  0.6F,   -0.55F, -1.78F, -0.91F, -1.98F,
                                                 0.12F, 2.68F,  -0.98F, -1.24F, 0.98F,  0.71F,
                                                 0.21F, -1.86F, -0.06F, 1.39F,  -2.69F, -0.92F,
                                                 -3.8F, -2.58F, -3.68F, -0.47F, -2.53F, 0.54F})}},
            {floats({3, 2, 4}, {0.0F,   0.6F,   -0.55F, -1.78F, 0.21F,  -1.86F, -0.06F, 1.39F,
                                -0.91F, -1.98F, 0.12F,  2.68F,  -2.69F, -0.92F, -3.8F,  -2.58F,
                                -0.98F, -1.24F, 0.98F,  0.71F,  -3.68F, -0.47F, -2.53F, 0.54F})}) ==
        "");
  CHECK(check_op(
            OpCase{.name = "Transpose",
                   .attributes = {{"perm", std::vector<std::int64_t>{2, 0, 1}}},
                   .inputs = {floats({2, 3, 4}, {0.0F,  0.6F,   -0.55F, -1.78F, -0.91F, -1.98F,
                                                 0.12F, 2.68F,  -0.98F, -1.24F, 0.98F,  0.71F,
                                                 0.21F, -1.86F, -0.06F, 1.39F,  -2.69F, -0.92F,
                                                 -3.8F, -2.58F, -3.68F, -0.47F, -2.53F, 0.54F})}},
            {floats({4, 2, 3}, {0.0F,   -0.91F, -0.98F, 0.21F,  -2.69F, -3.68F, 0.6F,   -1.98F,
                                -1.24F, -1.86F, -0.92F, -0.47F, -0.55F, 0.12F,  0.98F,  -0.06F,
                                -3.8F,  -2.53F, -1.78F, 2.68F,  0.71F,  1.39F,  -2.58F, 0.54F})}) ==
        "");
  CHECK(check_op(
            OpCase{.name = "Transpose",
                   .attributes = {{"perm", std::vector<std::int64_t>{0, 2, 1}}},
                   .inputs = {floats({2, 3, 4}, {0.0F,  0.6F,   -0.55F, -1.78F, -0.91F, -1.98F,
                                                 0.12F, 2.68F,  -0.98F, -1.24F, 0.98F,  0.71F,
                                                 0.21F, -1.86F, -0.06F, 1.39F,  -2.69F, -0.92F,
                                                 -3.8F, -2.58F, -3.68F, -0.47F, -2.53F, 0.54F})}},
            {floats({2, 4, 3}, {0.0F,   -0.91F, -0.98F, 0.6F,  -1.98F, -1.24F, -0.55F, 0.12F,
                                0.98F,  -1.78F, 2.68F,  0.71F, 0.21F,  -2.69F, -3.68F, -1.86F,
                                -0.92F, -0.47F, -0.06F, -3.8F, -2.53F, 1.39F,  -2.58F, 0.54F})}) ==
        "");
  CHECK(check_op(OpCase{.name = "Transpose", .inputs = {strings({2, 1}, {"a", "b"})}},
                 {strings({1, 2}, {"a", "b"})}) == "");
  CHECK(check_op(OpCase{.name = "Transpose", .inputs = {floats({}, {1.0F})}},
                 {floats({}, {1.0F})}) == "");
}

TEST_CASE("Transpose refuses what is no permutation") {
  CHECK(load_error(OpCase{
            .name = "Transpose",
            .attributes = {{"perm", std::vector<std::int64_t>{0, 0, 1}}},
            .inputs = {floats({2, 3, 4},
                              {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                               -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                               -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F})}}) ==
        "E-MODEL-ATTR");
  CHECK(run_error(OpCase{
            .name = "Transpose",
            .attributes = {{"perm", std::vector<std::int64_t>{0, 0, 1}}},
            .inputs = {floats({2, 3, 4},
                              {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                               -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                               -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F})}}) ==
        "E-MODEL-ATTR");
  CHECK(load_error(OpCase{
            .name = "Transpose",
            .attributes = {{"perm", std::vector<std::int64_t>{0, 1}}},
            .inputs = {floats({2, 3, 4},
                              {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                               -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                               -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F})}}) ==
        "E-MODEL-ATTR");
  CHECK(run_error(OpCase{
            .name = "Transpose",
            .attributes = {{"perm", std::vector<std::int64_t>{0, 1}}},
            .inputs = {floats({2, 3, 4},
                              {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                               -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                               -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F})}}) ==
        "E-MODEL-ATTR");
  CHECK(load_error(OpCase{
            .name = "Transpose",
            .attributes = {{"perm", std::vector<std::int64_t>{0, 1, 3}}},
            .inputs = {floats({2, 3, 4},
                              {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                               -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                               -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F})}}) ==
        "E-MODEL-ATTR");
  CHECK(run_error(OpCase{
            .name = "Transpose",
            .attributes = {{"perm", std::vector<std::int64_t>{0, 1, 3}}},
            .inputs = {floats({2, 3, 4},
                              {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                               -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                               -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F})}}) ==
        "E-MODEL-ATTR");
}
