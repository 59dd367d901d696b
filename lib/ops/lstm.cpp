#include "ops/lstm.h"

namespace vernier {
namespace {

constexpr RecurrentKind kKind{.gates = 4,
                              .has_cell_state = true,
                              .activation_count = 3,
                              .defaults = {GateActivation::Kind::sigmoid,
                                           GateActivation::Kind::tanh, GateActivation::Kind::tanh}};

void cell(const RecurrentParams& params, const RecurrentWeights& weights, const double* gates,
          double* work, double* h, double* c) {
  const std::int64_t hidden = weights.hidden;
  const GateActivation* act = weights.activations;
  const double* p = weights.p;
  project(weights.r, weights.rb, h, hidden, 0, 4 * hidden, work);
  for (std::int64_t j = 0; j < 4 * hidden; ++j) work[j] += gates[j];
  for (std::int64_t j = 0; j < hidden; ++j) {
    const double peep_i = p != nullptr ? p[j] * c[j] : 0.0;
    const double peep_f = p != nullptr ? p[2 * hidden + j] * c[j] : 0.0;
    const double i = apply(act[0], clip_gate(params, work[j] + peep_i));
    const double f = params.input_forget
                         ? 1.0 - i
                         : apply(act[0], clip_gate(params, work[2 * hidden + j] + peep_f));
    const double candidate = apply(act[1], clip_gate(params, work[3 * hidden + j]));
    c[j] = f * c[j] + i * candidate;
    const double peep_o = p != nullptr ? p[hidden + j] * c[j] : 0.0;
    const double o = apply(act[0], clip_gate(params, work[hidden + j] + peep_o));
    h[j] = o * apply(act[2], clip_gate(params, c[j]));
  }
}

Result<Params> parse(AttrReader& attributes, int) { return parse_recurrent(attributes, kKind); }
Result<void> infer(InferContext& context) { return infer_recurrent(context, kKind); }
Result<void> reference(EvalContext& context) { return run_recurrent(context, kKind, cell); }

}  // namespace

const OpDef lstm_op{
    .domain = "",
    .name = "LSTM",
    .since_version = 7,
    .inputs = {3, 8},
    .outputs = {0, 3},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
    .macs = recurrent_macs,
};

}  // namespace vernier
