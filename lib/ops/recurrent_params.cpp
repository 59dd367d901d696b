#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "ops/activation.h"
#include "ops/recurrent.h"

namespace vernier {
namespace {

using Kind = GateActivation::Kind;

/// Name (ONNX's, compared without case), kind, and which parameters it takes with their defaults.
struct ActivationRow {
  const char* name;
  Kind kind;
  bool takes_alpha;
  bool takes_beta;
  double alpha;
  double beta;
};
constexpr ActivationRow kActivations[] = {
    {"sigmoid", Kind::sigmoid, false, false, 0.0, 0.0},
    {"tanh", Kind::tanh, false, false, 0.0, 0.0},
    {"relu", Kind::relu, false, false, 0.0, 0.0},
    {"affine", Kind::affine, true, true, 1.0, 0.0},
    {"leakyrelu", Kind::leaky_relu, true, false, 0.01, 0.0},
    {"thresholdedrelu", Kind::thresholded_relu, true, false, 1.0, 0.0},
    {"scaledtanh", Kind::scaled_tanh, true, true, 1.0, 1.0},
    {"hardsigmoid", Kind::hard_sigmoid, true, true, 0.2, 0.5},
    {"elu", Kind::elu, true, false, 1.0, 0.0},
    {"softsign", Kind::softsign, false, false, 0.0, 0.0},
    {"softplus", Kind::softplus, false, false, 0.0, 0.0},
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

const ActivationRow* find_activation(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), lower);
  for (const ActivationRow& row : kActivations) {
    if (name == row.name) return &row;
  }
  return nullptr;
}

/// alpha and beta values are handed out in order to the activations that take them.
Result<void> read_activations(AttrReader& attributes, const RecurrentKind& kind,
                              RecurrentParams& params) {
  VERNIER_ASSIGN(const auto names, attributes.get_strings("activations"));
  VERNIER_ASSIGN(const auto alphas, attributes.get_floats("activation_alpha"));
  VERNIER_ASSIGN(const auto betas, attributes.get_floats("activation_beta"));
  const std::size_t count = kind.activation_count * params.directions();
  if (!names.empty() && names.size() < count) {
    return invalid_model("attribute 'activations' has " + std::to_string(names.size()) +
                             " names, expected " + std::to_string(count),
                         "E-MODEL-ATTR");
  }
  std::size_t next_alpha = 0;
  std::size_t next_beta = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const ActivationRow* row = nullptr;
    if (names.empty()) {
      const Kind wanted = kind.defaults[i % kind.activation_count];
      row = std::find_if(std::begin(kActivations), std::end(kActivations),
                         [&](const ActivationRow& a) { return a.kind == wanted; });
    } else {
      row = find_activation(names[i]);
      if (row == nullptr) {
        return invalid_model("attribute 'activations' names '" + names[i] + "'", "E-MODEL-ATTR");
      }
    }
    GateActivation activation{row->kind, row->alpha, row->beta};
    if (row->takes_alpha && next_alpha < alphas.size()) {
      activation.alpha = static_cast<double>(alphas[next_alpha++]);
    }
    if (row->takes_beta && next_beta < betas.size()) {
      activation.beta = static_cast<double>(betas[next_beta++]);
    }
    params.activations.push_back(activation);
  }
  return {};
}

}  // namespace

double apply(const GateActivation& activation, double x) noexcept {
  switch (activation.kind) {
    case Kind::sigmoid:
      return sigmoid_of(x);
    case Kind::tanh:
      return std::tanh(x);
    case Kind::relu:
      return x < 0.0 ? 0.0 : x;
    case Kind::affine:
      return activation.alpha * x + activation.beta;
    case Kind::leaky_relu:
      return x < 0.0 ? activation.alpha * x : x;
    case Kind::thresholded_relu:
      return x > activation.alpha || std::isnan(x) ? x : 0.0;
    case Kind::scaled_tanh:
      return activation.alpha * std::tanh(activation.beta * x);
    case Kind::hard_sigmoid:
      return clip_of(activation.alpha * x + activation.beta, 0.0, 1.0);
    case Kind::elu:
      return x < 0.0 ? activation.alpha * std::expm1(x) : x;
    case Kind::softsign:
      return x / (1.0 + std::fabs(x));
    case Kind::softplus:
      return x > 0.0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
  }
  return x;
}

Result<Params> parse_recurrent(AttrReader& attributes, const RecurrentKind& kind) {
  auto params = std::make_shared<RecurrentParams>();
  VERNIER_ASSIGN(const std::string direction, attributes.get_string("direction", "forward"));
  if (direction == "reverse") {
    params->direction = RecurrentDirection::reverse;
  } else if (direction == "bidirectional") {
    params->direction = RecurrentDirection::bidirectional;
  } else if (direction != "forward") {
    return invalid_model("attribute 'direction' is '" + direction + "'", "E-MODEL-ATTR");
  }
  if (attributes.has("hidden_size")) {
    VERNIER_ASSIGN(
        params->hidden_size,
        attributes.get_int_in("hidden_size", 1, 1, std::numeric_limits<std::int32_t>::max()));
  }
  VERNIER_ASSIGN(const std::int64_t layout, attributes.get_int_in("layout", 0, 0, 1));
  params->batch_first = layout == 1;
  VERNIER_ASSIGN(params->clip, attributes.get_float("clip", 0.0F));
  if (kind.gates == 4) {
    VERNIER_ASSIGN(params->input_forget, attributes.get_bool("input_forget", false));
  }
  if (kind.gates == 3) {
    VERNIER_ASSIGN(params->linear_before_reset, attributes.get_bool("linear_before_reset", false));
  }
  VERNIER_TRY(read_activations(attributes, kind, *params));
  return Params(std::move(params));
}

}  // namespace vernier
