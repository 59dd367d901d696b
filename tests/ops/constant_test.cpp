#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Constant of every kind") {
  CHECK(check_op(OpCase{.name = "Constant", .attributes = {{"value", floats({2}, {1.0F, 2.0F})}}},
                 {floats({2}, {1.0F, 2.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Constant", .attributes = {{"value_int", std::int64_t{-3}}}},
                 {ints({}, {-3})}) == "");
  CHECK(check_op(OpCase{.name = "Constant",
                        .attributes = {{"value_ints", std::vector<std::int64_t>{1, 2}}}},
                 {ints({2}, {1, 2})}) == "");
  CHECK(check_op(OpCase{.name = "Constant", .attributes = {{"value_float", 1.5F}}},
                 {floats({}, {1.5F})}) == "");
  CHECK(check_op(OpCase{.name = "Constant",
                        .attributes = {{"value_floats", std::vector<float>{1.5F, 2.0F}}}},
                 {floats({2}, {1.5F, 2.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Constant", .attributes = {{"value_string", std::string("a")}}},
                 {strings({}, {"a"})}) == "");
  CHECK(check_op(OpCase{.name = "Constant",
                        .attributes = {{"value_strings", std::vector<std::string>{"a", "b"}}}},
                 {strings({2}, {"a", "b"})}) == "");
}

TEST_CASE("Constant needs exactly one value") {
  CHECK(load_error(OpCase{.name = "Constant"}) == "E-MODEL-ATTR");
  CHECK(load_error(OpCase{.name = "Constant",
                          .attributes = {{"value_int", std::int64_t{1}}, {"value_float", 1.0F}}}) ==
        "E-MODEL-ATTR");
}
