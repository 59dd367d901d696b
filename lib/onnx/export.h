#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "graph/graph.h"

namespace vernier::onnx {

struct ExportOptions {
  /// Opset of ai.onnx. 0: the model's own, or the next one at which every node has a form.
  int opset = 0;
  /// Weights in a file beside the model.
  enum class External : std::uint8_t {
    automatic,  ///< when the file would be larger than protobuf's 2 GiB
    always,
    never,
  };
  External external = External::automatic;
  std::uint64_t external_least_bytes = 1024;  ///< smaller tensors stay in the model
  /// Constants of the main graph that are cast to another floating type while they are written, so
  /// that no weight is held in memory; the value's type is this one.
  std::map<ValueId, DType> stored_as;
  bool value_info = true;  ///< write the types of values between nodes
  std::string producer_name = "vernier";
  std::string producer_version;
};

/// A node that has no form at an opset.
struct ExportBlocker {
  std::string node;
  std::string op;
  std::string why;
};

/// What stands in the way of writing the model at `opset`; empty: nothing.
std::vector<ExportBlocker> export_blockers(const Model& model, int opset,
                                           const ExportOptions& options = {});

/// The opset that export_model takes with options.opset = 0. Error: unsupported E-EXPORT-OPSET,
/// E-EXPORT-OPERATOR naming the first node without a form at the newest opset.
Result<int> exported_opset(const Model& model, const ExportOptions& options = {});

struct ExportSummary {
  int opset = 0;
  int ir_version = 0;
  std::size_t nodes = 0;  ///< of the main graph
  std::size_t initializers = 0;
  std::uint64_t bytes = 0;           ///< of the model file
  std::uint64_t external_bytes = 0;  ///< of the file beside it
  std::string external_file;         ///< its path; empty: none
};

/// Writes an ONNX file, whole or not at all. Functions were inlined on import and stay so. Names of
/// inputs, outputs and values are kept; one that is taken gets a suffix. Constants that nobody
/// reads are left out. Weights are written piece by piece from where they lie and their file pages
/// dropped: memory does not grow with them. Errors: as exported_opset; usage E-EXPORT-OPSET for an
/// opset outside 7..kNewestOpset; limit E-EXPORT-SIZE (External::never beyond 2 GiB); output.
Result<ExportSummary> export_model(const Model& model, const std::string& path,
                                   const ExportOptions& options = {});

}  // namespace vernier::onnx
