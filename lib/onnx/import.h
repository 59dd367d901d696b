#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/budget.h"
#include "base/result.h"
#include "graph/graph.h"

namespace vernier::onnx {

/// Range of ai.onnx opsets that the importer understands; older ones for operators that had the
/// same form then (see oldest_opset in upgrade.h).
inline constexpr int kOldestOpset = 7;
inline constexpr int kNewestOpset = 27;
inline constexpr int kNewestIrVersion = 13;

/// An operator that the importer cannot serve.
struct UnsupportedOperator {
  std::string domain;  ///< "" for ai.onnx
  std::string op;
  int opset = 0;  ///< of its domain; 0: not imported by the model
  std::int64_t nodes = 0;
  std::string first_node;
  std::string why;
};

/// What is known of a model that was refused for its operators.
struct ImportFindings {
  std::vector<UnsupportedOperator> unsupported;   ///< empty: refused for something else, or not
  std::map<std::string, std::int64_t> operators;  ///< "Op" or "domain.Op" -> nodes, bodies included
  Model model;                                    ///< all but its graph and notes
};

/// Limits of the importer; reaching one is a `limit` error that names it.
struct ImportOptions {
  std::shared_ptr<MemoryBudget> budget;  ///< null: one of default_memory_limit_bytes()
  std::size_t max_nodes = 1'000'000;     ///< all graphs together, after inlining
  std::size_t max_values = 4'000'000;    ///< node inputs and outputs together
  std::size_t max_attributes = 256;      ///< per node
  std::size_t max_name_bytes = 65'536;   ///< of any name
  std::size_t max_inlined_name_bytes = std::size_t{128} << 20U;  ///< names that inlining makes
  int max_depth = 32;                                            ///< nesting of bodies
  int max_function_depth = 100;                                  ///< nesting of function calls
  ImportFindings* findings = nullptr;  ///< filled when operators are not supported
};

/// Reads an ONNX model into a Graph whose operators all have their newest meaning: functions are
/// inlined, older opset forms are rewritten (Model::notes says where), Constant nodes and
/// initializers are constants, bodies name what they capture. Weights stay views into the mapped
/// file. Types are those that the file declares; call infer_types for the rest.
///
/// Errors: invalid_model (E-MODEL-PARSE, -SSA, -NAME, -ORDER, -CYCLE, -ARITY, -ATTR, -TENSOR,
/// -EXTERNAL, ...), unsupported (E-UNSUPPORTED-OP lists every unsupported operator at once,
/// E-UNSUPPORTED-ATTR, E-UNSUPPORTED-OPSET), limit (E-LIMIT-*), invalid_data E-FILE-OPEN.
Result<Model> import_model(const std::string& path, const ImportOptions& options = {});

/// The same for bytes in memory that `owner` keeps alive (may be null when they outlive the model).
/// External data is looked up beneath `directory`; an empty one refuses it.
Result<Model> import_model_bytes(std::span<const std::byte> bytes,
                                 std::shared_ptr<const void> owner, const std::string& directory,
                                 const ImportOptions& options = {});

}  // namespace vernier::onnx
