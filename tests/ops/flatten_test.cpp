#include <catch2/catch.hpp>
#include <limits>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Flatten at every axis") {
  CHECK(check_op(
            OpCase{.name = "Flatten",
                   .attributes = {{"axis", std::int64_t{0}}},
                   .inputs = {floats({2, 3, 4}, {0.0F,  0.6F,   -0.55F, -1.78F, -0.91F, -1.98F,
                                                 0.12F, 2.68F,  -0.98F, -1.24F, 0.98F,  0.71F,
                                                 0.21F, -1.86F, -0.06F, 1.39F,  -2.69F, -0.92F,
                                                 -3.8F, -2.58F, -3.68F, -0.47F, -2.53F, 0.54F})}},
            {floats({1, 24}, {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                              -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                              -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F})}) ==
        "");
  CHECK(check_op(
            OpCase{.name = "Flatten",
                   .attributes = {{"axis", std::int64_t{1}}},
                   .inputs = {floats({2, 3, 4}, {0.0F,  0.6F,   -0.55F, -1.78F, -0.91F, -1.98F,
                                                 0.12F, 2.68F,  -0.98F, -1.24F, 0.98F,  0.71F,
                                                 0.21F, -1.86F, -0.06F, 1.39F,  -2.69F, -0.92F,
                                                 -3.8F, -2.58F, -3.68F, -0.47F, -2.53F, 0.54F})}},
            {floats({2, 12}, {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                              -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                              -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F})}) ==
        "");
  CHECK(check_op(
            OpCase{.name = "Flatten",
                   .attributes = {{"axis", std::int64_t{2}}},
                   .inputs = {floats({2, 3, 4}, {0.0F,  0.6F,   -0.55F, -1.78F, -0.91F, -1.98F,
                                                 0.12F, 2.68F,  -0.98F, -1.24F, 0.98F,  0.71F,
                                                 0.21F, -1.86F, -0.06F, 1.39F,  -2.69F, -0.92F,
                                                 -3.8F, -2.58F, -3.68F, -0.47F, -2.53F, 0.54F})}},
            {floats({6, 4}, {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                             -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                             -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F})}) ==
        "");
  CHECK(check_op(
            OpCase{.name = "Flatten",
                   .attributes = {{"axis", std::int64_t{3}}},
                   .inputs = {floats({2, 3, 4}, {0.0F,  0.6F,   -0.55F, -1.78F, -0.91F, -1.98F,
                                                 0.12F, 2.68F,  -0.98F, -1.24F, 0.98F,  0.71F,
                                                 0.21F, -1.86F, -0.06F, 1.39F,  -2.69F, -0.92F,
                                                 -3.8F, -2.58F, -3.68F, -0.47F, -2.53F, 0.54F})}},
            {floats({24, 1}, {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                              -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                              -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F})}) ==
        "");
  CHECK(check_op(
            OpCase{.name = "Flatten",
                   .attributes = {{"axis", std::int64_t{-1}}},
                   .inputs = {floats({2, 3, 4}, {0.0F,  0.6F,   -0.55F, -1.78F, -0.91F, -1.98F,
                                                 0.12F, 2.68F,  -0.98F, -1.24F, 0.98F,  0.71F,
                                                 0.21F, -1.86F, -0.06F, 1.39F,  -2.69F, -0.92F,
                                                 -3.8F, -2.58F, -3.68F, -0.47F, -2.53F, 0.54F})}},
            {floats({6, 4}, {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                             -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                             -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F})}) ==
        "");
  CHECK(check_op(
            OpCase{.name = "Flatten",
                   .attributes = {{"axis", std::int64_t{-3}}},
                   .inputs = {floats({2, 3, 4}, {0.0F,  0.6F,   -0.55F, -1.78F, -0.91F, -1.98F,
                                                 0.12F, 2.68F,  -0.98F, -1.24F, 0.98F,  0.71F,
                                                 0.21F, -1.86F, -0.06F, 1.39F,  -2.69F, -0.92F,
                                                 -3.8F, -2.58F, -3.68F, -0.47F, -2.53F, 0.54F})}},
            {floats({1, 24}, {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                              -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                              -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F})}) ==
        "");
  CHECK(load_error(OpCase{
            .name = "Flatten",
            .attributes = {{"axis", std::int64_t{4}}},
            .inputs = {floats({2, 3, 4},
                              {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                               -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                               -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F})}}) ==
        "E-MODEL-ATTR");
  CHECK(load_error(OpCase{
            .name = "Flatten",
            .attributes = {{"axis", std::numeric_limits<std::int64_t>::min()}},
            .inputs = {floats({2, 3, 4},
                              {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                               -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                               -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F})}}) ==
        "E-MODEL-ATTR");
  CHECK(inferred(OpCase{.name = "Flatten"},
                 {ValueType::of(DType::float32, {Dim::named("n"), Dim::known(3),
                                                 Dim::known(4)})}) == "float[n,12]");
}
