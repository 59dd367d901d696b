#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("ConvInteger: padding stands for the zero point") {
  CHECK(
      check_op(
          {.name = "ConvInteger",
           .attributes = {attr("pads", {1, 1, 1, 1})},
           .inputs = {numbers(DType::uint8, {1, 1, 3, 3}, {241, 25, 7, 24, 253, 106, 154, 106, 18}),
                      numbers(DType::uint8, {2, 1, 2, 2}, {232, 126, 77, 12, 29, 139, 195, 47}),
                      numbers(DType::uint8, {}, {3})}},
          {numbers(DType::int32, {1, 2, 4, 4},
                   {2856,  18590, 1742,  308,   30240, 62605, 26094, 8859,  4458, 49235, 79089,
                    25051, 19026, 48010, 25786, 3480,  11186, 47444, 4478,  780,  34069, 25805,
                    54785, 20201, 10016, 69645, 42357, 5912,  20989, 18696, 5072, 435})}) == "");
}

TEST_CASE("ConvInteger: weight zero points per channel") {
  CHECK(
      check_op(
          {.name = "ConvInteger",
           .inputs = {numbers(DType::uint8, {1, 1, 3, 3}, {241, 25, 7, 24, 253, 106, 154, 106, 18}),
                      numbers(DType::uint8, {2, 1, 2, 2}, {232, 126, 77, 12, 29, 139, 195, 47}),
                      numbers(DType::uint8, {}, {1}), numbers(DType::uint8, {2}, {5, 9})}},
          {numbers(DType::int32, {1, 2, 2, 2},
                   {60804, 25053, 47464, 77588, 21774, 52122, 65668, 38866})}) == "");
}

TEST_CASE("ConvInteger: wrong types are refused") {
  CHECK(load_error({.name = "ConvInteger",
                    .inputs = {floats({1, 1, 3, 3}, {0.25F, -0.5F, 0.75F, -0.75F, 1.75F, 0.5F,
                                                     -1.5F, 1.25F, 0.5F}),
                               floats({2, 1, 2, 2}, {1.75F, 1.75F, -0.75F, 0.75F, 0.25F, -0.25F,
                                                     -2.0F, 1.25F})}}) == "E-MODEL-DTYPE");
}
