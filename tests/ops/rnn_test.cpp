#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("RNN: forward without state") {
  CHECK(check_op({.name = "RNN",
                  .attributes = {attr("hidden_size", 2)},
                  .inputs = {floats({3, 2, 2}, {-1.5F, 1.75F, 1.5F, -0.5F, -1.25F, 0.25F, 0.25F,
                                                -0.25F, 1.0F, 0.75F, 1.25F, 2.0F}),
                             floats({1, 2, 2}, {1.0F, -1.5F, -2.0F, 2.0F}),
                             floats({1, 2, 2}, {1.25F, 0.75F, -1.0F, 1.25F})},
                  .outputs = 2,
                  .rtol = 1e-5,
                  .atol = 1e-6},
                 {floats({3, 1, 2, 2}, {-0.999477625F, 0.99999547F, 0.978026092F, -0.999329329F,
                                        -0.971836686F, 0.999944866F, 0.799792349F, -0.996857703F,
                                        -0.52977854F, 0.938075542F, -0.904768586F, -0.497414291F}),
                  floats({1, 2, 2}, {-0.52977854F, 0.938075542F, -0.904768586F, -0.497414291F})}) ==
        "");
}

TEST_CASE("RNN: reverse with bias, state and sequence_lens") {
  CHECK(check_op({.name = "RNN",
                  .attributes = {attr("hidden_size", 2), attr("direction", "reverse")},
                  .inputs = {floats({3, 2, 2}, {-1.5F, 1.75F, 1.5F, -0.5F, -1.25F, 0.25F, 0.25F,
                                                -0.25F, 1.0F, 0.75F, 1.25F, 2.0F}),
                             floats({1, 2, 2}, {1.0F, -1.5F, -2.0F, 2.0F}),
                             floats({1, 2, 2}, {1.25F, 0.75F, -1.0F, 1.25F}),
                             floats({1, 4}, {-1.75F, 0.5F, -0.5F, 1.5F}),
                             numbers(DType::int32, {2}, {3, 1}),
                             floats({1, 2, 2}, {0.75F, -0.75F, 1.25F, 1.0F})},
                  .outputs = 2,
                  .rtol = 1e-5,
                  .atol = 1e-6},
                 {floats({3, 1, 2, 2},
                         {-0.999997854F, 1.0F, 0.980583072F, -0.964027584F, -0.999941409F,
                          0.999979019F, 0.0F, 0.0F, -0.964027584F, -0.185333207F, 0.0F, 0.0F}),
                  floats({1, 2, 2}, {-0.999997854F, 1.0F, 0.980583072F, -0.964027584F})}) == "");
}

TEST_CASE("RNN: bidirectional") {
  CHECK(
      check_op(
          {.name = "RNN",
           .attributes = {attr("hidden_size", 2), attr("direction", "bidirectional")},
           .inputs = {floats({3, 2, 2}, {-1.5F, 1.75F, 1.5F, -0.5F, -1.25F, 0.25F, 0.25F, -0.25F,
                                         1.0F, 0.75F, 1.25F, 2.0F}),
                      floats({2, 2, 2}, {1.0F, -1.5F, -2.0F, 2.0F, -1.0F, -1.0F, -0.5F, 0.0F}),
                      floats({2, 2, 2}, {1.25F, 0.75F, -1.0F, 1.25F, -1.0F, 0.75F, 0.0F, -1.25F})},
           .outputs = 2,
           .rtol = 1e-5,
           .atol = 1e-6},
          {floats({3, 2, 2, 2},
                  {-0.999477625F, 0.99999547F,   0.978026092F,  -0.999329329F, -0.496789902F,
                   -0.284962624F, -0.813696325F, -0.883739591F, -0.971836686F, 0.999944866F,
                   0.799792349F,  -0.996857703F, 0.920880198F,  0.83446002F,   0.523426592F,
                   0.514072657F,  -0.52977854F,  0.938075542F,  -0.904768586F, -0.497414291F,
                   -0.941375554F, -0.462117165F, -0.996997654F, -0.554599702F}),
           floats({2, 2, 2}, {-0.52977854F, 0.938075542F, -0.904768586F, -0.497414291F,
                              -0.496789902F, -0.284962624F, -0.813696325F, -0.883739591F})}) == "");
}

