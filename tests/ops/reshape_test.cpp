#include <catch2/catch.hpp>
#include <limits>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Reshape with -1 and 0") {
  CHECK(
      check_op(OpCase{.name = "Reshape",
                      .inputs = {floats({2, 3, 4}, {0.0F,  0.6F,   -0.55F, -1.78F, -0.91F, -1.98F,
                                                    0.12F, 2.68F,  -0.98F, -1.24F, 0.98F,  0.71F,
                                                    0.21F, -1.86F, -0.06F, 1.39F,  -2.69F, -0.92F,
                                                    -3.8F, -2.58F, -3.68F, -0.47F, -2.53F, 0.54F}),
                                 ints({2}, {4, 6})}},
               {floats({4, 6}, {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                                -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                                -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F})}) ==
      "");
  CHECK(check_op(
            OpCase{.name = "Reshape",
                   .inputs = {floats({2, 3, 4}, {0.0F,  0.6F,   -0.55F, -1.78F, -0.91F, -1.98F,
                                                 0.12F, 2.68F,  -0.98F, -1.24F, 0.98F,  0.71F,
                                                 0.21F, -1.86F, -0.06F, 1.39F,  -2.69F, -0.92F,
                                                 -3.8F, -2.58F, -3.68F, -0.47F, -2.53F, 0.54F}),
                              ints({3}, {0, -1, 2})}},
            {floats({2, 6, 2}, {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                                -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                                -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F})}) ==
        "");
  CHECK(check_op(
            OpCase{.name = "Reshape",
                   .inputs = {floats({2, 3, 4}, {0.0F,  0.6F,   -0.55F, -1.78F, -0.91F, -1.98F,
                                                 0.12F, 2.68F,  -0.98F, -1.24F, 0.98F,  0.71F,
                                                 0.21F, -1.86F, -0.06F, 1.39F,  -2.69F, -0.92F,
                                                 -3.8F, -2.58F, -3.68F, -0.47F, -2.53F, 0.54F}),
                              ints({1}, {-1})}},
            {floats({24}, {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                           -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                           -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F})}) == "");
  CHECK(check_op(OpCase{.name = "Reshape", .inputs = {floats({1, 1}, {3.0F}), ints({0}, {})}},
                 {floats({}, {3.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Reshape",
                        .attributes = {{"allowzero", std::int64_t{1}}},
                        .inputs = {floats({0, 3}, {}), ints({2}, {3, 0})}},
                 {floats({3, 0}, {})}) == "");
  CHECK(check_op(OpCase{.name = "Reshape", .inputs = {strings({2}, {"a", "b"}), ints({2}, {2, 1})}},
                 {strings({2, 1}, {"a", "b"})}) == "");
}

TEST_CASE("Reshape refuses impossible targets") {
  CHECK(load_error(OpCase{
            .name = "Reshape",
            .inputs = {
                floats({2, 3, 4}, {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                                   -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                                   -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F}),
                ints({2}, {5, 5})}}) == "E-MODEL-SHAPE");
  CHECK(run_error(OpCase{
            .name = "Reshape",
            .inputs = {
                floats({2, 3, 4}, {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                                   -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                                   -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F}),
                ints({2}, {5, 5})}}) == "E-DATA-SHAPE");
  CHECK(load_error(OpCase{
            .name = "Reshape",
            .inputs = {
                floats({2, 3, 4}, {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                                   -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                                   -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F}),
                ints({2}, {-1, -1})}}) == "E-MODEL-SHAPE");
  CHECK(run_error(OpCase{
            .name = "Reshape",
            .inputs = {
                floats({2, 3, 4}, {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                                   -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                                   -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F}),
                ints({2}, {-1, -1})}}) == "E-DATA-SHAPE");
  CHECK(load_error(OpCase{
            .name = "Reshape",
            .inputs = {
                floats({2, 3, 4}, {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                                   -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                                   -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F}),
                ints({2}, {-2, 12})}}) == "E-MODEL-SHAPE");
  CHECK(run_error(OpCase{
            .name = "Reshape",
            .inputs = {
                floats({2, 3, 4}, {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                                   -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                                   -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F}),
                ints({2}, {-2, 12})}}) == "E-DATA-SHAPE");
  CHECK(load_error(OpCase{
            .name = "Reshape",
            .inputs = {
                floats({2, 3, 4}, {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                                   -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                                   -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F}),
                ints({4}, {2, 3, 4, 0})}}) == "E-MODEL-SHAPE");
  CHECK(run_error(OpCase{
            .name = "Reshape",
            .inputs = {
                floats({2, 3, 4}, {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                                   -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                                   -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F}),
                ints({4}, {2, 3, 4, 0})}}) == "E-DATA-SHAPE");
  CHECK(load_error(OpCase{
            .name = "Reshape",
            .inputs = {
                floats({2, 3, 4}, {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                                   -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                                   -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F}),
                ints({4}, {0, 0, -1, 5})}}) == "E-MODEL-SHAPE");
  CHECK(run_error(OpCase{
            .name = "Reshape",
            .inputs = {
                floats({2, 3, 4}, {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                                   -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                                   -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F}),
                ints({4}, {0, 0, -1, 5})}}) == "E-DATA-SHAPE");
  CHECK(load_error(OpCase{
            .name = "Reshape",
            .inputs = {
                floats({2, 3, 4}, {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                                   -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                                   -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F}),
                ints({2}, {std::numeric_limits<std::int64_t>::max(), 2})}}) == "E-MODEL-SHAPE");
  CHECK(run_error(OpCase{
            .name = "Reshape",
            .inputs = {
                floats({2, 3, 4}, {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                                   -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                                   -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F}),
                ints({2}, {std::numeric_limits<std::int64_t>::max(), 2})}}) == "E-DATA-SHAPE");
  CHECK(load_error(OpCase{
            .name = "Reshape",
            .inputs = {
                floats({2, 3, 4}, {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                                   -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                                   -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F}),
                ints({2}, {-1, 7})}}) == "E-MODEL-SHAPE");
  CHECK(run_error(OpCase{
            .name = "Reshape",
            .inputs = {
                floats({2, 3, 4}, {0.0F,   0.6F,   -0.55F, -1.78F, -0.91F, -1.98F, 0.12F,  2.68F,
                                   -0.98F, -1.24F, 0.98F,  0.71F,  0.21F,  -1.86F, -0.06F, 1.39F,
                                   -2.69F, -0.92F, -3.8F,  -2.58F, -3.68F, -0.47F, -2.53F, 0.54F}),
                ints({2}, {-1, 7})}}) == "E-DATA-SHAPE");
}

TEST_CASE("Reshape keeps symbols") {
  CHECK(inferred(OpCase{.name = "Reshape", .inputs = {{}, ints({2}, {0, -1})}},
                 {ValueType::of(DType::float32, {Dim::named("n"), Dim::known(3), Dim::known(4)}),
                  ValueType::of(DType::int64, Shape{2})}) == "float[n,12]");
  CHECK(inferred(OpCase{.name = "Reshape", .inputs = {{}, ints({2}, {-1, 12})}},
                 {ValueType::of(DType::float32, {Dim::named("n"), Dim::known(3), Dim::known(4)}),
                  ValueType::of(DType::int64, Shape{2})}) == "float[n,12]");
  CHECK(inferred(OpCase{.name = "Reshape"},
                 {ValueType::of(DType::float32, {Dim::named("n"), Dim::known(3), Dim::known(4)}),
                  ValueType::of(DType::int64, Shape{2})}) == "float[?,?]");
}
