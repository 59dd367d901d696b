#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("IsInf") {
  CHECK(check_op(OpCase{.name = "IsInf",
                        .inputs = {numbers(DType::float32, {4}, {-kInf, kNan, 1.0, kInf})}},
                 {bools({4}, {true, false, false, true})}) == "");
  CHECK(check_op(OpCase{.name = "IsInf",
                        .attributes = {{"detect_negative", std::int64_t{0}}},
                        .inputs = {numbers(DType::float32, {4}, {-kInf, kNan, 1.0, kInf})}},
                 {bools({4}, {false, false, false, true})}) == "");
  CHECK(check_op(OpCase{.name = "IsInf",
                        .attributes = {{"detect_positive", std::int64_t{0}}},
                        .inputs = {numbers(DType::float32, {4}, {-kInf, kNan, 1.0, kInf})}},
                 {bools({4}, {true, false, false, false})}) == "");
}
