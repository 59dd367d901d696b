#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "vernier/export.h"
#include "vernier/result.h"
#include "vernier/types.h"

namespace vernier {

struct ConvertOptions {
  /// Limits, threads, backend of the verification; dims and shapes are written into the model.
  ModelOptions model;

  std::string to;                 ///< "fp16", "bf16", "fp32"; empty: as it is
  std::vector<std::string> keep;  ///< --to: nodes or operators that stay fp32
  std::vector<std::string> io;    ///< --to: inputs and outputs that change type, too

  std::vector<std::string> outputs;  ///< cut: tensors where the model ends; empty: as it is
  std::vector<std::string> inputs;   ///< cut: tensors where it begins
  std::vector<std::pair<std::string, std::string>> rename;  ///< input or output -> new name
  std::vector<std::string> input_order;                     ///< all inputs, as they shall come
  std::vector<std::string> output_order;                    ///< all outputs, as they shall come

  /// The batch of the inputs becomes a dimension of this name; empty: it stays.
  std::string dynamic_batch;
  /// dynamic_batch: inputs and the axis that counts samples; empty: axis 0 of all that have one.
  std::vector<std::pair<std::string, std::size_t>> batch_inputs;

  /// Scaling and layout of pictures go into the model: a preset, or values (docs/convert.md);
  /// empty: they stay outside.
  std::string fold_preprocess;

  std::vector<std::string> data;  ///< files of inputs for ranges and verification; empty: made up
  std::string preprocess;         ///< preset for pictures among them
  std::optional<double> max_rel_l2;  ///< of every output; default: by what is asked for
  std::uint64_t seed = 0;
  int samples = 3;  ///< made-up inputs

  int opset = 0;  ///< of ai.onnx; 0: the model's, or the next one that can hold the nodes
  enum class External : std::uint8_t { automatic, split, merge };
  External external = External::automatic;
  /// automatic: unless the weights are larger than 1 GiB.
  enum class Verify : std::uint8_t { automatic, always, never };
  Verify verify = Verify::automatic;
  bool simplify = false;
  bool all_io = false;   ///< --to: all inputs and outputs change type
  bool dry_run = false;  ///< say what would happen, write nothing
};

/// What one step did.
struct ConvertStep {
  std::string name;                ///< "fold and fuse", "float16", "opset", ...
  std::vector<std::string> notes;  ///< one line each
};

/// A node that stays in fp32, and why.
struct ConvertKept {
  std::string node;
  std::string op;
  std::string reason;
};

/// One output before and after.
struct ConvertOutput {
  std::string name;
  double max_rel_l2 = 0.0;  ///< over all samples
  double tolerance = 0.0;   ///< that it may have
  bool finite = true;       ///< no NaN or infinity that was not there before
};

struct ConvertReport {
  std::string input;
  std::string output;
  std::uint64_t bytes_before = 0;  ///< with external data
  std::uint64_t bytes_after = 0;   ///< 0: dry run
  std::string external_file;       ///< beside the output; empty: none
  int opset_before = 0;
  int opset_after = 0;
  int ir_version = 0;
  std::int64_t nodes_before = 0;  ///< functions inlined, constants not counted
  std::int64_t nodes_after = 0;
  std::vector<ConvertStep> steps;
  std::vector<ConvertKept> kept;
  bool verified = false;     ///< outputs were compared
  bool agrees = true;        ///< false: they differ too much, and nothing was written
  std::string not_verified;  ///< why not
  int samples = 0;           ///< inputs that were compared
  double tolerance = 0.0;    ///< of outputs that rounding does not move further
  std::vector<ConvertOutput> outputs;
  std::vector<std::string> rolled_back;  ///< rewrites that changed numbers and were left out
  std::vector<std::string> notes;
};

/// Rewrites an ONNX file. The output appears whole or not at all, and only when verification (if
/// any) was passed (report.agrees). Errors: those of reading and running the model; usage, among
/// them E-USAGE-OUTPUT (an output that is read, or holds the input's weights), E-CONVERT-BATCH
/// (batch_inputs that the model lacks or that differ in their batch) and E-CONVERT-PREPROCESS
/// (fold_preprocess that cannot be read); unsupported E-EXPORT-OPSET listing the nodes that have no
/// form at the wanted opset, E-CONVERT-BATCH those that hold for one batch only (or inputs of
/// several shapes, which are no batch), and E-CONVERT-PREPROCESS for an input that takes no
/// pictures or a preset that pads with what no pixel can be; output.
VERNIER_API Result<ConvertReport> convert_model(const std::string& input, const std::string& output,
                                                const ConvertOptions& options);

VERNIER_API std::string to_json(const ConvertReport& report);

}  // namespace vernier
