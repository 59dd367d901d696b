#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("ReduceLogSumExp over axes") {
  CHECK(check_op(OpCase{.name = "ReduceLogSumExp",
                        .attributes = {{"keepdims", std::int64_t{1}}},
                        .inputs = {floats({2, 3, 2}, {-4.2F, 2.7F, -0.3F, -0.0F, -4.3F, -1.4F, 2.2F,
                                                      -0.2F, 0.2F, -0.9F, 3.5F, -0.1F})},
                        .rtol = 1e-05},
                 {floats({1, 1, 1}, {4.1333685F})}) == "");
  CHECK(check_op(OpCase{.name = "ReduceLogSumExp",
                        .attributes = {{"keepdims", std::int64_t{1}}},
                        .inputs = {floats({2, 3, 2}, {-4.2F, 2.7F, -0.3F, -0.0F, -4.3F, -1.4F, 2.2F,
                                                      -0.2F, 0.2F, -0.9F, 3.5F, -0.1F}),
                                   ints({1}, {1})},
                        .rtol = 1e-05},
                 {floats({2, 1, 2}, {-0.26216716F, 2.7804534F, 3.7695804F, 0.7561867F})}) == "");
  CHECK(check_op(OpCase{.name = "ReduceLogSumExp",
                        .attributes = {{"keepdims", std::int64_t{0}}},
                        .inputs = {floats({2, 3, 2}, {-4.2F, 2.7F, -0.3F, -0.0F, -4.3F, -1.4F, 2.2F,
                                                      -0.2F, 0.2F, -0.9F, 3.5F, -0.1F}),
                                   ints({1}, {1})},
                        .rtol = 1e-05},
                 {floats({2, 2}, {-0.26216716F, 2.7804534F, 3.7695804F, 0.7561867F})}) == "");
  CHECK(check_op(OpCase{.name = "ReduceLogSumExp",
                        .attributes = {{"keepdims", std::int64_t{0}}},
                        .inputs = {floats({2, 3, 2}, {-4.2F, 2.7F, -0.3F, -0.0F, -4.3F, -1.4F, 2.2F,
                                                      -0.2F, 0.2F, -0.9F, 3.5F, -0.1F}),
                                   ints({2}, {-1, 0})},
                        .rtol = 1e-05},
                 {floats({3}, {3.2083597F, 1.2145538F, 3.5345755F})}) == "");
  CHECK(check_op(OpCase{.name = "ReduceLogSumExp",
                        .attributes = {{"keepdims", std::int64_t{1}}},
                        .inputs = {floats({2, 3, 2}, {-4.2F, 2.7F, -0.3F, -0.0F, -4.3F, -1.4F, 2.2F,
                                                      -0.2F, 0.2F, -0.9F, 3.5F, -0.1F}),
                                   ints({3}, {0, 1, 2})},
                        .rtol = 1e-05},
                 {floats({1, 1, 1}, {4.1333685F})}) == "");
  CHECK(check_op(OpCase{.name = "ReduceLogSumExp",
                        .attributes = {{"noop_with_empty_axes", std::int64_t{1}}},
                        .inputs = {floats({2, 3, 2}, {-4.2F, 2.7F, -0.3F, -0.0F, -4.3F, -1.4F, 2.2F,
                                                      -0.2F, 0.2F, -0.9F, 3.5F, -0.1F}),
                                   ints({0}, {})},
                        .rtol = 1e-05},
                 {floats({2, 3, 2}, {-4.2F, 2.7F, -0.3F, -0.0F, -4.3F, -1.4F, 2.2F, -0.2F, 0.2F,
                                     -0.9F, 3.5F, -0.1F})}) == "");
  CHECK(check_op(OpCase{.name = "ReduceLogSumExp", .inputs = {floats({}, {3.0F})}, .rtol = 1e-05},
                 {floats({}, {3.0F})}) == "");
}

TEST_CASE("ReduceLogSumExp of integers") {
  CHECK(check_op(OpCase{.name = "ReduceLogSumExp",
                        .attributes = {{"keepdims", std::int64_t{0}}},
                        .inputs = {numbers(DType::int32, {2, 3}, {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}),
                                   ints({1}, {1})}},
                 {numbers(DType::int32, {2}, {3.0, 6.0})}) == "");
}

TEST_CASE("ReduceLogSumExp of nothing and NaN") {
  CHECK(check_op(OpCase{.name = "ReduceLogSumExp",
                        .attributes = {{"keepdims", std::int64_t{0}}},
                        .inputs = {floats({2, 0}, {}), ints({1}, {1})}},
                 {numbers(DType::float32, {2}, {-kInf, -kInf})}) == "");
  CHECK(check_op(OpCase{.name = "ReduceLogSumExp",
                        .inputs = {numbers(DType::float32, {3}, {1.0, kNan, 3.0})}},
                 {numbers(DType::float32, {1}, {kNan})}) == "");
}

TEST_CASE("ReduceLogSumExp refuses bad axes") {
  CHECK(load_error(OpCase{.name = "ReduceLogSumExp",
                          .inputs = {floats({2, 3, 2}, {-4.2F, 2.7F, -0.3F, -0.0F, -4.3F, -1.4F,
                                                        2.2F, -0.2F, 0.2F, -0.9F, 3.5F, -0.1F}),
                                     ints({1}, {3})}}) == "E-MODEL-ATTR");
  CHECK(load_error(OpCase{.name = "ReduceLogSumExp",
                          .inputs = {floats({2, 3, 2}, {-4.2F, 2.7F, -0.3F, -0.0F, -4.3F, -1.4F,
                                                        2.2F, -0.2F, 0.2F, -0.9F, 3.5F, -0.1F}),
                                     ints({2}, {1, -2})}}) == "E-MODEL-SHAPE");
  CHECK(run_error(OpCase{.name = "ReduceLogSumExp",
                         .inputs = {floats({2, 3, 2}, {-4.2F, 2.7F, -0.3F, -0.0F, -4.3F, -1.4F,
                                                       2.2F, -0.2F, 0.2F, -0.9F, 3.5F, -0.1F}),
                                    ints({2}, {1, -2})}}) == "E-DATA-SHAPE");
  CHECK(load_error(OpCase{.name = "ReduceLogSumExp", .inputs = {strings({1}, {"a"})}}) ==
        "E-MODEL-DTYPE");
}

TEST_CASE("ReduceLogSumExp does not overflow") {
  CHECK(check_op(OpCase{.name = "ReduceLogSumExp", .inputs = {floats({2}, {1000.0F, 1000.0F})}},
                 {floats({1}, {1000.6932F})}) == "");
  CHECK(check_op(OpCase{.name = "ReduceLogSumExp",
                        .inputs = {numbers(DType::float32, {2}, {-kInf, -kInf})}},
                 {numbers(DType::float32, {1}, {-kInf})}) == "");
  CHECK(check_op(OpCase{.name = "ReduceLogSumExp",
                        .inputs = {numbers(DType::float32, {2}, {kInf, 1.0})}},
                 {numbers(DType::float32, {1}, {kInf})}) == "");
}
