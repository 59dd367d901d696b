#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Atanh of floats") {
  CHECK(check_op(OpCase{.name = "Atanh",
                        .inputs = {floats({6}, {-0.9F, -0.5F, 0.0F, 0.25F, 0.75F, 0.99F})},
                        .rtol = 2e-06},
                 {floats({6}, {-1.4722193F, -0.54930615F, 0.0F, 0.25541282F, 0.97295505F,
                               2.646653F})}) == "");
  CHECK(check_op(OpCase{.name = "Atanh", .inputs = {floats({0, 2}, {})}}, {floats({0, 2}, {})}) ==
        "");
}

TEST_CASE("Atanh of NaN, float16 and double") {
  CHECK(check_op(OpCase{.name = "Atanh", .inputs = {numbers(DType::float32, {1}, {kNan})}},
                 {numbers(DType::float32, {1}, {kNan})}) == "");
  CHECK(check_op(OpCase{.name = "Atanh",
                        .inputs = {numbers(DType::float16, {3}, {0.25, 0.75, 0.990234375})},
                        .rtol = 0.001},
                 {numbers(DType::float16, {3}, {0.25537109375, 0.97314453125, 2.658203125})}) ==
        "");
  CHECK(check_op(OpCase{.name = "Atanh",
                        .inputs = {numbers(DType::float64, {3}, {0.25, 0.75, 0.990234375})},
                        .rtol = 1e-06},
                 {numbers(DType::float64, {3},
                          {0.25541281188299536, 0.9729550745276566, 2.6585695603943122})}) == "");
}

TEST_CASE("Atanh refuses other dtypes and attributes") {
  CHECK(load_error(OpCase{.name = "Atanh", .inputs = {strings({1}, {"a"})}}) == "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "Atanh",
                          .attributes = {{"nonsense", std::int64_t{1}}},
                          .inputs = {floats({1}, {1.0F})}}) == "E-UNSUPPORTED-ATTR");
  CHECK(load_error(OpCase{.name = "Atanh", .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F})}}) ==
        "E-MODEL-ARITY");
}
