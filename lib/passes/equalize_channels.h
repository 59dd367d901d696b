#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/budget.h"
#include "base/result.h"
#include "graph/graph.h"

namespace vernier {

/// What equalization did.
struct EqualizeReport {
  std::size_t groups = 0;  ///< of tensors whose channels were scaled
  std::size_t channels = 0;
};

/// Largest magnitude of each channel of a tensor over the calibration samples; empty: not known.
using ChannelMagnitudes = std::function<std::vector<float>(const std::string& tensor)>;

/// Makes the channels of tensors that get one scale each as wide as their widest channel, so that
/// narrow ones do not vanish in its rounding error: the rows of the weights that make a channel are
/// multiplied, those that read it divided by the same factor. Values tied by Relu, Clip from 0,
/// Add, pooling and Flatten are scaled together; a group is left alone where anything else reads or
/// makes it. The function of the model stays, within what calibration has seen: a Clip's upper
/// bound is reached by no channel that it did not bound before. Factors are (widest / own)^a; a is
/// 1 where only depthwise convolutions read the group, otherwise the one of 0, 1/4, ... 1 with the
/// least expected error of what reads it (rounding of activations plus rounding of weights, of
/// which a tenth is counted: weights are rounded by what they multiply).
/// MatMul nodes with constant matrices that read one float value read it through a Mul with a
/// constant row where that helps (Xiao et al., "SmoothQuant", arXiv 2211.10438); its other readers
/// are not touched.
/// After Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction",
/// arXiv 1906.04721, with calibrated ranges in place of weight ranges.
Result<EqualizeReport> equalize_channels(Graph& graph, const ChannelMagnitudes& magnitudes,
                                         const std::shared_ptr<MemoryBudget>& budget = nullptr);

}  // namespace vernier
