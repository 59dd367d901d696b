#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/budget.h"
#include "base/result.h"
#include "graph/graph.h"
#include "quant/block_weights.h"
#include "quant/recipe.h"

namespace vernier {

/// How integer weights are spelled.
enum class WeightForm : std::uint8_t {
  qdq,          ///< DequantizeLinear in front of the operator
  matmulnbits,  ///< com.microsoft MatMulNBits
};

struct WeightOnlyOptions {
  /// Of matrices; block 0 is for 8 bits in the QDQ form.
  BlockFormat format;
  WeightForm form = WeightForm::qdq;
  bool whole_blocks = false;         ///< weights whose rows are no multiple of a block stay float
  std::vector<std::string> exclude;  ///< nodes
  /// Mean squares of the elements of a value along its last axis; empty when not known.
  std::function<std::vector<double>(ValueId)> importance;
  /// Calls `work(begin, end, thread)` for parts of [0, count), perhaps at the same time, with
  /// `thread` below `threads` and no other call's at that time; empty: all at once.
  using Work = std::function<void(std::int64_t begin, std::int64_t end, int thread)>;
  std::function<void(std::int64_t count, const Work& work)> split;
  int threads = 1;  ///< that `split` uses
  std::shared_ptr<MemoryBudget> budget;
};

/// One weight that became integers.
struct PackedWeightReport {
  std::string name;
  std::vector<std::string> nodes;  ///< that read it
  std::string dtype;
  std::int64_t block = 0;  ///< 0: one scale a channel
  double sqnr_db = 0.0;    ///< of its elements; 200 when nothing is lost
  std::uint64_t bytes_before = 0;
  std::uint64_t bytes_after = 0;  ///< codes, scales and zero points as a file holds them
};

struct WeightOnlyReport {
  std::vector<PackedWeightReport> weights;
  std::vector<RecipeFloat> floats;  ///< weighted nodes that stay as they are
  std::size_t candidates = 0;       ///< weighted nodes
  std::size_t quantized = 0;        ///< of them
};

/// The values that matrices with quantizable weights multiply.
std::vector<ValueId> weight_only_inputs(const Graph& graph, const WeightOnlyOptions& options);

/// Replaces constant float weights by integers; activations stay float. MatMul and Gemm: blocks
/// along the inner dimension, one scale a column with block 0. Conv and ConvTranspose: int8, one
/// scale an output channel, whatever the format. Gather from a float matrix: int8 rows with a scale
/// each, multiplied behind the Gather. A weight that several nodes read the same way is made once.
/// Nodes must have names; types are inferred afterwards. Weights that are integers already, not
/// finite, or too large or small for a float scale stay as they are. Errors: usage E-QUANT-EXCLUDE,
/// limit (budget).
Result<WeightOnlyReport> quantize_weights(Graph& graph, const WeightOnlyOptions& options);

/// Weights with fewer elements stay float: they cost less than the nodes that would describe them.
inline constexpr std::int64_t kLeastPackedElements = 1024;

}  // namespace vernier
