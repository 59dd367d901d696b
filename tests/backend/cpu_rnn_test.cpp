// Recurrent cells and transposed convolutions.
#include "backend/cpu_row_check.h"

using namespace vernier;
using namespace vernier::row_check;

namespace {

Operand in(Tensor value) { return {std::move(value), false}; }
Operand fixed(Tensor value) { return {std::move(value), true}; }

Case recurrent(const std::string& op, const char* direction, std::int64_t steps, std::int64_t batch,
               std::int64_t input, std::int64_t hidden, bool everything) {
  const std::int64_t gates = op == "LSTM" ? 4 : 3;
  const std::int64_t d = std::string(direction) == "bidirectional" ? 2 : 1;
  Case test{"",
            op,
            {in(floats({steps, batch, input}, 1)),
             fixed(floats({d, gates * hidden, input}, 2, -0.5F, 0.5F)),
             fixed(floats({d, gates * hidden, hidden}, 3, -0.5F, 0.5F))},
            {attr("hidden_size", hidden), attr("direction", direction)}};
  if (everything) {
    test.inputs.push_back(fixed(floats({d, 2 * gates * hidden}, 4)));
    test.inputs.push_back({});
    test.inputs.push_back(in(floats({d, batch, hidden}, 5)));
    if (op == "LSTM") test.inputs.push_back(in(floats({d, batch, hidden}, 6)));
  }
  test.outputs = op == "LSTM" ? 3 : 2;
  return test;
}

}  // namespace

TEST_CASE("LSTM and GRU match the reference") {
  for (const char* direction : {"forward", "reverse", "bidirectional"}) {
    for (const bool everything : {false, true}) {
      for (const auto& [steps, batch, input, hidden] :
           {std::array<std::int64_t, 4>{1, 1, 7, 5}, {6, 3, 10, 20}, {4, 1, 33, 64}}) {
        INFO(direction << " hidden " << hidden << " everything " << everything);
        check_row(recurrent("LSTM", direction, steps, batch, input, hidden, everything));
        for (const int linear : {0, 1}) {
          Case gru = recurrent("GRU", direction, steps, batch, input, hidden, everything);
          gru.attributes.push_back(attr("linear_before_reset", linear));
          check_row(gru);
        }
      }
    }
  }
}

TEST_CASE("a large LSTM shares each time step between threads") {
  check_row(recurrent("LSTM", "forward", 2, 1, 16, 200, true));
}

TEST_CASE("recurrent cells refuse what they cannot do") {
  Case test = recurrent("LSTM", "forward", 2, 1, 3, 4, false);
  test.inputs[1].constant = false;
  CHECK_FALSE(refusal(test).empty());
  test = recurrent("GRU", "forward", 2, 1, 3, 4, false);
  test.attributes.push_back(attr("clip", 1.0F));
  CHECK_FALSE(refusal(test).empty());
}

TEST_CASE("ConvTranspose matches the reference") {
  const std::vector<std::vector<Attribute>> windows = {
      {attr("strides", {2, 2})},
      {},
      {attr("strides", {2, 2}), attr("pads", {1, 1, 1, 1})},
      {attr("strides", {2, 3}), attr("pads", {1, 0, 2, 1}), attr("output_padding", {1, 2})},
      {attr("strides", {3, 1}), attr("pads", {0, 2, 1, 1})}};
  for (const auto& window : windows) {
    for (const auto& [kh, kw] : {std::pair<int, int>{2, 2}, {3, 3}, {4, 3}, {5, 4}}) {
      INFO("kernel " << kh << "x" << kw);
      check_row({"",
                 "ConvTranspose",
                 {in(floats({2, 24, 5, 6}, 1)), fixed(floats({24, 10, kh, kw}, 2, -0.2F, 0.2F)),
                  fixed(floats({10}, 3))},
                 window});
    }
  }
  check_row({"",
             "ConvTranspose",
             {in(floats({1, 6, 5, 6}, 1)), fixed(floats({6, 4, 2, 2}, 2))},
             {attr("group", 2), attr("strides", {2, 2})}});
  check_row({"",
             "ConvTranspose",
             {in(floats({1, 6, 9}, 1)), fixed(floats({6, 4, 3}, 2)), in(floats({4}, 3))},
             {attr("strides", {2})}});
  // A kernel smaller than the stride leaves outputs that are the bias alone.
  check_row({"",
             "ConvTranspose",
             {in(floats({1, 6, 4, 4}, 1)), fixed(floats({6, 4, 1, 2}, 2)), fixed(floats({4}, 3))},
             {attr("strides", {3, 3})}});
  CHECK_FALSE(refusal({"",
                       "ConvTranspose",
                       {in(floats({1, 2, 4, 4}, 1)), fixed(floats({2, 2, 3, 3}, 2))},
                       {attr("dilations", {2, 2})}})
                  .empty());
}
