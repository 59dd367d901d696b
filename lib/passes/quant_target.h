#pragma once

#include <string>
#include <string_view>

#include "base/dtype.h"
#include "base/result.h"

namespace vernier {

/// What a runtime needs of a quantized file to run it on integer kernels. The rules and where they
/// come from: docs/quantize.md.
struct QuantTarget {
  std::string name;
  DType activation = DType::uint8;  ///< uint8 with zero point, or int8 with zero point 0
  bool int32_bias = true;           ///< false: biases stay float
  bool quantized_outputs = true;    ///< integer operators need Q behind them
  bool one_dq_per_reader = true;
  /// Sigmoid, and Mul and Add with a constant, are integer operators of their own. False: chains of
  /// them are float between Q and DQ, which the runtime fuses or runs by table.
  bool integer_chains = true;
  /// An activation behind a convolution or matrix product joins it, so that what is between the two
  /// is never rounded.
  bool fuses_activations = false;
  /// 8-bit tensors pass through what moves their elements, and through a Concat of tensors with
  /// equal parameters, without Q and DQ behind it.
  bool passes_through = false;
  /// Squeeze-and-excite gates: their convolutions of one pixel are integers (in floats they read
  /// four times the bytes, which is what they cost), and what a float activation made is multiplied
  /// by its gate in float before it is rounded.
  bool integer_gates = false;
  /// Small convolutions that read at most three channels are slower as integers.
  bool float_narrow_convolutions = false;
  /// A convolution or matrix product of integers may end in floats that leave the model; otherwise
  /// it is integer only with Q behind it.
  bool float_results = false;
  /// ConvTranspose (one group) has an integer form.
  bool integer_deconvolution = false;
  /// A MatMul of two activations that integer products made (queries and keys of attention) is
  /// integer, its operands int8 with zero point 0 in pairs right in front of it.
  bool integer_activation_products = false;
  /// The runtime transposes floats faster than bytes: what a float operator made is quantized
  /// behind its Transpose.
  bool transposes_floats = false;
  /// The runtime transposes for a Softmax along another axis than the last: behind a Transpose that
  /// nothing else reads it goes along the last one.
  bool softmax_last_axis = false;
};

/// "vernier", "ort-cpu", "openvino", "tensorrt". Error: usage E-QUANT-TARGET.
Result<QuantTarget> find_quant_target(std::string_view name);

}  // namespace vernier
