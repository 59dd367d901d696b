#include "ops/rnn.h"

namespace vernier {
namespace {

constexpr RecurrentKind kKind{.gates = 1,
                              .has_cell_state = false,
                              .activation_count = 1,
                              .defaults = {GateActivation::Kind::tanh}};

void cell(const RecurrentParams& params, const RecurrentWeights& weights, const double* gates,
          double* work, double* h, double*) {
  const std::int64_t hidden = weights.hidden;
  project(weights.r, weights.rb, h, hidden, 0, hidden, work);
  for (std::int64_t j = 0; j < hidden; ++j) {
    h[j] = apply(weights.activations[0], clip_gate(params, gates[j] + work[j]));
  }
}

Result<Params> parse(AttrReader& attributes, int) { return parse_recurrent(attributes, kKind); }
Result<void> infer(InferContext& context) { return infer_recurrent(context, kKind); }
Result<void> reference(EvalContext& context) { return run_recurrent(context, kKind, cell); }

}  // namespace

const OpDef rnn_op{
    .domain = "",
    .name = "RNN",
    .since_version = 7,
    .inputs = {3, 6},
    .outputs = {0, 2},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
    .macs = recurrent_macs,
};

}  // namespace vernier
