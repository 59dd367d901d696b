#include <catch2/catch.hpp>
#include <cmath>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Attention: two heads") {
  CHECK(check_op(
            {.name = "Attention",
             .inputs = {floats({1, 2, 2, 2}, {1.25F, 0.5F, 1.5F, 1.25F, 0.0F, 1.0F, 1.5F, -2.0F}),
                        floats({1, 2, 3, 2}, {-0.25F, 1.75F, -1.0F, 0.5F, 0.0F, 0.25F, -0.75F, 0.5F,
                                              1.25F, 1.0F, 1.5F, -1.0F}),
                        floats({1, 2, 3, 3},
                               {-1.5F, 0.25F, -1.5F, 0.5F, -0.5F, 1.0F, -0.25F, 0.25F, 2.0F, 0.5F,
                                2.0F, -1.0F, 2.0F, -1.25F, 1.0F, -2.0F, 0.75F, 1.5F})},
             .rtol = 1e-5,
             .atol = 1e-6},
            {floats({1, 2, 2, 3}, {-0.734973431F, 0.129698232F, 0.144827008F, -1.01073384F,
                                   0.175029084F, -0.439934582F, 0.958646894F, 0.17309086F,
                                   0.340556622F, -1.80223465F, 0.677203596F, 1.45245385F})}) == "");
}

TEST_CASE("Attention: boolean mask and causality") {
  CHECK(check_op(
            {.name = "Attention",
             .attributes = {attr("is_causal", 1)},
             .inputs = {floats({1, 2, 2, 2}, {1.25F, 0.5F, 1.5F, 1.25F, 0.0F, 1.0F, 1.5F, -2.0F}),
                        floats({1, 2, 3, 2}, {-0.25F, 1.75F, -1.0F, 0.5F, 0.0F, 0.25F, -0.75F, 0.5F,
                                              1.25F, 1.0F, 1.5F, -1.0F}),
                        floats({1, 2, 3, 3},
                               {-1.5F, 0.25F, -1.5F, 0.5F, -0.5F, 1.0F, -0.25F, 0.25F, 2.0F, 0.5F,
                                2.0F, -1.0F, 2.0F, -1.25F, 1.0F, -2.0F, 0.75F, 1.5F}),
                        numbers(DType::boolean, {2, 3}, {1, 1, 1, 0, 1, 1})},
             .rtol = 1e-5,
             .atol = 1e-6},
            {floats({1, 2, 2, 3}, {-1.5F, 0.25F, -1.5F, 0.5F, -0.5F, 1.0F, 0.5F, 2.0F, -1.0F, 2.0F,
                                   -1.25F, 1.0F})}) == "");
}

TEST_CASE("Attention: additive mask that is too short, softcap") {
  CHECK(check_op(
            {.name = "Attention",
             .attributes = {attr("softcap", 2.0F), attr("scale", 0.5F)},
             .inputs = {floats({1, 2, 2, 2}, {1.25F, 0.5F, 1.5F, 1.25F, 0.0F, 1.0F, 1.5F, -2.0F}),
                        floats({1, 2, 3, 2}, {-0.25F, 1.75F, -1.0F, 0.5F, 0.0F, 0.25F, -0.75F, 0.5F,
                                              1.25F, 1.0F, 1.5F, -1.0F}),
                        floats({1, 2, 3, 3},
                               {-1.5F, 0.25F, -1.5F, 0.5F, -0.5F, 1.0F, -0.25F, 0.25F, 2.0F, 0.5F,
                                2.0F, -1.0F, 2.0F, -1.25F, 1.0F, -2.0F, 0.75F, 1.5F}),
                        floats({2, 2}, {-1.0F, -1.5F, -0.5F, -1.75F})},
             .rtol = 1e-5,
             .atol = 1e-6},
            {floats({1, 2, 2, 3}, {-1.06122792F, 0.0854604691F, -0.951534927F, -1.35237944F,
                                   0.194642305F, -1.31547439F, 1.15346277F, 0.584164083F,
                                   -0.12871635F, 1.1237843F, 0.648467422F, -0.168287635F})}) == "");
}

