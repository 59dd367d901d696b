#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "graph/attribute.h"
#include "graph/value_type.h"
#include "tensor/tensor.h"

namespace vernier {

/// Base of every operator's parameter struct (attributes after parsing; plain data with defaults).
struct OpParams {
  OpParams() = default;
  OpParams(const OpParams&) = default;
  OpParams& operator=(const OpParams&) = default;
  virtual ~OpParams() = default;
};
using Params =
    std::shared_ptr<const OpParams>;  // shared: immutable, graph clones refer to the same

/// For operators without attributes.
struct NoParams final : OpParams {};

/// Types (and values, where known before running) of a node's inputs; receives its outputs' types.
/// `known dims` of integer tensors let shape arithmetic (Shape, Gather, Concat, ...) flow.
class InferContext {
 public:
  virtual ~InferContext() = default;
  [[nodiscard]] virtual const OpParams& params() const = 0;
  [[nodiscard]] virtual int opset() const = 0;
  [[nodiscard]] virtual std::size_t input_count() const = 0;
  [[nodiscard]] virtual std::size_t output_count() const = 0;
  /// False for an omitted optional input (or i >= input_count()).
  [[nodiscard]] virtual bool has_input(std::size_t i) const = 0;
  [[nodiscard]] virtual bool has_output(std::size_t i) const = 0;
  [[nodiscard]] virtual const ValueType& input(std::size_t i) const = 0;
  /// The value of input i when it is a constant (aligned), nullptr otherwise.
  [[nodiscard]] virtual const Tensor* constant(std::size_t i) const = 0;
  /// Elements of an int64/int32 input of rank 0 or 1 whose length is known, each known, symbolic or
  /// unknown; also answered for constants. nullopt when nothing is known.
  [[nodiscard]] virtual std::optional<std::vector<Dim>> known_ints(std::size_t i) const = 0;
  virtual void set_output(std::size_t i, ValueType type) = 0;
  /// States partially known elements of an integer output (see known_ints).
  virtual void set_known_ints(std::size_t i, std::vector<Dim> elements) = 0;
  /// Output types of body `i` given the types of its inputs (If, Loop, Scan): error when the body
  /// is invalid for them. The list has one entry per body output.
  virtual Result<std::vector<ValueType>> infer_subgraph(std::size_t i,
                                                        std::span<const ValueType> inputs) = 0;
  [[nodiscard]] virtual std::size_t subgraph_count() const = 0;
  /// True when the model's inputs are bound to the shapes of one run (see Graph::bound).
  [[nodiscard]] virtual bool shapes_are_bound() const { return false; }
};

/// One execution of a node by its scalar reference. Views may have any strides.
class EvalContext {
 public:
  virtual ~EvalContext() = default;
  [[nodiscard]] virtual const OpParams& params() const = 0;
  [[nodiscard]] virtual int opset() const = 0;
  [[nodiscard]] virtual std::size_t input_count() const = 0;
  [[nodiscard]] virtual std::size_t output_count() const = 0;
  [[nodiscard]] virtual bool has_input(std::size_t i) const = 0;
  [[nodiscard]] virtual bool has_output(std::size_t i) const = 0;
  [[nodiscard]] virtual const TensorView& input(std::size_t i) const = 0;
  /// The place to write output i, of exactly this dtype and shape; asked for once per output that
  /// exists. Error: limit (budget), or internal when it contradicts the static inference.
  virtual Result<MutTensorView> output(std::size_t i, DType dtype, const Shape& shape) = 0;
  /// Runs body `i` (If, Loop, Scan) on the formal inputs; captured values are bound already. The
  /// views are valid until the body runs again or the context ends.
  virtual Result<std::span<const TensorView>> run_subgraph(std::size_t i,
                                                           std::span<const TensorView> inputs) = 0;
  [[nodiscard]] virtual std::size_t subgraph_count() const = 0;
  /// Static types of the outputs of body `i`, as far as they are known: a Loop or Scan that runs no
  /// iteration needs them for its empty stacked outputs. Empty when nothing is known.
  [[nodiscard]] virtual std::vector<ValueType> body_output_types(std::size_t i) const {
    static_cast<void>(i);
    return {};
  }
  /// Uninitialised scratch bytes, 64-byte aligned, valid until the node ends. Counted in the budget
  /// and reused between runs, so that steady-state execution does not allocate.
  virtual Result<std::byte*> scratch(std::size_t bytes) = 0;
};

/// Number of inputs or outputs; max < 0 means variadic.
struct Arity {
  int min = 1;
  int max = 1;
};

/// What passes and planners may assume.
struct Traits {
  bool elementwise = false;   ///< output[i] depends on the (broadcast) inputs at i only
  bool commutative = false;   ///< two inputs may be swapped
  bool deterministic = true;  ///< same inputs, same outputs (random generators: false)
  bool has_subgraph = false;  ///< If, Loop, Scan
  bool foldable = true;       ///< may be evaluated ahead of time when all inputs are constant
};

/// The whole contract of one operator, one meaning whatever the model's opset: the importer brings
/// older versions up (see onnx/upgrade.h), so `parse` sees the newest attribute set it supports.
struct OpDef {
  std::string_view domain;  ///< "" = ai.onnx; "com.microsoft"; "vernier" for fused internal ones
  std::string_view name;
  int since_version = 1;  ///< oldest opset of the domain whose meaning this is (after upgrade)
  Arity inputs{};
  Arity outputs{};
  Traits traits{};
  /// Must read every attribute; what stays unread is refused by the importer.
  Result<Params> (*parse)(AttrReader& attributes, int opset) = nullptr;
  /// Checks the inputs and states the outputs. Errors: invalid_model E-MODEL-SHAPE/E-MODEL-DTYPE.
  Result<void> (*infer)(InferContext& context) = nullptr;
  /// Scalar implementation in every dtype of the ONNX schema; unsupported ones say so.
  Result<void> (*reference)(EvalContext& context) = nullptr;
  /// Multiply-accumulate operations for fully known shapes; nullptr: none counted.
  std::int64_t (*macs)(const OpParams& params, std::span<const Shape> inputs,
                       std::span<const Shape> outputs) = nullptr;
};

/// The parameters of a node or context as their real type (which the OpDef guarantees).
template <class T, class Source>
const T& params_as(const Source& source) {
  return static_cast<const T&>(source.params());
}

}  // namespace vernier
