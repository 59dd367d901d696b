#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("CastLike") {
  CHECK(check_op(OpCase{.name = "CastLike",
                        .inputs = {floats({2}, {1.5F, -2.5F}), numbers(DType::int32, {1}, {0.0})}},
                 {numbers(DType::int32, {2}, {1.0, -2.0})}) == "");
  CHECK(check_op(OpCase{.name = "CastLike",
                        .inputs = {floats({2}, {1.5F, 500.0F}),
                                   numbers(DType::float8e4m3fn, {}, {0.0})}},
                 {numbers(DType::float8e4m3fn, {2}, {1.5, 448.0})}) == "");
}
