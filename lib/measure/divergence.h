#pragma once

#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"

namespace vernier {

/// A node of the model that two engines ran, with the tensors that flow into it and out of it
/// (constants are left out).
struct LayerNode {
  std::string name;  ///< may be empty
  std::string op;
  int opset = 0;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
};

/// One tensor as both engines computed it.
struct LayerDifference {
  std::string tensor;
  double rel_l2 = 0.0;  ///< |contender - baseline| / |baseline|; infinite when they do not match
  double snr_db = std::numeric_limits<double>::infinity();  ///< -20 log10(rel_l2)
  double max_abs = 0.0;
  bool compared = false;  ///< false: an engine gives it in another type, or does not give it
  std::string reason;     ///< why it is not compared, or does not match
};

/// The same tensors of both engines.
struct CutOutputs {
  std::vector<NamedTensor> baseline;
  std::vector<NamedTensor> contender;
};

/// Runs both engines on the same input bytes, on the model cut so that these tensors are its
/// outputs. `from` is empty: the model's own inputs; otherwise the part begins at these tensors and
/// they are given to both engines.
using CutRunner = std::function<Result<CutOutputs>(const std::vector<std::string>& outputs,
                                                   const std::vector<NamedTensor>& from)>;

struct DivergenceOptions {
  double tolerance = 1e-3;       ///< relative L2 above it diverges
  bool table = false;            ///< measure every tensor as well
  std::size_t table_chunk = 48;  ///< tensors of one cut, which bounds the memory of the outputs
};

/// A cut that was run.
struct CutProbe {
  std::size_t after = 0;  ///< position of the last node that is in it
  std::string node;       ///< that node
  std::vector<LayerDifference> tensors;
  bool diverges = false;
  std::string error;  ///< why it could not be run; empty when it could
};

struct Divergence {
  bool found = false;
  LayerNode node;                       ///< the first node that diverges
  std::vector<LayerDifference> before;  ///< its inputs, in a cut where they are outputs
  std::vector<LayerDifference> after;   ///< its outputs
  /// Its outputs when it runs alone on the baseline's inputs: tells a wrong operator from one that
  /// goes wrong only together with others (a fusion). Empty when that could not be run.
  std::vector<LayerDifference> alone;
  /// With the node's inputs and outputs both visible the inputs still agree and the outputs do not.
  bool confirmed = false;
  std::vector<CutProbe> probes;          ///< what was run, in order
  std::vector<LayerDifference> table;    ///< with DivergenceOptions::table, in the order of nodes
  std::vector<std::string> table_nodes;  ///< "name (Op)" of each row of the table
  std::vector<std::string> notes;        ///< what a reader must know: not monotonic, not confirmed
};

/// One tensor of the contender against the baseline's. Integer tensors that an engine hands out in
/// another type are not compared; shapes may differ by dimensions of size 1.
LayerDifference compare_layer(const std::string& name, std::span<const NamedTensor> contender,
                              std::span<const NamedTensor> baseline);

/// The first node, producers before consumers, whose output differs while its inputs agree.
/// `nodes` are in topological order and lead to `outputs`, the model's own outputs.
///
/// A cut after node k makes outputs of all tensors that nodes up to k produce and that later nodes
/// or the caller read. As soon as a wrong tensor is among them all later cuts have one as well,
/// unless something swallows the difference: so the first cut that diverges is found by bisection
/// (log2 n runs of each engine), and then confirmed. A cut that an engine cannot run is passed
/// over. Errors: those of the runner where not a single cut can be run, `interrupted` always.
Result<Divergence> find_divergence(std::span<const LayerNode> nodes,
                                   const std::vector<std::string>& outputs, const CutRunner& run,
                                   const DivergenceOptions& options = {});

}  // namespace vernier
