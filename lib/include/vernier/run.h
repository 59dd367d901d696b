#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "vernier/export.h"
#include "vernier/result.h"
#include "vernier/types.h"

namespace vernier {

struct RunOptions {
  ModelOptions model;
  /// `NAME=FILE` (.npy, FILE.npz:MEMBER, .png, .jpg), `FILE.npz` (all inputs by name), or a picture
  /// or .npy file alone when only one input can take it. Empty: made-up inputs from `seed`.
  std::vector<std::string> inputs;
  std::uint64_t seed = 0;
  std::string preprocess;   ///< preset for pictures; empty: "unit" ("raw" for integer inputs)
  std::string output;       ///< .npz file of the outputs; empty: none
  std::int64_t topk = 0;    ///< > 0: the best classes of the first output
  std::string labels;       ///< file of class names, one a line
  std::string decode;       ///< "yolo": boxes from the first output
  double min_score = 0.25;  ///< of decoded boxes
  std::string draw;         ///< picture file with the boxes drawn (needs a picture as input)
  std::int64_t steps = 0;   ///< > 0: that many inferences, see `carry`
  /// Output -> input of the next step. With steps, inputs that have one leading axis of `steps`
  /// entries more than the model's own shape are given one entry a step; outputs are stacked.
  std::vector<std::pair<std::string, std::string>> carry;
};

/// An input as it was given to the model.
struct RunInput {
  TensorDescription type;
  std::string source;  ///< file, or "synthetic (image, seed 0)"
};

/// Figures of a numeric output; not present for strings and complex numbers, or without elements.
struct ValueStats {
  double min = 0.0;  ///< over finite elements, as the next three
  double max = 0.0;
  double mean = 0.0;
  double stddev = 0.0;
  std::int64_t nan = 0;
  std::int64_t inf = 0;
  std::int64_t zeros = 0;
};

struct RunOutput {
  TensorDescription type;
  std::optional<ValueStats> stats;
  std::string member;  ///< name inside the output file; empty when none is written
};

struct RankedClass {
  std::int64_t index = 0;
  std::string label;  ///< empty without labels
  double score = 0.0;
  double probability = 0.0;
};

struct DetectedBox {
  double x0 = 0.0, y0 = 0.0, x1 = 0.0, y1 = 0.0;  ///< pixels of the source picture
  double score = 0.0;
  std::int64_t index = 0;
  std::string label;
};

struct RunReport {
  std::string model;
  std::string backend;
  std::string isa;
  int threads = 0;
  std::int64_t steps = 1;
  std::int64_t load_ns = 0;  ///< reading, optimising, planning, packing weights
  std::int64_t run_ns = 0;   ///< all steps; the first inference of the process
  std::uint64_t weights_bytes = 0;
  std::uint64_t arena_bytes = 0;
  std::vector<std::pair<std::string, std::int64_t>> assumed;  ///< free dims that got a size here
  std::vector<std::string> notes;  ///< what a user should know: fallbacks, defaults taken
  std::vector<RunInput> inputs;
  std::vector<RunOutput> outputs;
  std::vector<std::vector<RankedClass>> topk;  ///< one list a row of the first output
  std::vector<DetectedBox> boxes;
  bool decoded = false;             ///< boxes were asked for
  std::vector<NodeInfo> fallbacks;  ///< nodes that do not run on the backend asked for
  std::string output_file;
  std::string picture_file;
};

/// One inference (or `steps` of them). Output files appear whole or not at all, and are proven to
/// be writable before the model is loaded.
VERNIER_API Result<RunReport> run_model(const std::string& path, const RunOptions& options);

VERNIER_API std::string to_json(const RunReport& report);

}  // namespace vernier
