#pragma once

#include <cstdint>
#include <memory>

#include "base/budget.h"
#include "base/result.h"
#include "graph/graph.h"
#include "quant/recipe.h"

namespace vernier {

/// Whether anything that varies is quantized: QuantizeLinear on a value that is no constant, or an
/// operator of the QOperator form.
bool is_quantized(const Graph& graph);

/// Whether what makes the value keeps it from being below 0: a Relu, a Sigmoid, ..., also through
/// what moves elements.
bool never_negative(const Graph& graph, ValueId value);

struct LiftReport {
  QuantRecipe recipe;              ///< of tensors and of int8 weights with zero point 0, by name
  std::int64_t rectified = 0;      ///< tensors that only their range kept above 0: a Relu does now
  std::int64_t requantized = 0;    ///< pairs behind others of the same tensor, which are left out
  std::int64_t other_weights = 0;  ///< uint8 ones, or with a zero point: floats without an entry
};

/// Takes QuantizeLinear and DequantizeLinear out of a graph in QDQ or QOperator form: what is left
/// is a float model with the weights that the integers meant, nodes and values named, and the
/// recipe that led to the file. A tensor whose range begins at 0 though its producer can be
/// negative gets a Relu, because quantizers leave that out. Types are inferred. Errors: unsupported
/// E-QUANT-LIFT naming a node that computes on integers in another way (a Max of bytes,
/// blocked or per-channel activations); of inference and folding.
Result<LiftReport> lift_quantization(Graph& graph, const std::shared_ptr<MemoryBudget>& budget);

}  // namespace vernier
