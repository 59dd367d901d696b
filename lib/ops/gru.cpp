#include "ops/gru.h"

namespace vernier {
namespace {

constexpr RecurrentKind kKind{
    .gates = 3,
    .has_cell_state = false,
    .activation_count = 2,
    .defaults = {GateActivation::Kind::sigmoid, GateActivation::Kind::tanh}};

void cell(const RecurrentParams& params, const RecurrentWeights& weights, const double* gates,
          double* work, double* h, double*) {
  const std::int64_t hidden = weights.hidden;
  const GateActivation& f = weights.activations[0];
  const GateActivation& g = weights.activations[1];
  project(weights.r, weights.rb, h, hidden, 0, 2 * hidden, work);
  double* z = work;
  double* r = work + hidden;
  double* candidate = work + 2 * hidden;
  for (std::int64_t j = 0; j < 2 * hidden; ++j) {
    work[j] = apply(f, clip_gate(params, gates[j] + work[j]));
  }
  const double* x = gates + 2 * hidden;
  if (params.linear_before_reset) {
    project(weights.r, weights.rb, h, hidden, 2 * hidden, hidden, candidate);
    for (std::int64_t j = 0; j < hidden; ++j) {
      candidate[j] = apply(g, clip_gate(params, x[j] + r[j] * candidate[j]));
    }
  } else {
    for (std::int64_t j = 0; j < hidden; ++j) r[j] *= h[j];
    project(weights.r, weights.rb, r, hidden, 2 * hidden, hidden, candidate);
    for (std::int64_t j = 0; j < hidden; ++j) {
      candidate[j] = apply(g, clip_gate(params, x[j] + candidate[j]));
    }
  }
  for (std::int64_t j = 0; j < hidden; ++j) h[j] = (1.0 - z[j]) * candidate[j] + z[j] * h[j];
}

Result<Params> parse(AttrReader& attributes, int) { return parse_recurrent(attributes, kKind); }
Result<void> infer(InferContext& context) { return infer_recurrent(context, kKind); }
Result<void> reference(EvalContext& context) { return run_recurrent(context, kKind, cell); }

}  // namespace

const OpDef gru_op{
    .domain = "",
    .name = "GRU",
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
