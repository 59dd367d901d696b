#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("ReduceLogSum over axes") {
  CHECK(check_op(OpCase{.name = "ReduceLogSum",
                        .attributes = {{"keepdims", std::int64_t{1}}},
                        .inputs = {floats({2, 3, 2}, {4.7F, 3.2F, 0.8F, 0.5F, 4.8F, 1.9F, 2.7F,
                                                      0.7F, 0.7F, 1.4F, 4.0F, 0.6F})},
                        .rtol = 1e-05},
                 {floats({1, 1, 1}, {3.2580965F})}) == "");
  CHECK(check_op(OpCase{.name = "ReduceLogSum",
                        .attributes = {{"keepdims", std::int64_t{1}}},
                        .inputs = {floats({2, 3, 2}, {4.7F, 3.2F, 0.8F, 0.5F, 4.8F, 1.9F, 2.7F,
                                                      0.7F, 0.7F, 1.4F, 4.0F, 0.6F}),
                                   ints({1}, {1})},
                        .rtol = 1e-05},
                 {floats({2, 1, 2}, {2.3321438F, 1.7227666F, 2.00148F, 0.99325174F})}) == "");
  CHECK(check_op(OpCase{.name = "ReduceLogSum",
                        .attributes = {{"keepdims", std::int64_t{0}}},
                        .inputs = {floats({2, 3, 2}, {4.7F, 3.2F, 0.8F, 0.5F, 4.8F, 1.9F, 2.7F,
                                                      0.7F, 0.7F, 1.4F, 4.0F, 0.6F}),
                                   ints({1}, {1})},
                        .rtol = 1e-05},
                 {floats({2, 2}, {2.3321438F, 1.7227666F, 2.00148F, 0.99325174F})}) == "");
  CHECK(check_op(OpCase{.name = "ReduceLogSum",
                        .attributes = {{"keepdims", std::int64_t{0}}},
                        .inputs = {floats({2, 3, 2}, {4.7F, 3.2F, 0.8F, 0.5F, 4.8F, 1.9F, 2.7F,
                                                      0.7F, 0.7F, 1.4F, 4.0F, 0.6F}),
                                   ints({2}, {-1, 0})},
                        .rtol = 1e-05},
                 {floats({3}, {2.4248028F, 1.2237754F, 2.4248028F})}) == "");
  CHECK(check_op(OpCase{.name = "ReduceLogSum",
                        .attributes = {{"keepdims", std::int64_t{1}}},
                        .inputs = {floats({2, 3, 2}, {4.7F, 3.2F, 0.8F, 0.5F, 4.8F, 1.9F, 2.7F,
                                                      0.7F, 0.7F, 1.4F, 4.0F, 0.6F}),
                                   ints({3}, {0, 1, 2})},
                        .rtol = 1e-05},
                 {floats({1, 1, 1}, {3.2580965F})}) == "");
  CHECK(check_op(OpCase{.name = "ReduceLogSum",
                        .attributes = {{"noop_with_empty_axes", std::int64_t{1}}},
                        .inputs = {floats({2, 3, 2}, {4.7F, 3.2F, 0.8F, 0.5F, 4.8F, 1.9F, 2.7F,
                                                      0.7F, 0.7F, 1.4F, 4.0F, 0.6F}),
                                   ints({0}, {})},
                        .rtol = 1e-05},
                 {floats({2, 3, 2}, {1.5475625F, 1.1631508F, -0.22314353F, -0.6931472F, 1.5686159F,
                                     0.64185387F, 0.9932518F, -0.35667494F, -0.35667494F,
                                     0.33647224F, 1.3862944F, -0.5108256F})}) == "");
  CHECK(check_op(OpCase{.name = "ReduceLogSum", .inputs = {floats({}, {3.0F})}, .rtol = 1e-05},
                 {floats({}, {1.0986123F})}) == "");
}

TEST_CASE("ReduceLogSum of integers") {
  CHECK(check_op(OpCase{.name = "ReduceLogSum",
                        .attributes = {{"keepdims", std::int64_t{0}}},
                        .inputs = {numbers(DType::int32, {2, 3}, {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}),
                                   ints({1}, {1})}},
                 {numbers(DType::int32, {2}, {1.0, 2.0})}) == "");
}

TEST_CASE("ReduceLogSum of nothing and NaN") {
  CHECK(check_op(OpCase{.name = "ReduceLogSum",
                        .attributes = {{"keepdims", std::int64_t{0}}},
                        .inputs = {floats({2, 0}, {}), ints({1}, {1})}},
                 {numbers(DType::float32, {2}, {-kInf, -kInf})}) == "");
  CHECK(check_op(OpCase{.name = "ReduceLogSum",
                        .inputs = {numbers(DType::float32, {3}, {1.0, kNan, 3.0})}},
                 {numbers(DType::float32, {1}, {kNan})}) == "");
}

TEST_CASE("ReduceLogSum refuses bad axes") {
  CHECK(load_error(OpCase{.name = "ReduceLogSum",
                          .inputs = {floats({2, 3, 2}, {-4.2F, 2.7F, -0.3F, -0.0F, -4.3F, -1.4F,
                                                        2.2F, -0.2F, 0.2F, -0.9F, 3.5F, -0.1F}),
                                     ints({1}, {3})}}) == "E-MODEL-ATTR");
  CHECK(load_error(OpCase{.name = "ReduceLogSum",
                          .inputs = {floats({2, 3, 2}, {-4.2F, 2.7F, -0.3F, -0.0F, -4.3F, -1.4F,
                                                        2.2F, -0.2F, 0.2F, -0.9F, 3.5F, -0.1F}),
                                     ints({2}, {1, -2})}}) == "E-MODEL-SHAPE");
  CHECK(run_error(OpCase{.name = "ReduceLogSum",
                         .inputs = {floats({2, 3, 2}, {-4.2F, 2.7F, -0.3F, -0.0F, -4.3F, -1.4F,
                                                       2.2F, -0.2F, 0.2F, -0.9F, 3.5F, -0.1F}),
                                    ints({2}, {1, -2})}}) == "E-DATA-SHAPE");
  CHECK(load_error(OpCase{.name = "ReduceLogSum", .inputs = {strings({1}, {"a"})}}) ==
        "E-MODEL-DTYPE");
}