TEST_CASE("RNN: layout 1") {
  CHECK(check_op({.name = "RNN",
                  .attributes = {attr("hidden_size", 2), attr("layout", 1)},
                  .inputs = {floats({2, 3, 2}, {-1.5F, 1.75F, -1.25F, 0.25F, 1.0F, 0.75F, 1.5F,
                                                -0.5F, 0.25F, -0.25F, 1.25F, 2.0F}),
                             floats({1, 2, 2}, {1.0F, -1.5F, -2.0F, 2.0F}),
                             floats({1, 2, 2}, {1.25F, 0.75F, -1.0F, 1.25F}),
                             floats({1, 4}, {-1.75F, 0.5F, -0.5F, 1.5F}), Tensor{},
                             floats({2, 1, 2}, {0.75F, -0.75F, 1.25F, 1.0F})},
                  .outputs = 2,
                  .rtol = 1e-5,
                  .atol = 1e-6},
                 {floats({2, 3, 1, 2}, {-0.999987721F, 0.999997556F, -0.999683142F, 0.999998987F,
                                        -0.993649602F, 0.998893738F, 0.980583072F, -0.964027584F,
                                        -0.80836463F, -0.829214752F, -0.99997437F, 0.997125804F}),
                  floats({2, 1, 2}, {-0.993649602F, 0.998893738F, -0.99997437F, 0.997125804F})}) ==
        "");
}

TEST_CASE("RNN: clip") {
  CHECK(check_op({.name = "RNN",
                  .attributes = {attr("hidden_size", 2), attr("clip", 0.5F)},
                  .inputs = {floats({3, 2, 2}, {-1.5F, 1.75F, 1.5F, -0.5F, -1.25F, 0.25F, 0.25F,
                                                -0.25F, 1.0F, 0.75F, 1.25F, 2.0F}),
                             floats({1, 2, 2}, {1.0F, -1.5F, -2.0F, 2.0F}),
                             floats({1, 2, 2}, {1.25F, 0.75F, -1.0F, 1.25F}),
                             floats({1, 4}, {-1.75F, 0.5F, -0.5F, 1.5F})},
                  .outputs = 2,
                  .rtol = 1e-5,
                  .atol = 1e-6},
                 {floats({3, 1, 2, 2}, {-0.462117165F, 0.462117165F, 0.0F, -0.462117165F,
                                        -0.462117165F, 0.462117165F, -0.462117165F, 0.398911327F,
                                        -0.462117165F, 0.462117165F, -0.462117165F, 0.462117165F}),
                  floats({1, 2, 2}, {-0.462117165F, 0.462117165F, -0.462117165F, 0.462117165F})}) ==
        "");
}

