#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "quant/linear_quant.h"
#include "quant/tensor_stats.h"

namespace vernier {

/// A tensor that is quantized and dequantized wherever it is read.
struct RecipeTensor {
  std::string name;
  LinearQuant quant;
  std::string method;  ///< how the range was chosen
  std::string reason;  ///< free text
};

/// The constant weight of one node, int8 with zero point 0, one scale a channel along `axis` (or
/// one scale in all).
struct RecipeWeight {
  std::string node;
  int axis = 0;
  std::vector<float> scales;
  std::string method;
  /// Which integers are not the nearest (see quantize_weight); empty: none. As text hexadecimal.
  std::vector<std::uint8_t> other;
};

/// What is added to the bias of a node (of a MatMul: the row of the Add behind it), per output
/// channel.
struct RecipeBias {
  std::string node;
  std::vector<float> add;
  std::string method;
};

/// A node that stays float, and why.
struct RecipeFloat {
  std::string node;
  std::string op;
  std::string reason;
};

/// Everything that decides how a model is quantized. As text: one entry a line,
///
///     vernier-recipe 1
///     target ort-cpu
///     model SHA256
///     channels "relu1" factors=1,7.5
///     tensor "relu1" u8 scale=0.0235294 zero=0 method=mse reason="..."
///     weight "conv1" axis=0 method=gram scales=0.01,0.02 other=00a4
///     bias "conv1" method=sequential add=0.001,-0.002
///     float "concat3" Concat reason="..."
///
/// Lines that start with # and empty lines are skipped. Names are quoted with \" \\ and \xNN. A
/// `tensor` line taken out leaves that tensor as it is in the float model, a `weight` line with the
/// `bias` line of its node that weight.
struct QuantRecipe {
  std::string target;
  std::string model_sha256;
  std::vector<ChannelFactors> channels;  ///< scaled before anything else
  std::vector<RecipeTensor> tensors;
  std::vector<RecipeWeight> weights;
  std::vector<RecipeBias> biases;
  std::vector<RecipeFloat> floats;

  [[nodiscard]] const RecipeTensor* tensor(std::string_view name) const;
  [[nodiscard]] const RecipeWeight* weight(std::string_view node) const;
  [[nodiscard]] const RecipeBias* bias(std::string_view node) const;
};

std::string write_recipe(const QuantRecipe& recipe);
/// Error: invalid_data E-RECIPE naming the line.
Result<QuantRecipe> parse_recipe(std::string_view text);

}  // namespace vernier
