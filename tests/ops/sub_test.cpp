#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Sub broadcasts both ways") {
  CHECK(
      check_op(OpCase{.name = "Sub",
                      .inputs = {floats({2, 1}, {1.5F, -2.0F}), floats({3}, {0.5F, 4.0F, -1.0F})}},
               {floats({2, 3}, {1.0F, -2.5F, 2.5F, -2.5F, -6.0F, -1.0F})}) == "");
}

TEST_CASE("Sub of other dtypes") {
  CHECK(check_op(OpCase{.name = "Sub",
                        .inputs = {numbers(DType::float16, {3}, {1.5, 2.0, 3.0}),
                                   numbers(DType::float16, {1}, {0.0999755859375})}},
                 {numbers(DType::float16, {3}, {1.400390625, 1.900390625, 2.900390625})}) == "");
  CHECK(check_op(OpCase{.name = "Sub",
                        .inputs = {numbers(DType::int8, {2}, {100.0, -7.0}),
                                   numbers(DType::int8, {2}, {100.0, 3.0})}},
                 {numbers(DType::int8, {2}, {0.0, -10.0})}) == "");
  CHECK(check_op(OpCase{.name = "Sub",
                        .inputs = {numbers(DType::uint64, {2}, {7.0, 9.0}),
                                   numbers(DType::uint64, {2}, {2.0, 3.0})}},
                 {numbers(DType::uint64, {2}, {5.0, 6.0})}) == "");
  CHECK(check_op(OpCase{.name = "Sub",
                        .inputs = {numbers(DType::bfloat16, {2}, {7.0, 9.0}),
                                   numbers(DType::bfloat16, {2}, {2.0, 3.0})}},
                 {numbers(DType::bfloat16, {2}, {5.0, 6.0})}) == "");
}

TEST_CASE("Sub of empty and scalar tensors") {
  CHECK(check_op(
            OpCase{.name = "Sub", .inputs = {floats({0, 3}, {}), floats({3}, {1.0F, 2.0F, 3.0F})}},
            {floats({0, 3}, {})}) == "");
  CHECK(check_op(OpCase{.name = "Sub", .inputs = {floats({}, {4.0F}), floats({}, {2.0F})}},
                 {floats({}, {2.0F})}) == "");
}

TEST_CASE("Sub refuses what does not fit") {
  CHECK(load_error(OpCase{.name = "Sub",
                          .inputs = {floats({2}, {1.0F, 2.0F}),
                                     floats({3}, {1.0F, 2.0F, 3.0F})}}) == "E-MODEL-SHAPE");
  CHECK(run_error(OpCase{.name = "Sub",
                         .inputs = {floats({2}, {1.0F, 2.0F}), floats({3}, {1.0F, 2.0F, 3.0F})}}) ==
        "E-DATA-SHAPE");
  CHECK(load_error(OpCase{.name = "Sub", .inputs = {floats({1}, {1.0F}), ints({1}, {1})}}) ==
        "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "Sub", .inputs = {floats({1}, {1.0F})}}) == "E-MODEL-ARITY");
  CHECK(load_error(OpCase{.name = "Sub", .inputs = {strings({1}, {"a"}), strings({1}, {"b"})}}) ==
        "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "Sub",
                          .attributes = {{"axis", std::int64_t{0}}},
                          .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F})}}) ==
        "E-UNSUPPORTED-ATTR");
}
