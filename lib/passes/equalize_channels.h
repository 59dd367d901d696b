#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/budget.h"
#include "base/result.h"
#include "graph/graph.h"
#include "quant/tensor_stats.h"

namespace vernier {

/// What equalization did.
struct EqualizeReport {
  std::size_t channels = 0;             ///< of all tensors whose channels were scaled
  std::vector<ChannelFactors> factors;  ///< one entry for each group of tensors
};

/// Widths of the channels of a tensor in calibration; `all` is empty when nothing is known.
using ChannelExtents = std::function<ChannelWidths(const std::string& tensor)>;

/// Makes the channels of tensors that get one scale each as wide as their widest channel, so that
/// narrow ones do not vanish in its rounding error: the rows of the weights that make a channel are
/// multiplied, those that read it divided by the same factor. Values tied by Relu, Clip from 0,
/// Add, pooling and Flatten are scaled together; a group is left alone where anything else reads or
/// makes it. The function of the model stays, within what calibration has seen: a Clip's upper
/// bound is reached by no channel that it did not bound before. Factors are (widest / own)^a with
/// the a of 0, 1/4, ... 1 that has the least expected error of what reads the group: rounding of
/// activations, what later samples would have lost at the ends of the range that the early ones
/// gave, and rounding of weights, of which a third is counted because they are rounded by what they
/// multiply. MatMul nodes with constant matrices that read one float value read it through a Mul
/// with a constant row where that helps (Xiao et al., "SmoothQuant", arXiv 2211.10438), and so do
/// Gemm and Conv nodes that read one value a channel; its other readers are not touched. Where
/// there are none, a normalization in front takes the row into its own scale and bias. A product of
/// a tensor and a gate of one value a channel is scaled with the tensor, or where that cannot be
/// (it comes from HardSwish) by a row on the gate. After Nagel et al., "Data-Free Quantization
/// Through Weight Equalization and Bias Correction", arXiv 1906.04721, with calibrated ranges in
/// place of weight ranges.
Result<EqualizeReport> equalize_channels(Graph& graph, const ChannelExtents& extents,
                                         const std::shared_ptr<MemoryBudget>& budget = nullptr);

/// The same with factors that an earlier call chose for the same graph. Error: invalid_data
/// E-RECIPE for a tensor that no group has, or a number of factors that does not fit.
Result<EqualizeReport> scale_channels(Graph& graph, std::span<const ChannelFactors> factors,
                                      const std::shared_ptr<MemoryBudget>& budget = nullptr);

}  // namespace vernier
