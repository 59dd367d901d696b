#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "vernier/export.h"
#include "vernier/result.h"
#include "vernier/types.h"

namespace vernier {

/// On which samples to look at saturation; see SaturationReport.
struct SaturationOptions {
  std::string data;           ///< as QuantizeOptions::data; empty: nothing is run
  std::string preprocess;     ///< preset for pictures
  std::int64_t samples = 16;  ///< at most
};

struct InspectOptions {
  ModelOptions model;
  bool nodes = false;      ///< fill InspectReport::nodes
  bool dump_plan = false;  ///< fill InspectReport::plan_text
  /// Runtimes to predict for, "ort-cpu", "openvino" or "tensorrt": fills InspectReport::fusion.
  std::vector<std::string> targets;
  /// Fills InspectReport::saturation.
  std::optional<SaturationOptions> saturation;
};

/// What one rewriting pass did.
struct PassInfo {
  std::string name;
  std::int64_t applied = 0;
  std::map<std::string, std::int64_t> blocked;  ///< reason -> matches that it prevented
};

/// Memory that one inference needs, known before any of it is taken.
struct MemoryPlan {
  std::uint64_t weights_bytes = 0;    ///< weights in the kernels' own order
  std::uint64_t constants_bytes = 0;  ///< constants that steps read as they are
  std::uint64_t arena_bytes = 0;      ///< activations and scratch
  std::uint64_t peak_bytes = 0;       ///< all of it, with what folding holds
  std::uint64_t limit_bytes = 0;
  [[nodiscard]] bool fits() const { return peak_bytes <= limit_bytes; }
};

/// How many nodes go where, and why not to the first backend asked for.
struct PlacementSummary {
  std::map<std::string, std::int64_t> nodes;    ///< backend -> steps
  std::map<std::string, std::int64_t> reasons;  ///< "Op: reason" -> steps
  /// Steps that compute in floats between quantized tensors: "Op: reason" -> steps.
  std::map<std::string, std::int64_t> float_islands;
};

/// An operator that vernier cannot serve.
struct UnsupportedOp {
  std::string domain;  ///< "ai.onnx" for the default one
  std::string op;      ///< empty: the refusal names no operator, see `why`
  int opset = 0;       ///< of its domain; 0: unknown
  std::int64_t nodes = 0;
  std::string first_node;
  std::string why;
};

/// How a runtime is predicted to run one node of the file.
struct FusionNodeInfo {
  std::string node;
  std::string op;
  std::string output;    ///< its first output
  std::string verdict;   ///< "integer", "float" or "island": float between DequantizeLinear and
                         ///< QuantizeLinear, perhaps with other such nodes
  std::string rule;      ///< by which it was decided, such as "ort-output-quantized"
  std::string reason;    ///< what it becomes, or why it stays float
  std::string fix;       ///< what to change in the file; empty when integer or when nothing helps
  bool reached = false;  ///< at least one of its operands is dequantized or made by integers
};

/// "Will it fuse?": the prediction for one runtime. Nodes are those of the file (as imported,
/// bodies left out) that compute on real numbers and depend on the inputs, in topological order.
struct FusionReport {
  std::string target;
  std::int64_t integer = 0;
  std::int64_t floating = 0;
  std::int64_t island = 0;
  std::vector<FusionNodeInfo> nodes;
};

/// What saturation does to a node that multiplies int8 weights.
struct SaturationNode {
  std::string node;
  std::string op;
  std::int64_t channels = 0;
  std::int64_t risky_channels = 0;  ///< with two weights of one sign that sum to more than 128
  int worst_pair = 0;               ///< the largest such sum
  std::int64_t outputs = 0;         ///< elements looked at, of all samples; 0: nothing was run
  std::int64_t changed = 0;         ///< of them those that saturation in this node changes
  std::optional<double> sqnr_db;    ///< of them, with saturation in this node alone
};

struct SaturationOutput {
  std::string name;
  double sqnr_db = 0.0;        ///< with saturation in all nodes, against exact sums
  std::optional<double> top1;  ///< share of rows with the same largest element
};

/// What x86 CPUs with neither VNNI nor AMX make of an int8 model in runtimes that multiply by
/// vpmaddubsw, whose sums of two products saturate at 16 bits (vernier's own sums never do).
/// Which products meet depends on the runtime's packing: neighbouring input channels of one tap
/// are taken here, as in ONNX Runtime and oneDNN. Depthwise convolutions are not affected.
struct SaturationReport {
  std::vector<SaturationNode> nodes;
  std::string data;
  std::int64_t samples = 0;
  std::vector<SaturationOutput> outputs;  ///< empty without data
};

struct InspectReport {
  std::string path;
  std::uint64_t file_bytes = 0;
  std::string sha256;
  std::int64_t ir_version = 0;
  std::map<std::string, int> opsets;  ///< domain ("ai.onnx" for the default one) -> version
  std::string producer;
  std::string graph_name;
  std::map<std::string, std::string> metadata;
  std::vector<TensorDescription> inputs;  ///< as the file says, with dims bound by the caller
  std::vector<TensorDescription> outputs;
  std::map<std::string, std::int64_t> operators;  ///< of the file, bodies included
  std::int64_t node_count = 0;
  std::int64_t parameter_count = 0;  ///< elements of constants, without integers used as shapes
  std::uint64_t parameter_bytes = 0;
  std::vector<std::string> notes;  ///< what the importer changed

  /// Not empty: the model is valid, but vernier cannot run it; nothing below is known, nor are
  /// parameters. `refusal` is then the error that running it would give (code unsupported).
  std::vector<UnsupportedOp> unsupported;
  std::optional<Error> refusal;

  /// Free dimensions that got a size here because the caller gave none: "batch" -> 1.
  std::vector<std::pair<std::string, std::int64_t>> assumed;
  std::vector<PassInfo> passes;
  std::string isa;
  int threads = 0;
  bool planned = false;      ///< false: what follows is empty, see plan_problem
  std::string plan_problem;  ///< why the model could not be planned with assumed dimensions
  std::int64_t macs = 0;     ///< multiply-accumulates of one inference
  std::int64_t optimized_node_count = 0;
  MemoryPlan memory;
  PlacementSummary placement;
  std::vector<NodeInfo> nodes;
  /// Nodes that compute in floats between quantized tensors -> why.
  std::map<std::string, std::string> float_islands;
  std::string plan_text;
  /// One for each of InspectOptions::targets, known whenever the model could be imported.
  std::vector<FusionReport> fusion;
  std::optional<SaturationReport> saturation;
};

/// Reads a model, optimises and plans it; runs nothing and takes no memory for activations, unless
/// saturation is to be looked at on samples.
/// What vernier does not support is no error here, but InspectReport::unsupported.
/// Errors: those of the importer (invalid model, limits), usage for dims, shapes or passes that the
/// model does not have or targets without rules (E-INSPECT-TARGET), device for an absent backend.
VERNIER_API Result<InspectReport> inspect(const std::string& path, const InspectOptions& options);

VERNIER_API std::string to_json(const InspectReport& report);

}  // namespace vernier
