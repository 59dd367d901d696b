#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Pow mixes dtypes") {
  CHECK(check_op(
            OpCase{.name = "Pow",
                   .inputs = {floats({3}, {2.0F, 3.0F, -2.0F}), floats({3}, {3.0F, 0.5F, 2.0F})}},
            {floats({3}, {8.0F, 1.7320509F, 4.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Pow",
                        .inputs = {floats({3}, {2.0F, 3.0F, 4.0F}), ints({3}, {2, -1, 0})}},
                 {floats({3}, {4.0F, 0.33333334F, 1.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Pow",
                        .inputs = {numbers(DType::int32, {3}, {2.0, 3.0, -2.0}),
                                   numbers(DType::int32, {3}, {10.0, 2.0, 3.0})}},
                 {numbers(DType::int32, {3}, {1024.0, 9.0, -8.0})}) == "");
  CHECK(check_op(OpCase{.name = "Pow",
                        .inputs = {ints({3}, {2, 3, 4}), floats({3}, {2.0F, 0.5F, 0.5F})}},
                 {ints({3}, {4, 1, 2})}) == "");
  CHECK(check_op(OpCase{.name = "Pow", .inputs = {ints({3}, {2, 1, -1}), ints({3}, {-1, -2, -3})}},
                 {ints({3}, {0, 1, -1})}) == "");
  CHECK(check_op(OpCase{.name = "Pow",
                        .inputs = {floats({2, 1}, {2.0F, 3.0F}), floats({3}, {1.0F, 2.0F, 3.0F})}},
                 {floats({2, 3}, {2.0F, 4.0F, 8.0F, 3.0F, 9.0F, 27.0F})}) == "");
}

TEST_CASE("Pow refuses unsigned bases") {
  CHECK(load_error(OpCase{.name = "Pow",
                          .inputs = {numbers(DType::uint8, {1}, {1.0}),
                                     numbers(DType::uint8, {1}, {1.0})}}) == "E-MODEL-DTYPE");
}