TEST_CASE("Attention: a scale of 0 weighs all keys alike, none at all is 1 / sqrt(D)") {
  const Tensor q = floats({1, 1, 1, 1}, {1});
  const Tensor k = floats({1, 1, 2, 1}, {0, std::log(3.0F)});
  const Tensor v = floats({1, 1, 2, 1}, {2, 6});
  CHECK(check_op({.name = "Attention", .attributes = {attr("scale", 0.0F)}, .inputs = {q, k, v}},
                 {floats({1, 1, 1, 1}, {4})}) == "");
  CHECK(check_op({.name = "Attention", .inputs = {q, k, v}}, {floats({1, 1, 1, 1}, {5})}) == "");
}

TEST_CASE("Attention: grouped heads of 3-D inputs") {
  CHECK(
      check_op(
          {.name = "Attention",
           .attributes = {attr("q_num_heads", 2), attr("kv_num_heads", 1)},
           .inputs = {floats({1, 2, 4}, {-2.0F, -0.25F, 1.5F, -0.5F, -1.0F, -1.25F, -1.75F, -0.5F}),
                      floats({1, 3, 2}, {-0.75F, -0.25F, -0.75F, 0.5F, 1.0F, -2.0F}),
                      floats({1, 3, 2}, {-2.0F, -1.0F, -1.25F, -1.75F, 1.75F, -1.75F})},
           .rtol = 1e-5,
           .atol = 1e-6},
          {floats({1, 2, 4}, {-1.45393014F, -1.37321436F, 1.30659771F, -1.69504404F, -0.0902462378F,
                              -1.48939335F, -1.30616784F, -1.37121367F})}) == "");
}

TEST_CASE("Attention: cache and scores") {
  CHECK(check_op(
            {.name = "Attention",
             .attributes = {attr("qk_matmul_output_mode", 3)},
             .inputs = {floats({1, 2, 2, 2}, {1.25F, 0.5F, 1.5F, 1.25F, 0.0F, 1.0F, 1.5F, -2.0F}),
                        floats({1, 2, 3, 2}, {-0.25F, 1.75F, -1.0F, 0.5F, 0.0F, 0.25F, -0.75F, 0.5F,
                                              1.25F, 1.0F, 1.5F, -1.0F}),
                        floats({1, 2, 3, 3},
                               {-1.5F, 0.25F, -1.5F, 0.5F, -0.5F, 1.0F, -0.25F, 0.25F, 2.0F, 0.5F,
                                2.0F, -1.0F, 2.0F, -1.25F, 1.0F, -2.0F, 0.75F, 1.5F}),
                        Tensor{}, floats({1, 2, 1, 2}, {1.5F, -1.75F, 0.5F, -0.5F}),
                        floats({1, 2, 1, 3}, {0.25F, 0.0F, -1.25F, -1.75F, 1.5F, 1.0F})},
             .outputs = 4,
             .rtol = 1e-5,
             .atol = 1e-6},
            {floats({1, 2, 2, 3}, {-0.34343791F, 0.0781420544F, -0.409628868F, -0.805918992F,
                                   0.146594405F, -0.571535289F, 0.549397945F, 0.373573303F,
                                   0.440191805F, -1.79496753F, 0.791673064F, 1.38950729F}),
             floats({1, 2, 4, 2}, {1.5F, -1.75F, -0.25F, 1.75F, -1.0F, 0.5F, 0.0F, 0.25F, 0.5F,
                                   -0.5F, -0.75F, 0.5F, 1.25F, 1.0F, 1.5F, -1.0F}),
             floats({1, 2, 4, 3}, {0.25F, 0.0F,   -1.25F, -1.5F,  0.25F,  -1.5F, 0.5F,  -0.5F,
                                   1.0F,  -0.25F, 0.25F,  2.0F,   -1.75F, 1.5F,  1.0F,  0.5F,
                                   2.0F,  -1.0F,  2.0F,   -1.25F, 1.0F,   -2.0F, 0.75F, 1.5F}),
             floats({1, 2, 2, 4}, {0.397508711F, 0.291738451F, 0.096641019F, 0.21411182F,
                                   0.162456855F, 0.559951067F, 0.0837218389F, 0.193870261F,
                                   0.151089802F, 0.306427479F, 0.436389208F, 0.106093518F,
                                   0.139122501F, 0.00898283999F, 0.0369486697F, 0.814945996F})}) ==
        "");
}

