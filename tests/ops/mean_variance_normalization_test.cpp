#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("MeanVarianceNormalization: default axes") {
  CHECK(check_op({.name = "MeanVarianceNormalization",
                  .inputs = {floats({2, 2, 2, 2},
                                    {1.0F, -1.25F, 1.5F, -0.75F, 0.25F, -1.75F, 0.0F, -2.0F, -1.25F,
                                     1.75F, 2.0F, -0.25F, 1.75F, -1.25F, 0.25F, 1.0F})},
                  .rtol = 1e-5,
                  .atol = 1e-6},
                 {floats({2, 2, 2, 2},
                         {0.512500107F, -1.24464309F, 0.902976394F, -0.854166865F, 0.376059175F,
                          -1.22845995F, 0.175494283F, -1.42902482F, -1.24464309F, 1.09821451F,
                          1.29345262F, -0.463690579F, 1.57944846F, -0.827330172F, 0.376059175F,
                          0.977753818F})}) == "");
}

TEST_CASE("MeanVarianceNormalization: last axis") {
  CHECK(check_op({.name = "MeanVarianceNormalization",
                  .attributes = {attr("axes", std::vector<std::int64_t>{-1})},
                  .inputs = {floats({2, 2}, {1.0F, 3.0F, 2.0F, 6.0F})}},
                 {floats({2, 2}, {-1.0F, 1.0F, -1.0F, 1.0F})}) == "");
}

TEST_CASE("MeanVarianceNormalization: axes must exist") {
  CHECK(load_error({.name = "MeanVarianceNormalization",
                    .attributes = {attr("axes", std::vector<std::int64_t>{4})},
                    .inputs = {floats({2, 2, 2, 2}, {1.75F, -2.0F, 0.5F, -1.0F, -0.5F, 2.0F, 0.75F,
                                                     1.75F, -1.25F, 0.5F, 1.75F, -1.75F, 1.5F,
                                                     -0.75F, -0.25F, -2.0F})}}) == "E-MODEL-ATTR");
}
