#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Shrink hard and soft") {
  CHECK(check_op(
            OpCase{.name = "Shrink",
                   .attributes = {{"lambd", 1.5F}},
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})}},
            {floats({2, 4}, {-2.5F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 2.5F, 4.0F})}) == "");
  CHECK(check_op(
            OpCase{.name = "Shrink",
                   .attributes = {{"lambd", 1.5F}, {"bias", 1.5F}},
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})}},
            {floats({2, 4}, {-1.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 1.0F, 2.5F})}) == "");
  CHECK(check_op(OpCase{.name = "Shrink",
                        .attributes = {{"lambd", 1.5F}, {"bias", 1.0F}},
                        .inputs = {numbers(DType::int32, {4}, {-3.0, -1.0, 1.0, 3.0})}},
                 {numbers(DType::int32, {4}, {-2.0, 0.0, 0.0, 2.0})}) == "");
}
