#include "passes/quant_target.h"

#include <array>

namespace vernier {

Result<QuantTarget> find_quant_target(std::string_view name) {
  static const std::array<QuantTarget, 4> kTargets = {{
      {.name = "vernier", .integer_chains = false},
      {.name = "ort-cpu",
       .integer_gates = true,
       .float_narrow_convolutions = true,
       .softmax_last_axis = true},
      {.name = "openvino",
       .int32_bias = false,
       .one_dq_per_reader = false,
       .integer_chains = false,
       .fuses_activations = true,
       .passes_through = true,
       .float_results = true,
       .integer_deconvolution = true,
       .integer_activation_products = true,
       .transposes_floats = true},
      {.name = "tensorrt",
       .activation = DType::int8,
       .int32_bias = false,
       .quantized_outputs = false,
       .one_dq_per_reader = false,
       .integer_chains = false,
       .integer_deconvolution = true},
  }};
  std::string known;
  for (const QuantTarget& target : kTargets) {
    if (target.name == name) return target;
    known += (known.empty() ? "" : ", ") + target.name;
  }
  return usage_error("there is no target '" + std::string(name) + "' (there are: " + known + ")",
                     "E-QUANT-TARGET");
}

}  // namespace vernier
