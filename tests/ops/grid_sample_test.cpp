#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("GridSample: linear, zeros") {
  CHECK(check_op({.name = "GridSample",
                  .attributes = {attr("mode", "linear"), attr("padding_mode", "zeros"),
                                 attr("align_corners", 0)},
                  .inputs = {floats({1, 1, 3, 4}, {-1.75F, 0.25F, -0.5F, -1.5F, 1.25F, 0.25F, 0.75F,
                                                   0.0F, -1.75F, 1.5F, -0.5F, -1.25F}),
                             floats({1, 2, 2, 2}, {-1.0F, -1.0F, 0.5F, 0.300000012F, 1.29999995F,
                                                   -0.200000003F, -0.600000024F, 2.5F})},
                  .rtol = 1e-4,
                  .atol = 1e-5},
                 {floats({1, 1, 2, 2}, {-0.4375F, -0.187499925F, 0.0F, 0.0F})}) == "");
}

TEST_CASE("GridSample: linear, border") {
  CHECK(check_op({.name = "GridSample",
                  .attributes = {attr("mode", "linear"), attr("padding_mode", "border"),
                                 attr("align_corners", 1)},
                  .inputs = {floats({1, 1, 3, 4}, {-1.75F, 0.25F, -0.5F, -1.5F, 1.25F, 0.25F, 0.75F,
                                                   0.0F, -1.75F, 1.5F, -0.5F, -1.25F}),
                             floats({1, 2, 2, 2}, {-1.0F, -1.0F, 0.5F, 0.300000012F, 1.29999995F,
                                                   -0.200000003F, -0.600000024F, 2.5F})},
                  .rtol = 1e-4,
                  .atol = 1e-5},
                 {floats({1, 1, 2, 2}, {-1.75F, 0.187500045F, -0.299999982F, 0.199999928F})}) ==
        "");
}

TEST_CASE("GridSample: linear, reflection") {
  CHECK(check_op({.name = "GridSample",
                  .attributes = {attr("mode", "linear"), attr("padding_mode", "reflection"),
                                 attr("align_corners", 0)},
                  .inputs = {floats({1, 1, 3, 4}, {-1.75F, 0.25F, -0.5F, -1.5F, 1.25F, 0.25F, 0.75F,
                                                   0.0F, -1.75F, 1.5F, -0.5F, -1.25F}),
                             floats({1, 2, 2, 2}, {-1.0F, -1.0F, 0.5F, 0.300000012F, 1.29999995F,
                                                   -0.200000003F, -0.600000024F, 2.5F})},
                  .rtol = 1e-4,
                  .atol = 1e-5},
                 {floats({1, 1, 2, 2}, {-1.75F, -0.187499925F, -0.367500007F, -0.62500006F})}) ==
        "");
}

TEST_CASE("GridSample: nearest, zeros") {
  CHECK(check_op({.name = "GridSample",
                  .attributes = {attr("mode", "nearest"), attr("padding_mode", "zeros"),
                                 attr("align_corners", 0)},
                  .inputs = {floats({1, 1, 3, 4}, {-1.75F, 0.25F, -0.5F, -1.5F, 1.25F, 0.25F, 0.75F,
                                                   0.0F, -1.75F, 1.5F, -0.5F, -1.25F}),
                             floats({1, 2, 2, 2}, {-1.0F, -1.0F, 0.5F, 0.300000012F, 1.29999995F,
                                                   -0.200000003F, -0.600000024F, 2.5F})},
                  .rtol = 1e-4,
                  .atol = 1e-5},
                 {floats({1, 1, 2, 2}, {-1.75F, 0.75F, 0.0F, 0.0F})}) == "");
}

TEST_CASE("GridSample: nearest, border") {
  CHECK(check_op({.name = "GridSample",
                  .attributes = {attr("mode", "nearest"), attr("padding_mode", "border"),
                                 attr("align_corners", 1)},
                  .inputs = {floats({1, 1, 3, 4}, {-1.75F, 0.25F, -0.5F, -1.5F, 1.25F, 0.25F, 0.75F,
                                                   0.0F, -1.75F, 1.5F, -0.5F, -1.25F}),
                             floats({1, 2, 2, 2}, {-1.0F, -1.0F, 0.5F, 0.300000012F, 1.29999995F,
                                                   -0.200000003F, -0.600000024F, 2.5F})},
                  .rtol = 1e-4,
                  .atol = 1e-5},
                 {floats({1, 1, 2, 2}, {-1.75F, 0.75F, 0.0F, 1.5F})}) == "");
}

TEST_CASE("GridSample: nearest, reflection") {
  CHECK(check_op({.name = "GridSample",
                  .attributes = {attr("mode", "nearest"), attr("padding_mode", "reflection"),
                                 attr("align_corners", 0)},
                  .inputs = {floats({1, 1, 3, 4}, {-1.75F, 0.25F, -0.5F, -1.5F, 1.25F, 0.25F, 0.75F,
                                                   0.0F, -1.75F, 1.5F, -0.5F, -1.25F}),
                             floats({1, 2, 2, 2}, {-1.0F, -1.0F, 0.5F, 0.300000012F, 1.29999995F,
                                                   -0.200000003F, -0.600000024F, 2.5F})},
                  .rtol = 1e-4,
                  .atol = 1e-5},
                 {floats({1, 1, 2, 2}, {-1.75F, 0.75F, 0.0F, -1.75F})}) == "");
}

