#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Sqrt of floats") {
  CHECK(check_op(OpCase{.name = "Sqrt",
                        .inputs = {floats(
                            {2, 4}, {2.75F, 1.25F, 0.75F, 0.25F, 0.75F, 1.25F, 2.75F, 4.25F})},
                        .rtol = 2e-06},
                 {floats({2, 4}, {1.6583124F, 1.118034F, 0.8660254F, 0.5F, 0.8660254F, 1.118034F,
                                  1.6583124F, 2.0615528F})}) == "");
  CHECK(check_op(OpCase{.name = "Sqrt", .inputs = {floats({0, 2}, {})}}, {floats({0, 2}, {})}) ==
        "");
}

TEST_CASE("Sqrt of NaN, float16 and double") {
  CHECK(check_op(OpCase{.name = "Sqrt", .inputs = {numbers(DType::float32, {1}, {kNan})}},
                 {numbers(DType::float32, {1}, {kNan})}) == "");
  CHECK(check_op(OpCase{.name = "Sqrt",
                        .inputs = {numbers(DType::float16, {3}, {0.25, 0.75, 1.25})},
                        .rtol = 0.001},
                 {numbers(DType::float16, {3}, {0.5, 0.8662109375, 1.1181640625})}) == "");
  CHECK(check_op(OpCase{.name = "Sqrt",
                        .inputs = {numbers(DType::float64, {3}, {0.25, 0.75, 1.25})},
                        .rtol = 1e-06},
                 {numbers(DType::float64, {3}, {0.5, 0.8660254037844386, 1.118033988749895})}) ==
        "");
}

TEST_CASE("Sqrt refuses other dtypes and attributes") {
  CHECK(load_error(OpCase{.name = "Sqrt", .inputs = {strings({1}, {"a"})}}) == "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "Sqrt",
                          .attributes = {{"nonsense", std::int64_t{1}}},
                          .inputs = {floats({1}, {1.0F})}}) == "E-UNSUPPORTED-ATTR");
  CHECK(load_error(OpCase{.name = "Sqrt", .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F})}}) ==
        "E-MODEL-ARITY");
}

TEST_CASE("Sqrt of negative numbers") {
  CHECK(check_op(OpCase{.name = "Sqrt", .inputs = {floats({1}, {-1.0F})}},
                 {numbers(DType::float32, {1}, {kNan})}) == "");
}
