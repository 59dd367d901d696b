#include "passes/quant_target.h"

#include <array>

namespace vernier {

Result<QuantTarget> find_quant_target(std::string_view name) {
  static const std::array<QuantTarget, 4> kTargets = {{
      {"vernier", DType::uint8, true, true, true, false, false, false, false},
      {"ort-cpu", DType::uint8, true, true, true, true, false, false, true},
      {"openvino", DType::uint8, false, true, false, false, true, true, false},
      {"tensorrt", DType::int8, false, false, false, false, false, false, false},
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
