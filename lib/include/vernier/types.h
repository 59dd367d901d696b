#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "vernier/export.h"

namespace vernier {

/// One dimension of a tensor type: a size, or a name that the model gives to a free one; size -1
/// and no name: free without a name.
struct Dimension {
  std::int64_t size = -1;
  std::string name;
};

/// Name, element type (ONNX's spelling: "float", "int64") and dimensions. `dims` means nothing when
/// the model does not state the rank.
struct TensorDescription {
  std::string name;
  std::string dtype;
  bool ranked = false;
  std::vector<Dimension> dims;
};

/// "float[N,3,224,224]".
VERNIER_API std::string to_text(const TensorDescription& tensor);

/// What is the same everywhere a model is loaded.
struct ModelOptions {
  std::string backend = "cpu";     ///< "cpu", "reference", "cuda", or a list in order of preference
  std::string precision = "fp32";  ///< "fp32" is what this version has
  int threads = 0;                 ///< 0: as many as this process may use
  std::uint64_t max_memory_bytes = 0;                      ///< 0: 80 % of what the machine offers
  double timeout_s = 0.0;                                  ///< 0: none
  std::vector<std::pair<std::string, std::int64_t>> dims;  ///< named dimension -> size
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> shapes;  ///< input -> shape
  bool optimize = true;                                                   ///< rewriting passes
  std::vector<std::string> disabled_passes;
  /// When it becomes true the call ends soon with an `interrupted` error; may be null.
  const std::atomic<bool>* interrupt = nullptr;
};

/// Where a node runs. `reason` says why not on the backend that was asked for; empty when it does.
struct NodeInfo {
  std::string node;
  std::string op;
  std::string backend;
  std::string kernel;
  std::string output;  ///< type of the first output, "float[1,64,112,112]"; "" when unknown
  std::string reason;
};

}  // namespace vernier
