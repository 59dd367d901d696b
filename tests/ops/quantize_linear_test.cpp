#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("QuantizeLinear: ties to even and saturation") {
  CHECK(check_op({.name = "QuantizeLinear",
                  .inputs = {floats({6}, {-5.0F, 0.5F, 1.5F, 2.5F, 1e+09F, -1e+09F}),
                             floats({}, {1.0F}), numbers(DType::uint8, {}, {3})}},
                 {numbers(DType::uint8, {6}, {0, 3, 5, 5, 255, 0})}) == "");
}

TEST_CASE("QuantizeLinear: per axis to int8") {
  CHECK(check_op({.name = "QuantizeLinear",
                  .attributes = {attr("axis", 0)},
                  .inputs = {floats({2, 3}, {1.25F, 1.25F, -1.75F, -1.0F, 1.5F, -1.0F}),
                             floats({2}, {0.5F, 0.25F}), numbers(DType::int8, {2}, {1, -1})}},
                 {numbers(DType::int8, {2, 3}, {3, 3, -3, -5, 5, -5})}) == "");
}

TEST_CASE("QuantizeLinear: blocks") {
  CHECK(
      check_op({.name = "QuantizeLinear",
                .attributes = {attr("axis", 1), attr("block_size", 2), attr("output_dtype", 2)},
                .inputs = {floats({2, 4}, {0.25F, 0.25F, 1.75F, 1.0F, 1.25F, -1.75F, 1.5F, -0.25F}),
                           floats({2, 2}, {0.25F, 0.25F, 1.5F, 2.0F})}},
               {numbers(DType::uint8, {2, 4}, {1, 1, 7, 4, 1, 0, 1, 0})}) == "");
}

TEST_CASE("QuantizeLinear: int4") {
  CHECK(check_op({.name = "QuantizeLinear",
                  .attributes = {attr("output_dtype", 22)},
                  .inputs = {floats({4}, {-100.0F, -3.0F, 2.5F, 100.0F}), floats({}, {1.0F})}},
                 {numbers(DType::int4, {4}, {-8, -3, 2, 7})}) == "");
}

TEST_CASE("QuantizeLinear: scales must fit") {
  CHECK(load_error({.name = "QuantizeLinear",
                    .attributes = {attr("axis", 0)},
                    .inputs = {floats({2, 3}, {-1.25F, -1.0F, -1.0F, 1.75F, -0.75F, 0.75F}),
                               floats({3}, {1.0F, 2.0F, 3.0F})}}) == "E-MODEL-SHAPE");
  CHECK(run_error({.name = "QuantizeLinear",
                   .attributes = {attr("axis", 0)},
                   .inputs = {floats({2, 3}, {0.5F, -0.5F, 0.5F, -1.25F, 1.75F, 1.75F}),
                              floats({3}, {1.0F, 2.0F, 3.0F})}}) == "E-MODEL-SHAPE");
  CHECK(load_error({.name = "QuantizeLinear",
                    .attributes = {attr("axis", 5)},
                    .inputs = {floats({2, 3}, {-2.0F, 0.0F, -1.25F, -0.25F, -0.5F, 1.5F}),
                               floats({3}, {1.0F, 2.0F, 3.0F})}}) == "E-MODEL-ATTR");
  CHECK(load_error({.name = "QuantizeLinear",
                    .attributes = {attr("output_dtype", 1)},
                    .inputs = {floats({2, 3}, {1.25F, -1.0F, 0.25F, -0.5F, 0.0F, 1.75F}),
                               floats({}, {1.0F})}}) == "E-MODEL-DTYPE");
  CHECK(load_error({.name = "QuantizeLinear",
                    .attributes = {attr("block_size", -1)},
                    .inputs = {floats({2, 3}, {1.0F, -2.0F, 0.75F, 1.25F, -1.0F, 1.0F}),
                               floats({2, 3}, {-1.75F, -1.75F, -0.25F, -0.25F, 1.5F, 1.5F})}}) ==
        "E-MODEL-ATTR");
}
