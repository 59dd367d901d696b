#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Asin of floats") {
  CHECK(check_op(OpCase{.name = "Asin",
                        .inputs = {floats({6}, {-0.9F, -0.5F, 0.0F, 0.25F, 0.75F, 0.99F})},
                        .rtol = 2e-06},
                 {floats({6}, {-1.1197696F, -0.5235988F, 0.0F, 0.25268024F, 0.84806216F,
                               1.4292569F})}) == "");
  CHECK(check_op(OpCase{.name = "Asin", .inputs = {floats({0, 2}, {})}}, {floats({0, 2}, {})}) ==
        "");
}

TEST_CASE("Asin of NaN, float16 and double") {
  CHECK(check_op(OpCase{.name = "Asin", .inputs = {numbers(DType::float32, {1}, {kNan})}},
                 {numbers(DType::float32, {1}, {kNan})}) == "");
  CHECK(check_op(OpCase{.name = "Asin",
                        .inputs = {numbers(DType::float16, {3}, {0.25, 0.75, 0.990234375})},
                        .rtol = 0.001},
                 {numbers(DType::float16, {3}, {0.252685546875, 0.84814453125, 1.4306640625})}) ==
        "");
  CHECK(check_op(OpCase{.name = "Asin",
                        .inputs = {numbers(DType::float64, {3}, {0.25, 0.75, 0.990234375})},
                        .rtol = 1e-06},
                 {numbers(DType::float64, {3},
                          {0.25268025514207865, 0.848062078981481, 1.4309280952736882})}) == "");
}

TEST_CASE("Asin refuses other dtypes and attributes") {
  CHECK(load_error(OpCase{.name = "Asin", .inputs = {strings({1}, {"a"})}}) == "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "Asin",
                          .attributes = {{"nonsense", std::int64_t{1}}},
                          .inputs = {floats({1}, {1.0F})}}) == "E-UNSUPPORTED-ATTR");
  CHECK(load_error(OpCase{.name = "Asin", .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F})}}) ==
        "E-MODEL-ARITY");
}
