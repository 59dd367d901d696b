#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Log of floats") {
  CHECK(check_op(OpCase{.name = "Log",
                        .inputs = {floats(
                            {2, 4}, {2.75F, 1.25F, 0.75F, 0.25F, 0.75F, 1.25F, 2.75F, 4.25F})},
                        .rtol = 2e-06},
                 {floats({2, 4}, {1.011601F, 0.22314355F, -0.2876821F, -1.3862944F, -0.2876821F,
                                  0.22314355F, 1.011601F, 1.446919F})}) == "");
  CHECK(check_op(OpCase{.name = "Log", .inputs = {floats({0, 2}, {})}}, {floats({0, 2}, {})}) ==
        "");
}

TEST_CASE("Log of NaN, float16 and double") {
  CHECK(check_op(OpCase{.name = "Log", .inputs = {numbers(DType::float32, {1}, {kNan})}},
                 {numbers(DType::float32, {1}, {kNan})}) == "");
  CHECK(check_op(OpCase{.name = "Log",
                        .inputs = {numbers(DType::float16, {3}, {0.25, 0.75, 1.25})},
                        .rtol = 0.001},
                 {numbers(DType::float16, {3}, {-1.38671875, -0.28759765625, 0.22314453125})}) ==
        "");
  CHECK(check_op(OpCase{.name = "Log",
                        .inputs = {numbers(DType::float64, {3}, {0.25, 0.75, 1.25})},
                        .rtol = 1e-06},
                 {numbers(DType::float64, {3},
                          {-1.3862943611198906, -0.2876820724517809, 0.22314355131420976})}) == "");
}

TEST_CASE("Log refuses other dtypes and attributes") {
  CHECK(load_error(OpCase{.name = "Log", .inputs = {strings({1}, {"a"})}}) == "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "Log",
                          .attributes = {{"nonsense", std::int64_t{1}}},
                          .inputs = {floats({1}, {1.0F})}}) == "E-UNSUPPORTED-ATTR");
  CHECK(load_error(OpCase{.name = "Log", .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F})}}) ==
        "E-MODEL-ARITY");
}
