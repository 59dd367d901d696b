#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "graph/op_def.h"
#include "ops/dense.h"

namespace vernier {

/// Gate activation of a recurrent cell, with its parameters.
struct GateActivation {
  enum class Kind : std::uint8_t {
    sigmoid,
    tanh,
    relu,
    affine,
    leaky_relu,
    thresholded_relu,
    scaled_tanh,
    hard_sigmoid,
    elu,
    softsign,
    softplus,
  };
  Kind kind = Kind::sigmoid;
  double alpha = 0.0;
  double beta = 0.0;
};
double apply(const GateActivation& activation, double x) noexcept;

enum class RecurrentDirection : std::uint8_t { forward, reverse, bidirectional };

/// Attributes of LSTM, GRU and RNN.
struct RecurrentParams final : OpParams {
  RecurrentDirection direction = RecurrentDirection::forward;
  std::int64_t hidden_size = 0;             ///< 0: taken from R
  bool batch_first = false;                 ///< layout 1
  float clip = 0.0F;                        ///< > 0: bound of everything that enters an activation
  bool input_forget = false;                ///< LSTM: f = 1 - i
  bool linear_before_reset = false;         ///< GRU
  std::vector<GateActivation> activations;  ///< per direction, in the operator's order
  [[nodiscard]] std::size_t directions() const noexcept {
    return direction == RecurrentDirection::bidirectional ? 2 : 1;
  }
};

/// What tells the three operators apart. Inputs 0..5 are X, W, R, B, sequence_lens, initial_h; LSTM
/// adds initial_c and P. Outputs are Y, Y_h (and Y_c).
struct RecurrentKind {
  std::int64_t gates = 1;
  bool has_cell_state = false;
  std::size_t activation_count = 1;
  GateActivation::Kind defaults[3] = {};
};

/// Reads all attributes of one of the three operators. Errors: E-MODEL-ATTR.
Result<Params> parse_recurrent(AttrReader& attributes, const RecurrentKind& kind);
Result<void> infer_recurrent(InferContext& context, const RecurrentKind& kind);

/// One direction's weights, dense doubles. Gate g of hidden unit j is row g * hidden + j.
struct RecurrentWeights {
  std::int64_t input = 0;
  std::int64_t hidden = 0;
  const double* w = nullptr;   ///< [gates * hidden, input]
  const double* r = nullptr;   ///< [gates * hidden, hidden]
  const double* wb = nullptr;  ///< [gates * hidden] or nullptr
  const double* rb = nullptr;
  const double* p = nullptr;  ///< LSTM peepholes [3 * hidden] (i, o, f) or nullptr
  const GateActivation* activations = nullptr;
};

/// Advances one sequence by one step in place. `gates` = W x + Wb, `work` has gates * hidden
/// values, `c` is null where there is no cell state.
using RecurrentCell = void (*)(const RecurrentParams& params, const RecurrentWeights& weights,
                               const double* gates, double* work, double* h, double* c);
Result<void> run_recurrent(EvalContext& context, const RecurrentKind& kind, RecurrentCell cell);

/// out = sum over k of matrix[row, k] * vector[k] for rows [first, first + count), plus bias.
void project(const double* matrix, const double* bias, const double* vector, std::int64_t width,
             std::int64_t first, std::int64_t count, double* out) noexcept;
/// Bound by params.clip when that is set.
double clip_gate(const RecurrentParams& params, double x) noexcept;

/// Multiply-accumulates of a recurrent node.
std::int64_t recurrent_macs(const OpParams& params, std::span<const Shape> inputs,
                            std::span<const Shape> outputs);

}  // namespace vernier
