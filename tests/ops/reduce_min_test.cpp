#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("ReduceMin over axes") {
  CHECK(check_op(OpCase{.name = "ReduceMin",
                        .attributes = {{"keepdims", std::int64_t{1}}},
                        .inputs = {floats({2, 3, 2}, {-4.2F, 2.7F, -0.3F, -0.0F, -4.3F, -1.4F, 2.2F,
                                                      -0.2F, 0.2F, -0.9F, 3.5F, -0.1F})},
                        .rtol = 1e-05},
                 {floats({1, 1, 1}, {-4.3F})}) == "");
  CHECK(check_op(OpCase{.name = "ReduceMin",
                        .attributes = {{"keepdims", std::int64_t{1}}},
                        .inputs = {floats({2, 3, 2}, {-4.2F, 2.7F, -0.3F, -0.0F, -4.3F, -1.4F, 2.2F,
                                                      -0.2F, 0.2F, -0.9F, 3.5F, -0.1F}),
                                   ints({1}, {1})},
                        .rtol = 1e-05},
                 {floats({2, 1, 2}, {-4.3F, -1.4F, 0.2F, -0.9F})}) == "");
  CHECK(check_op(OpCase{.name = "ReduceMin",
                        .attributes = {{"keepdims", std::int64_t{0}}},
                        .inputs = {floats({2, 3, 2}, {-4.2F, 2.7F, -0.3F, -0.0F, -4.3F, -1.4F, 2.2F,
                                                      -0.2F, 0.2F, -0.9F, 3.5F, -0.1F}),
                                   ints({1}, {1})},
                        .rtol = 1e-05},
                 {floats({2, 2}, {-4.3F, -1.4F, 0.2F, -0.9F})}) == "");
  CHECK(check_op(OpCase{.name = "ReduceMin",
                        .attributes = {{"keepdims", std::int64_t{0}}},
                        .inputs = {floats({2, 3, 2}, {-4.2F, 2.7F, -0.3F, -0.0F, -4.3F, -1.4F, 2.2F,
                                                      -0.2F, 0.2F, -0.9F, 3.5F, -0.1F}),
                                   ints({2}, {-1, 0})},
                        .rtol = 1e-05},
                 {floats({3}, {-4.2F, -0.9F, -4.3F})}) == "");
  CHECK(check_op(OpCase{.name = "ReduceMin",
                        .attributes = {{"keepdims", std::int64_t{1}}},
                        .inputs = {floats({2, 3, 2}, {-4.2F, 2.7F, -0.3F, -0.0F, -4.3F, -1.4F, 2.2F,
                                                      -0.2F, 0.2F, -0.9F, 3.5F, -0.1F}),
                                   ints({3}, {0, 1, 2})},
                        .rtol = 1e-05},
                 {floats({1, 1, 1}, {-4.3F})}) == "");
  CHECK(check_op(OpCase{.name = "ReduceMin",
                        .attributes = {{"noop_with_empty_axes", std::int64_t{1}}},
                        .inputs = {floats({2, 3, 2}, {-4.2F, 2.7F, -0.3F, -0.0F, -4.3F, -1.4F, 2.2F,
                                                      -0.2F, 0.2F, -0.9F, 3.5F, -0.1F}),
                                   ints({0}, {})},
                        .rtol = 1e-05},
                 {floats({2, 3, 2}, {-4.2F, 2.7F, -0.3F, -0.0F, -4.3F, -1.4F, 2.2F, -0.2F, 0.2F,
                                     -0.9F, 3.5F, -0.1F})}) == "");
  CHECK(check_op(OpCase{.name = "ReduceMin", .inputs = {floats({}, {3.0F})}, .rtol = 1e-05},
                 {floats({}, {3.0F})}) == "");
}

TEST_CASE("ReduceMin of integers") {
  CHECK(check_op(OpCase{.name = "ReduceMin",
                        .attributes = {{"keepdims", std::int64_t{0}}},
                        .inputs = {numbers(DType::int32, {2, 3}, {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}),
                                   ints({1}, {1})}},
                 {numbers(DType::int32, {2}, {1.0, 4.0})}) == "");
}

TEST_CASE("ReduceMin of nothing and NaN") {
  CHECK(check_op(OpCase{.name = "ReduceMin",
                        .attributes = {{"keepdims", std::int64_t{0}}},
                        .inputs = {floats({2, 0}, {}), ints({1}, {1})}},
                 {numbers(DType::float32, {2}, {kInf, kInf})}) == "");
  CHECK(check_op(
            OpCase{.name = "ReduceMin", .inputs = {numbers(DType::float32, {3}, {1.0, kNan, 3.0})}},
            {numbers(DType::float32, {1}, {kNan})}) == "");
}

TEST_CASE("ReduceMin refuses bad axes") {
  CHECK(load_error(OpCase{.name = "ReduceMin",
                          .inputs = {floats({2, 3, 2}, {-4.2F, 2.7F, -0.3F, -0.0F, -4.3F, -1.4F,
                                                        2.2F, -0.2F, 0.2F, -0.9F, 3.5F, -0.1F}),
                                     ints({1}, {3})}}) == "E-MODEL-ATTR");
  CHECK(load_error(OpCase{.name = "ReduceMin",
                          .inputs = {floats({2, 3, 2}, {-4.2F, 2.7F, -0.3F, -0.0F, -4.3F, -1.4F,
                                                        2.2F, -0.2F, 0.2F, -0.9F, 3.5F, -0.1F}),
                                     ints({2}, {1, -2})}}) == "E-MODEL-SHAPE");
  CHECK(run_error(OpCase{.name = "ReduceMin",
                         .inputs = {floats({2, 3, 2}, {-4.2F, 2.7F, -0.3F, -0.0F, -4.3F, -1.4F,
                                                       2.2F, -0.2F, 0.2F, -0.9F, 3.5F, -0.1F}),
                                    ints({2}, {1, -2})}}) == "E-DATA-SHAPE");
  CHECK(load_error(OpCase{.name = "ReduceMin", .inputs = {strings({1}, {"a"})}}) ==
        "E-MODEL-DTYPE");
}

TEST_CASE("ReduceMin of small integers and booleans") {
  CHECK(check_op(OpCase{.name = "ReduceMin", .inputs = {numbers(DType::uint8, {2}, {5.0, 3.0})}},
                 {numbers(DType::uint8, {1}, {3.0})}) == "");
  CHECK(check_op(OpCase{.name = "ReduceMin",
                        .inputs = {bools({2, 2}, {true, true, true, false}), ints({1}, {1})}},
                 {bools({2, 1}, {true, false})}) == "");
  CHECK(check_op(OpCase{.name = "ReduceMin", .inputs = {numbers(DType::uint8, {0}, {})}},
                 {numbers(DType::uint8, {1}, {255.0})}) == "");
}
