#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Acosh of floats") {
  CHECK(check_op(OpCase{.name = "Acosh",
                        .inputs = {floats(
                            {2, 4}, {3.75F, 2.25F, 1.75F, 1.25F, 1.75F, 2.25F, 3.75F, 5.25F})},
                        .rtol = 2e-06},
                 {floats({2, 4}, {1.9966315F, 1.4505745F, 1.1588104F, 0.6931472F, 1.1588104F,
                                  1.4505745F, 1.9966315F, 2.342179F})}) == "");
  CHECK(check_op(OpCase{.name = "Acosh", .inputs = {floats({0, 2}, {})}}, {floats({0, 2}, {})}) ==
        "");
}

TEST_CASE("Acosh of NaN, float16 and double") {
  CHECK(check_op(OpCase{.name = "Acosh", .inputs = {numbers(DType::float32, {1}, {kNan})}},
                 {numbers(DType::float32, {1}, {kNan})}) == "");
  CHECK(check_op(OpCase{.name = "Acosh",
                        .inputs = {numbers(DType::float16, {3}, {1.25, 1.75, 2.25})},
                        .rtol = 0.001},
                 {numbers(DType::float16, {3}, {0.693359375, 1.1591796875, 1.4501953125})}) == "");
  CHECK(check_op(OpCase{.name = "Acosh",
                        .inputs = {numbers(DType::float64, {3}, {1.25, 1.75, 2.25})},
                        .rtol = 1e-06},
                 {numbers(DType::float64, {3},
                          {0.6931471805599453, 1.158810360429947, 1.4505745138225803})}) == "");
}

TEST_CASE("Acosh refuses other dtypes and attributes") {
  CHECK(load_error(OpCase{.name = "Acosh", .inputs = {strings({1}, {"a"})}}) == "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "Acosh",
                          .attributes = {{"nonsense", std::int64_t{1}}},
                          .inputs = {floats({1}, {1.0F})}}) == "E-UNSUPPORTED-ATTR");
  CHECK(load_error(OpCase{.name = "Acosh", .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F})}}) ==
        "E-MODEL-ARITY");
}