TEST_CASE("Attention: shapes and heads must fit") {
  CHECK(
      load_error(
          {.name = "Attention",
           .inputs = {floats({1, 2, 4}, {-2.0F, -0.25F, 1.5F, -0.5F, -1.0F, -1.25F, -1.75F, -0.5F}),
                      floats({1, 3, 2}, {-0.75F, -0.25F, -0.75F, 0.5F, 1.0F, -2.0F}),
                      floats({1, 3, 2}, {-2.0F, -1.0F, -1.25F, -1.75F, 1.75F, -1.75F})}}) ==
      "E-MODEL-ATTR");
  CHECK(run_error({.name = "Attention",
                   .inputs = {floats({1, 2, 4},
                                     {-2.0F, -0.25F, 1.5F, -0.5F, -1.0F, -1.25F, -1.75F, -0.5F}),
                              floats({1, 3, 2}, {-0.75F, -0.25F, -0.75F, 0.5F, 1.0F, -2.0F}),
                              floats({1, 3, 2}, {-2.0F, -1.0F, -1.25F, -1.75F, 1.75F, -1.75F})}}) ==
        "E-MODEL-SHAPE");
  CHECK(run_error(
            {.name = "Attention",
             .inputs = {floats({1, 2, 2, 2}, {1.25F, 0.5F, 1.5F, 1.25F, 0.0F, 1.0F, 1.5F, -2.0F}),
                        floats({1, 2, 3, 2}, {-0.25F, 1.75F, -1.0F, 0.5F, 0.0F, 0.25F, -0.75F, 0.5F,
                                              1.25F, 1.0F, 1.5F, -1.0F}),
                        floats({1, 2, 2, 3}, {1.0F, 0.5F, 0.0F, 1.5F, -1.5F, 0.5F, -1.25F, 0.75F,
                                              -0.5F, -0.25F, -0.75F, 0.5F})}}) == "E-MODEL-SHAPE");
  CHECK(run_error({.name = "Attention",
                   .inputs = {floats({1, 3, 2, 2}, {-1.75F, 1.25F, -0.5F, 2.0F, -0.25F, -1.5F,
                                                    -1.0F, -0.25F, -0.5F, -1.0F, -0.75F, 1.0F}),
                              floats({1, 2, 3, 2}, {-0.25F, 1.75F, -1.0F, 0.5F, 0.0F, 0.25F, -0.75F,
                                                    0.5F, 1.25F, 1.0F, 1.5F, -1.0F}),
                              floats({1, 2, 3, 3}, {-1.5F, 0.25F, -1.5F, 0.5F, -0.5F, 1.0F, -0.25F,
                                                    0.25F, 2.0F, 0.5F, 2.0F, -1.0F, 2.0F, -1.25F,
                                                    1.0F, -2.0F, 0.75F, 1.5F})}}) ==
        "E-MODEL-SHAPE");
  CHECK(run_error(
            {.name = "Attention",
             .inputs = {
                 floats({1, 2, 2, 2}, {1.25F, 0.5F, 1.5F, 1.25F, 0.0F, 1.0F, 1.5F, -2.0F}),
                 floats({1, 2, 3, 2}, {-0.25F, 1.75F, -1.0F, 0.5F, 0.0F, 0.25F, -0.75F, 0.5F, 1.25F,
                                       1.0F, 1.5F, -1.0F}),
                 floats({1, 2, 3, 3}, {-1.5F, 0.25F, -1.5F, 0.5F, -0.5F, 1.0F, -0.25F, 0.25F, 2.0F,
                                       0.5F, 2.0F, -1.0F, 2.0F, -1.25F, 1.0F, -2.0F, 0.75F, 1.5F}),
                 floats({3, 3}, {-0.5F, -1.5F, 0.5F, 1.0F, 0.0F, 1.0F, -1.25F, -1.5F,
                                 1.25F})}}) == "E-MODEL-SHAPE");
  CHECK(load_error(
            {.name = "Attention",
             .attributes = {attr("qk_matmul_output_mode", 4)},
             .inputs = {floats({1, 2, 2, 2}, {1.25F, 0.5F, 1.5F, 1.25F, 0.0F, 1.0F, 1.5F, -2.0F}),
                        floats({1, 2, 3, 2}, {-0.25F, 1.75F, -1.0F, 0.5F, 0.0F, 0.25F, -0.75F, 0.5F,
                                              1.25F, 1.0F, 1.5F, -1.0F}),
                        floats({1, 2, 3, 3}, {-1.5F, 0.25F, -1.5F, 0.5F, -0.5F, 1.0F, -0.25F, 0.25F,
                                              2.0F, 0.5F, 2.0F, -1.0F, 2.0F, -1.25F, 1.0F, -2.0F,
                                              0.75F, 1.5F})}}) == "E-MODEL-ATTR");
}
