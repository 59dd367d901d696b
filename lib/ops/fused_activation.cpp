#include "ops/fused_activation.h"

#include <array>
#include <string>

#include "ops/dense.h"
#include "ops/type_check.h"

namespace vernier {
namespace {

using Kind = Activation::Kind;
struct NamedKind {
  Kind kind;
  const char* name;
};
constexpr std::array kKinds = {
    NamedKind{Kind::none, "none"},
    NamedKind{Kind::relu, "relu"},
    NamedKind{Kind::clip, "clip"},
    NamedKind{Kind::sigmoid, "sigmoid"},
    NamedKind{Kind::silu, "silu"},
    NamedKind{Kind::hard_swish, "hard_swish"},
    NamedKind{Kind::hard_sigmoid, "hard_sigmoid"},
    NamedKind{Kind::leaky_relu, "leaky_relu"},
    NamedKind{Kind::tanh, "tanh"},
    NamedKind{Kind::gelu_erf, "gelu_erf"},
    NamedKind{Kind::gelu_tanh, "gelu_tanh"},
};

}  // namespace

const char* activation_name(Kind kind) noexcept {
  for (const NamedKind& row : kKinds) {
    if (row.kind == kind) return row.name;
  }
  return "?";
}

Result<Activation> parse_activation(AttrReader& attributes) {
  Activation activation;
  VERNIER_ASSIGN(const std::string name, attributes.get_string("activation", "none"));
  VERNIER_ASSIGN(activation.alpha, attributes.get_float("activation_alpha", 0.0F));
  VERNIER_ASSIGN(activation.beta, attributes.get_float("activation_beta", 0.0F));
  for (const NamedKind& row : kKinds) {
    if (name == row.name) {
      activation.kind = row.kind;
      return activation;
    }
  }
  return invalid_model("attribute 'activation' is '" + name + "'", "E-MODEL-ATTR");
}

Result<void> add_residual_and_activate(EvalContext& context, std::size_t residual_input,
                                       const Activation& activation, const Shape& shape,
                                       double* values) {
  const std::int64_t count = element_count(shape);
  if (context.has_input(residual_input)) {
    const TensorView& residual = context.input(residual_input);
    if (residual.shape != shape) {
      return invalid_model(
          "residual is " + describe(residual) + ", expected shape " + to_string(shape),
          "E-MODEL-SHAPE");
    }
    VERNIER_ASSIGN(const double* r, dense_doubles(context, residual));
    for (std::int64_t i = 0; i < count; ++i) values[i] += r[i];
  }
  for (std::int64_t i = 0; i < count; ++i) values[i] = apply(activation, values[i]);
  return {};
}

Result<void> check_residual(const InferContext& context, std::size_t residual_input,
                            const ValueType& output) {
  if (!context.has_input(residual_input)) return {};
  const ValueType& residual = context.input(residual_input);
  VERNIER_TRY(check_same_dtype(output, "output", residual, "residual"));
  if (!output.ranked) return {};
  VERNIER_TRY(check_rank(residual, output.rank(), output.rank(), "residual"));
  for (std::size_t i = 0; i < output.rank(); ++i) {
    VERNIER_TRY(check_dim(residual, i, output.dims[i], "residual"));
  }
  return {};
}

}  // namespace vernier