TEST_CASE("RNN: shapes, lengths and attributes must fit") {
  CHECK(load_error({.name = "RNN",
                    .inputs = {floats({3, 2, 2}, {-1.5F, 1.75F, 1.5F, -0.5F, -1.25F, 0.25F, 0.25F,
                                                  -0.25F, 1.0F, 0.75F, 1.25F, 2.0F}),
                               floats({1, 2, 2}, {1.0F, -1.5F, -2.0F, 2.0F}),
                               floats({1, 2, 3}, {0.75F, -1.75F, 1.75F, 1.25F, -1.75F, 1.25F})}}) ==
        "E-MODEL-SHAPE");
  CHECK(run_error({.name = "RNN",
                   .inputs = {floats({3, 2, 2}, {-1.5F, 1.75F, 1.5F, -0.5F, -1.25F, 0.25F, 0.25F,
                                                 -0.25F, 1.0F, 0.75F, 1.25F, 2.0F}),
                              floats({1, 2, 2}, {1.0F, -1.5F, -2.0F, 2.0F}),
                              floats({1, 2, 3}, {-0.75F, 0.75F, -1.0F, -0.75F, -2.0F, 0.75F})}}) ==
        "E-MODEL-SHAPE");
  CHECK(run_error({.name = "RNN",
                   .inputs = {floats({3, 2, 2}, {-1.5F, 1.75F, 1.5F, -0.5F, -1.25F, 0.25F, 0.25F,
                                                 -0.25F, 1.0F, 0.75F, 1.25F, 2.0F}),
                              floats({1, 2, 2}, {1.0F, -1.5F, -2.0F, 2.0F}),
                              floats({1, 2, 2}, {1.25F, 0.75F, -1.0F, 1.25F}), Tensor{},
                              numbers(DType::int32, {2}, {4, 1})}}) == "E-DATA-INDEX");
  CHECK(run_error({.name = "RNN",
                   .inputs = {floats({3, 2, 2}, {-1.5F, 1.75F, 1.5F, -0.5F, -1.25F, 0.25F, 0.25F,
                                                 -0.25F, 1.0F, 0.75F, 1.25F, 2.0F}),
                              floats({1, 2, 2}, {1.0F, -1.5F, -2.0F, 2.0F}),
                              floats({1, 2, 2}, {1.25F, 0.75F, -1.0F, 1.25F}), Tensor{},
                              numbers(DType::int32, {2}, {-1, 1})}}) == "E-DATA-INDEX");
  CHECK(load_error({.name = "RNN",
                    .attributes = {attr("direction", "up")},
                    .inputs = {floats({3, 2, 2}, {-1.5F, 1.75F, 1.5F, -0.5F, -1.25F, 0.25F, 0.25F,
                                                  -0.25F, 1.0F, 0.75F, 1.25F, 2.0F}),
                               floats({1, 2, 2}, {1.0F, -1.5F, -2.0F, 2.0F}),
                               floats({1, 2, 2}, {1.25F, 0.75F, -1.0F, 1.25F})}}) ==
        "E-MODEL-ATTR");
  CHECK(load_error({.name = "RNN",
                    .attributes = {Attribute{"activations",
                                             std::vector<std::string>{"Cubic", "Cubic", "Cubic"}}},
                    .inputs = {floats({3, 2, 2}, {-1.5F, 1.75F, 1.5F, -0.5F, -1.25F, 0.25F, 0.25F,
                                                  -0.25F, 1.0F, 0.75F, 1.25F, 2.0F}),
                               floats({1, 2, 2}, {1.0F, -1.5F, -2.0F, 2.0F}),
                               floats({1, 2, 2}, {1.25F, 0.75F, -1.0F, 1.25F})}}) ==
        "E-MODEL-ATTR");
  CHECK(load_error({.name = "RNN",
                    .attributes = {attr("hidden_size", 0)},
                    .inputs = {floats({3, 2, 2}, {-1.5F, 1.75F, 1.5F, -0.5F, -1.25F, 0.25F, 0.25F,
                                                  -0.25F, 1.0F, 0.75F, 1.25F, 2.0F}),
                               floats({1, 2, 2}, {1.0F, -1.5F, -2.0F, 2.0F}),
                               floats({1, 2, 2}, {1.25F, 0.75F, -1.0F, 1.25F})}}) ==
        "E-MODEL-ATTR");
  CHECK(load_error({.name = "RNN",
                    .attributes = {attr("nonsense", 1)},
                    .inputs = {floats({3, 2, 2}, {-1.5F, 1.75F, 1.5F, -0.5F, -1.25F, 0.25F, 0.25F,
                                                  -0.25F, 1.0F, 0.75F, 1.25F, 2.0F}),
                               floats({1, 2, 2}, {1.0F, -1.5F, -2.0F, 2.0F}),
                               floats({1, 2, 2}, {1.25F, 0.75F, -1.0F, 1.25F})}}) ==
        "E-UNSUPPORTED-ATTR");
}

TEST_CASE("RNN: another activation") {
  CHECK(check_op({.name = "RNN",
                  .attributes = {attr("hidden_size", 2),
                                 Attribute{"activations", std::vector<std::string>{"relu"}}},
                  .inputs = {floats({2, 1, 2}, {-0.25F, -0.75F, -1.5F, -0.75F}),
                             floats({1, 2, 2}, {-2.0F, 0.75F, -1.0F, -0.75F}),
                             floats({1, 2, 2}, {1.75F, -0.5F, 0.0F, -0.25F})},
                  .outputs = 2,
                  .rtol = 1e-5,
                  .atol = 1e-6},
                 {floats({2, 1, 1, 2}, {0.0F, 0.8125F, 2.03125F, 1.859375F}),
                  floats({1, 1, 2}, {2.03125F, 1.859375F})}) == "");
}
