#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "graph/graph.h"

namespace vernier {

/// How a runtime will run a node of a quantized file.
enum class FusionVerdict : std::uint8_t {
  integer,   ///< on integers
  floating,  ///< in floats
  island,    ///< in floats, although integers arrive from DequantizeLinear and leave by
             ///< QuantizeLinear, perhaps through other such nodes
};
std::string_view fusion_verdict_name(FusionVerdict verdict);  ///< "integer", "float", "island"

struct FusionNode {
  std::string node;
  std::string op;
  std::string output;  ///< its first output
  FusionVerdict verdict = FusionVerdict::floating;
  std::string rule;      ///< the rule by which it was decided, such as "ort-output-quantized"
  std::string reason;    ///< what it becomes, or why it stays float
  std::string fix;       ///< what to change in the file; empty when integer or when nothing helps
  bool reached = false;  ///< at least one of its operands is dequantized or made by integers
};

/// Predicts by rules, running nothing, which nodes of a graph as imported (not rewritten) `target`
/// runs on integers: those that compute on real numbers, in topological order; not those that only
/// constants reach, and not those of bodies. The rules and where they come from: docs/quantize.md.
/// Error: usage E-INSPECT-TARGET for a target without rules, E-MODEL-CYCLE.
Result<std::vector<FusionNode>> predict_fusion(const Graph& graph, std::string_view target);

}  // namespace vernier
