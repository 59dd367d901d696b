#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Einsum: matrix product") {
  CHECK(check_op({.name = "Einsum",
                  .attributes = {attr("equation", "ij, jk -> ik")},
                  .inputs = {floats({2, 3}, {-1.75F, -1.0F, -1.5F, -0.25F, -2.0F, 1.25F}),
                             floats({3, 2}, {0.25F, -1.75F, 2.0F, -1.0F, -0.75F, 0.0F})}},
                 {floats({2, 2}, {-1.3125F, 4.0625F, -5.0F, 2.4375F})}) == "");
}

TEST_CASE("Einsum: implicit output, ellipsis") {
  CHECK(check_op({.name = "Einsum",
                  .attributes = {attr("equation", "...ij,jk")},
                  .inputs = {floats({2, 2, 3}, {0.25F, 0.75F, 0.25F, 0.5F, -0.75F, 1.0F, 1.5F,
                                                -1.75F, -1.5F, -1.25F, -0.75F, -0.75F}),
                             floats({3, 2}, {1.25F, -1.0F, 1.75F, 1.0F, 1.75F, 2.0F})}},
                 {floats({2, 2, 2}, {2.0625F, 1.0F, 1.0625F, 0.75F, -3.8125F, -6.25F, -4.1875F,
                                     -1.0F})}) == "");
}

TEST_CASE("Einsum: diagonal and trace") {
  CHECK(check_op({.name = "Einsum",
                  .attributes = {attr("equation", "bii->b")},
                  .inputs = {floats(
                      {2, 3, 3}, {-1.75F, 0.75F, 1.5F, -2.0F, -1.5F, -0.75F, -1.25F, 1.25F, -1.5F,
                                  1.75F, -0.5F, 0.5F, -0.5F, -0.75F, 1.5F, -0.5F, 2.0F, 0.5F})}},
                 {floats({2}, {-4.75F, 1.5F})}) == "");
}

TEST_CASE("Einsum: transposed broadcast") {
  CHECK(check_op({.name = "Einsum",
                  .attributes = {attr("equation", "...i->i...")},
                  .inputs = {floats({2, 3}, {-0.5F, 1.5F, -1.0F, -0.75F, 1.75F, -1.25F})}},
                 {floats({3, 2}, {-0.5F, -0.75F, 1.5F, 1.75F, -1.0F, -1.25F})}) == "");
}

TEST_CASE("Einsum: three operands to a scalar") {
  CHECK(check_op({.name = "Einsum",
                  .attributes = {attr("equation", "i,ij,j->")},
                  .inputs = {floats({2}, {1.75F, -2.0F}),
                             floats({2, 3}, {-2.0F, -1.5F, 0.5F, 1.5F, 1.5F, 0.5F}),
                             floats({3}, {0.5F, 2.0F, 2.0F})}},
                 {floats({}, {-14.75F})}) == "");
}

TEST_CASE("Einsum: equations must fit") {
  CHECK(load_error({.name = "Einsum",
                    .inputs = {floats({2, 3}, {1.25F, -0.25F, -2.0F, -0.25F, 0.75F, 2.0F})}}) ==
        "E-MODEL-ATTR");
  CHECK(load_error({.name = "Einsum",
                    .attributes = {attr("equation", "ij,jk->ik")},
                    .inputs = {floats({2, 3}, {1.25F, -0.25F, -2.0F, -0.25F, 0.75F, 2.0F})}}) ==
        "E-MODEL-ATTR");
  CHECK(load_error({.name = "Einsum",
                    .attributes = {attr("equation", "ijk->i")},
                    .inputs = {floats({2, 3}, {1.25F, -0.25F, -2.0F, -0.25F, 0.75F, 2.0F})}}) ==
        "E-MODEL-SHAPE");
  CHECK(load_error({.name = "Einsum",
                    .attributes = {attr("equation", "ij->x")},
                    .inputs = {floats({2, 3}, {1.25F, -0.25F, -2.0F, -0.25F, 0.75F, 2.0F})}}) ==
        "E-MODEL-ATTR");
  CHECK(load_error({.name = "Einsum",
                    .attributes = {attr("equation", "ij->ii")},
                    .inputs = {floats({2, 3}, {1.25F, -0.25F, -2.0F, -0.25F, 0.75F, 2.0F})}}) ==
        "E-MODEL-ATTR");
  CHECK(load_error({.name = "Einsum",
                    .attributes = {attr("equation", "i+j->i")},
                    .inputs = {floats({2, 3}, {1.25F, -0.25F, -2.0F, -0.25F, 0.75F, 2.0F})}}) ==
        "E-MODEL-ATTR");
  CHECK(run_error({.name = "Einsum",
                   .attributes = {attr("equation", "ij,jk->ik")},
                   .inputs = {floats({2, 3}, {1.25F, -0.25F, -2.0F, -0.25F, 0.75F, 2.0F}),
                              floats({2, 3}, {1.25F, -0.25F, -2.0F, -0.25F, 0.75F, 2.0F})}}) ==
        "E-MODEL-SHAPE");
}
