#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("BitShift left and right") {
  CHECK(check_op(OpCase{.name = "BitShift",
                        .attributes = {{"direction", std::string("LEFT")}},
                        .inputs = {numbers(DType::uint8, {3}, {16.0, 4.0, 129.0}),
                                   numbers(DType::uint8, {3}, {1.0, 2.0, 3.0})}},
                 {numbers(DType::uint8, {3}, {32.0, 16.0, 8.0})}) == "");
  CHECK(check_op(OpCase{.name = "BitShift",
                        .attributes = {{"direction", std::string("RIGHT")}},
                        .inputs = {numbers(DType::uint8, {3}, {16.0, 4.0, 129.0}),
                                   numbers(DType::uint8, {3}, {1.0, 2.0, 3.0})}},
                 {numbers(DType::uint8, {3}, {8.0, 1.0, 16.0})}) == "");
  CHECK(check_op(OpCase{.name = "BitShift",
                        .attributes = {{"direction", std::string("LEFT")}},
                        .inputs = {numbers(DType::uint64, {1}, {5.0}),
                                   numbers(DType::uint64, {1}, {64.0})}},
                 {numbers(DType::uint64, {1}, {0.0})}) == "");
  CHECK(load_error(OpCase{.name = "BitShift",
                          .attributes = {{"direction", std::string("UP")}},
                          .inputs = {numbers(DType::uint8, {1}, {1.0}),
                                     numbers(DType::uint8, {1}, {1.0})}}) == "E-MODEL-ATTR");
}
