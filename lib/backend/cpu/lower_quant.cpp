#include "backend/cpu/lower_quant.h"

#include <algorithm>
#include <cstring>

#include "backend/cpu/kernels/qgemm/select.h"

namespace vernier {
namespace {

template <class T>
std::vector<T> elements(std::span<const ValueDesc> inputs, std::size_t i) {
  std::vector<T> values;
  if (!has_operand(inputs, i)) return values;
  const Tensor& tensor = *inputs[i].constant;
  values.resize(static_cast<std::size_t>(tensor.element_count()));
  if (!values.empty()) std::memcpy(values.data(), tensor.data(), tensor.byte_count());
  return values;
}

}  // namespace

const QGemmKernel& choose_qgemm(const LowerOptions& options, const QFormat& format) {
  return options.saturate_pairs && format.w_signed ? qgemm_saturating() : qgemm_select(options.isa);
}

bool has_operand(std::span<const ValueDesc> inputs, std::size_t i) {
  return i < inputs.size() && inputs[i].present();
}

QChannels QuantChannels::view() const {
  return {scale.data(),
          scale.size() > 1 ? 1 : 0,
          offset.empty() ? nullptr : offset.data(),
          bias.empty() ? nullptr : bias.data(),
          weight_zero.empty() ? nullptr : weight_zero.data(),
          weight_zero.size() > 1 ? 1 : 0};
}

std::string quant_sum_refusal(std::span<const ValueDesc> inputs, std::int64_t products) {
  for (const std::size_t i : {kQuantScale, kQuantWZero, kQuantBias, kQuantOffset, kQuantTable}) {
    if (has_operand(inputs, i) && inputs[i].constant == nullptr) {
      return "a scale, zero point, bias or table is not a constant";
    }
  }
  const QFormat format{false, 0, false, has_operand(inputs, kQuantWZero)};
  if (products > q_max_k(format)) return "a sum of so many products does not fit 32 bits";
  return {};
}

std::shared_ptr<const QuantChannels> quant_channels(std::span<const ValueDesc> inputs) {
  auto channels = std::make_shared<QuantChannels>();
  channels->scale = elements<float>(inputs, kQuantScale);
  channels->offset = elements<float>(inputs, kQuantOffset);
  channels->bias = elements<std::int32_t>(inputs, kQuantBias);
  channels->weight_zero = elements<std::int32_t>(inputs, kQuantWZero);
  for (const std::size_t i : {kQuantScale, kQuantOffset, kQuantBias, kQuantWZero}) {
    channels->key += "/";
    if (has_operand(inputs, i)) channels->key += std::to_string(inputs[i].constant->content_id());
  }
  channels->key += "/" + std::string(dtype_name(inputs[kQuantX].dtype));
  return channels;
}

ByteLookup::ByteLookup(const Tensor& table) : present_(true) {
  std::memcpy(bytes_.data(), table.data(), std::min(table.byte_count(), bytes_.size()));
}

ByteLookup byte_lookup(std::span<const ValueDesc> inputs, std::size_t i) {
  return has_operand(inputs, i) ? ByteLookup(*inputs[i].constant) : ByteLookup();
}

QEpilogue to_epilogue(const QuantSum& sum, std::span<const ValueDesc> inputs,
                      const std::uint8_t* table) {
  QEpilogue epilogue = q_epilogue(sum.out.dtype == DType::float32 ? QOut::f32
                                  : sum.out.dtype == DType::int8  ? QOut::s8
                                                                  : QOut::u8,
                                  sum.out.zero);
  epilogue.lo = sum.out.low;
  epilogue.hi = sum.out.high;
  epilogue.lo_f32 = sum.out.min;
  epilogue.hi_f32 = sum.out.max;
  epilogue.mid = sum.mid;
  epilogue.mid_lo = sum.mid_low;
  epilogue.mid_hi = sum.mid_high;
  epilogue.mid_scale = sum.mid_scale;
  if (has_operand(inputs, kQuantResidual)) {
    epilogue.residual_signed = is_signed_byte(inputs[kQuantResidual].dtype);
    epilogue.residual_zero = sum.residual_zero;
    epilogue.residual_scale = sum.residual_scale;
  }
  epilogue.table = table;
  return epilogue;
}

std::vector<bool> packed_quant_inputs(std::span<const ValueDesc> inputs) {
  std::vector<bool> packed;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    packed.push_back(i != kQuantX && i != kQuantResidual && inputs[i].constant != nullptr);
  }
  return packed;
}

}  // namespace vernier
