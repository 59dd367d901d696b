#include <catch2/catch.hpp>
#include <limits>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Add broadcasts both ways") {
  CHECK(
      check_op(OpCase{.name = "Add",
                      .inputs = {floats({2, 1}, {1.5F, -2.0F}), floats({3}, {0.5F, 4.0F, -1.0F})}},
               {floats({2, 3}, {2.0F, 5.5F, 0.5F, -1.5F, 2.0F, -3.0F})}) == "");
}

TEST_CASE("Add of other dtypes") {
  CHECK(check_op(OpCase{.name = "Add",
                        .inputs = {numbers(DType::float16, {3}, {1.5, 2.0, 3.0}),
                                   numbers(DType::float16, {1}, {0.0999755859375})}},
                 {numbers(DType::float16, {3}, {1.599609375, 2.099609375, 3.099609375})}) == "");
  CHECK(check_op(OpCase{.name = "Add",
                        .inputs = {numbers(DType::int8, {2}, {100.0, -7.0}),
                                   numbers(DType::int8, {2}, {100.0, 3.0})}},
                 {numbers(DType::int8, {2}, {-56.0, -4.0})}) == "");
  CHECK(check_op(OpCase{.name = "Add",
                        .inputs = {numbers(DType::uint64, {2}, {7.0, 9.0}),
                                   numbers(DType::uint64, {2}, {2.0, 3.0})}},
                 {numbers(DType::uint64, {2}, {9.0, 12.0})}) == "");
  CHECK(check_op(OpCase{.name = "Add",
                        .inputs = {numbers(DType::bfloat16, {2}, {7.0, 9.0}),
                                   numbers(DType::bfloat16, {2}, {2.0, 3.0})}},
                 {numbers(DType::bfloat16, {2}, {9.0, 12.0})}) == "");
}

TEST_CASE("Add of empty and scalar tensors") {
  CHECK(check_op(
            OpCase{.name = "Add", .inputs = {floats({0, 3}, {}), floats({3}, {1.0F, 2.0F, 3.0F})}},
            {floats({0, 3}, {})}) == "");
  CHECK(check_op(OpCase{.name = "Add", .inputs = {floats({}, {4.0F}), floats({}, {2.0F})}},
                 {floats({}, {6.0F})}) == "");
}

TEST_CASE("Add refuses what does not fit") {
  CHECK(load_error(OpCase{.name = "Add",
                          .inputs = {floats({2}, {1.0F, 2.0F}),
                                     floats({3}, {1.0F, 2.0F, 3.0F})}}) == "E-MODEL-SHAPE");
  CHECK(run_error(OpCase{.name = "Add",
                         .inputs = {floats({2}, {1.0F, 2.0F}), floats({3}, {1.0F, 2.0F, 3.0F})}}) ==
        "E-DATA-SHAPE");
  CHECK(load_error(OpCase{.name = "Add", .inputs = {floats({1}, {1.0F}), ints({1}, {1})}}) ==
        "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "Add", .inputs = {floats({1}, {1.0F})}}) == "E-MODEL-ARITY");
  CHECK(load_error(OpCase{.name = "Add", .inputs = {strings({1}, {"a"}), strings({1}, {"b"})}}) ==
        "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "Add",
                          .attributes = {{"axis", std::int64_t{0}}},
                          .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F})}}) ==
        "E-UNSUPPORTED-ATTR");
}

TEST_CASE("Add of int64 wraps") {
  CHECK(check_op(OpCase{.name = "Add",
                        .inputs = {ints({1}, {std::numeric_limits<std::int64_t>::max()}),
                                   ints({1}, {1})}},
                 {ints({1}, {std::numeric_limits<std::int64_t>::min()})}) == "");
}

TEST_CASE("Add keeps symbols") {
  CHECK(inferred(OpCase{.name = "Add"},
                 {ValueType::of(DType::float32, {Dim::named("n"), Dim::known(3)}),
                  ValueType::of(DType::float32, {Dim::named("n"), Dim::known(1)})}) ==
        "float[n,3]");
  CHECK(inferred(OpCase{.name = "Add"}, {ValueType::of(DType::float32, {Dim::named("n")}),
                                         ValueType::of(DType::float32, {Dim::named("m")})}) ==
        "float[?]");
}