TEST_CASE("GridSample: cubic, zeros") {
  CHECK(check_op({.name = "GridSample",
                  .attributes = {attr("mode", "cubic"), attr("padding_mode", "zeros"),
                                 attr("align_corners", 0)},
                  .inputs = {floats({1, 1, 3, 4}, {-1.75F, 0.25F, -0.5F, -1.5F, 1.25F, 0.25F, 0.75F,
                                                   0.0F, -1.75F, 1.5F, -0.5F, -1.25F}),
                             floats({1, 2, 2, 2}, {-1.0F, -1.0F, 0.5F, 0.300000012F, 1.29999995F,
                                                   -0.200000003F, -0.600000024F, 2.5F})},
                  .rtol = 1e-4,
                  .atol = 1e-5},
                 {floats({1, 1, 2, 2}, {-0.698242188F, -0.2207589F, 0.0213573501F, 0.0F})}) == "");
}

TEST_CASE("GridSample: cubic, border") {
  CHECK(check_op({.name = "GridSample",
                  .attributes = {attr("mode", "cubic"), attr("padding_mode", "border"),
                                 attr("align_corners", 1)},
                  .inputs = {floats({1, 1, 3, 4}, {-1.75F, 0.25F, -0.5F, -1.5F, 1.25F, 0.25F, 0.75F,
                                                   0.0F, -1.75F, 1.5F, -0.5F, -1.25F}),
                             floats({1, 2, 2, 2}, {-1.0F, -1.0F, 0.5F, 0.300000012F, 1.29999995F,
                                                   -0.200000003F, -0.600000024F, 2.5F})},
                  .rtol = 1e-4,
                  .atol = 1e-5},
                 {floats({1, 1, 2, 2}, {-1.75F, 0.369090021F, -0.1440005F, 0.455000043F})}) == "");
}

TEST_CASE("GridSample: cubic, reflection") {
  CHECK(check_op({.name = "GridSample",
                  .attributes = {attr("mode", "cubic"), attr("padding_mode", "reflection"),
                                 attr("align_corners", 0)},
                  .inputs = {floats({1, 1, 3, 4}, {-1.75F, 0.25F, -0.5F, -1.5F, 1.25F, 0.25F, 0.75F,
                                                   0.0F, -1.75F, 1.5F, -0.5F, -1.25F}),
                             floats({1, 2, 2, 2}, {-1.0F, -1.0F, 0.5F, 0.300000012F, 1.29999995F,
                                                   -0.200000003F, -0.600000024F, 2.5F})},
                  .rtol = 1e-4,
                  .atol = 1e-5},
                 {floats({1, 1, 2, 2},
                         {-2.79296875F, -0.0845661834F, -0.210586876F, -0.62026006F})}) == "");
}

TEST_CASE("GridSample: three spatial axes") {
  CHECK(check_op({.name = "GridSample",
                  .inputs = {floats({1, 1, 2, 2, 2},
                                    {0.5F, -0.75F, 0.75F, 0.0F, -0.25F, -1.75F, -1.25F, 1.5F}),
                             floats({1, 1, 1, 3, 3},
                                    {1.0F, 0.0F, 0.0F, -0.75F, 0.5F, 0.25F, 0.0F, -0.5F, -1.0F})},
                  .rtol = 1e-4,
                  .atol = 1e-5},
                 {floats({1, 1, 1, 1, 3}, {-0.125F, -0.5625F, -0.0625F})}) == "");
}

TEST_CASE("GridSample: shapes and modes must fit") {
  CHECK(load_error({.name = "GridSample",
                    .inputs = {floats({1, 1, 3, 4}, {-1.75F, 0.25F, -0.5F, -1.5F, 1.25F, 0.25F,
                                                     0.75F, 0.0F, -1.75F, 1.5F, -0.5F, -1.25F}),
                               floats({1, 2, 2, 3},
                                      {2.0F, -1.0F, 0.75F, -1.75F, 0.75F, -1.25F, 0.75F, -1.25F,
                                       0.0F, -0.25F, 0.0F, -0.75F})}}) == "E-MODEL-SHAPE");
  CHECK(run_error({.name = "GridSample",
                   .inputs = {floats({1, 1, 3, 4}, {-1.75F, 0.25F, -0.5F, -1.5F, 1.25F, 0.25F,
                                                    0.75F, 0.0F, -1.75F, 1.5F, -0.5F, -1.25F}),
                              floats({1, 2, 2, 3},
                                     {-0.75F, -0.5F, 0.5F, 1.25F, -0.5F, -2.0F, -1.25F, -1.75F,
                                      0.5F, 1.25F, -1.25F, 0.25F})}}) == "E-MODEL-SHAPE");
  CHECK(load_error({.name = "GridSample",
                    .attributes = {attr("mode", "area")},
                    .inputs = {floats({1, 1, 3, 4}, {-1.75F, 0.25F, -0.5F, -1.5F, 1.25F, 0.25F,
                                                     0.75F, 0.0F, -1.75F, 1.5F, -0.5F, -1.25F}),
                               floats({1, 2, 2, 2}, {-1.0F, -1.0F, 0.5F, 0.300000012F, 1.29999995F,
                                                     -0.200000003F, -0.600000024F, 2.5F})}}) ==
        "E-MODEL-ATTR");
  CHECK(run_error({.name = "GridSample",
                   .inputs = {floats({1, 1, 0, 2}, {}),
                              floats({1, 2, 2, 2}, {-1.0F, -1.0F, 0.5F, 0.300000012F, 1.29999995F,
                                                    -0.200000003F, -0.600000024F, 2.5F})}}) ==
        "E-MODEL-SHAPE");
}
