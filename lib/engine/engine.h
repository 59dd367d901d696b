#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "graph/value_type.h"
#include "tensor/tensor.h"

namespace vernier {

/// A named, typed entrance or exit of a model as an engine sees it.
struct TensorInfo {
  std::string name;
  ValueType type;
  /// Of inputs, where the model was looked at for it (with_uses): what its constants need.
  std::vector<std::int64_t> needed_sizes{};  ///< a dim each; 0: any
  std::int64_t table_rows = 0;               ///< of the table that elements index; 0: none
};

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

inline constexpr int kMaxStreams = 64;

/// How a model is to be loaded and run; equal for all engines of a comparison where it applies.
struct EngineSettings {
  std::string backend = "cpu";     ///< vernier only: "cpu", "reference", or a list "cpu,reference"
  std::string precision = "fp32";  ///< fp32 | fp32_fast | bf16 | fp16 | int8
  int threads = 1;                 ///< >= 1, of each inference
  int streams = 1;                 ///< inferences in flight, 1..64; they share the weights
  std::uint64_t max_memory_bytes = 0;  ///< 0: the default limit (80 % of what the machine offers)
  std::vector<std::pair<std::string, std::int64_t>> dims;  ///< symbolic dimension -> size
  std::map<std::string, std::string> options;              ///< engine's own (--engine x:key=value)
};

/// Which kernel runs a node and why not a better one.
struct NodePlacement {
  std::string node;
  std::string op;
  std::string backend;
  std::string kernel;
  std::string reason;  ///< why it is not on the first backend asked for; empty otherwise
};

/// Facts about a loaded model. Byte counts are 0 when unknown to the engine.
struct EngineFacts {
  std::uint64_t planned_arena_bytes = 0;
  std::uint64_t weights_bytes = 0;
  std::string isa;
  std::vector<NodePlacement> placement;
  std::vector<std::string> notes;  ///< applied passes, import changes, fallbacks
};

/// A series of inferences.
struct TimedRuns {
  std::vector<std::int64_t> ns;  ///< each inference, in order of completion; monotonic clock
  std::int64_t wall_ns = 0;      ///< from the first start to the last end
  /// Runs during which the kernel interfered (getrusage of the process): index and counts. Empty as
  /// well when the engine does not tell.
  struct Event {
    std::int64_t run = 0;
    std::int64_t involuntary_switches = 0;
    std::int64_t minor_faults = 0;
    std::int64_t major_faults = 0;
  };
  std::vector<Event> events;
};

/// An engine loads and runs a whole model. One object, one model, one thread of control.
/// What `run` includes: from input tensors in memory that the engine can read to outputs complete
/// in memory that the caller can read; not: conversion of the caller's data, process start, copies
/// into shared memory.
class Engine {
 public:
  virtual ~Engine() = default;
  [[nodiscard]] virtual std::string name() const = 0;
  [[nodiscard]] virtual std::string version() const = 0;
  /// Reads and prepares the model as far as possible without input shapes.
  virtual Result<void> load(const std::string& path, const EngineSettings& settings) = 0;
  [[nodiscard]] virtual const std::vector<TensorInfo>& inputs() const = 0;
  [[nodiscard]] virtual const std::vector<TensorInfo>& outputs() const = 0;
  /// Sets the inputs (all of them, by name) and prepares for their shapes; the tensors are kept.
  /// Errors: usage E-INPUT-NAME, invalid_data E-INPUT-RANK/-SHAPE/-DTYPE.
  virtual Result<void> bind(std::span<const NamedTensor> inputs) = 0;
  /// One inference on what is bound.
  virtual Result<void> run() = 0;
  /// `n` inferences, each timed by itself, settings.streams of them in flight.
  virtual Result<TimedRuns> run_timed(int n) = 0;
  /// Copies of the outputs of the last run, in the model's order.
  virtual Result<std::vector<NamedTensor>> fetch_outputs() = 0;
  [[nodiscard]] virtual EngineFacts facts() const = 0;
};

}  // namespace vernier
