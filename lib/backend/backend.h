#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/cpu_features.h"
#include "base/result.h"
#include "graph/graph.h"
#include "tensor/tensor.h"

namespace vernier {

/// Physical order that a kernel needs or makes. Shapes stay the ONNX logical ones.
enum class Layout : std::uint8_t {
  any,            ///< every stride pattern
  dense,          ///< row-major without gaps
  inner_dense,    ///< last dim has stride 1, the others any positive stride
  channels_last,  ///< rank >= 3: channels stride 1, one pixel pitch >= C over spatial dims and
                  ///< batch
};
std::string_view layout_name(Layout layout) noexcept;
/// Whether a value with these strides satisfies the layout.
bool satisfies(Layout layout, const Shape& shape, const Strides& strides) noexcept;

/// Splits [0, items) over threads into contiguous ranges; the caller takes part and returns when
/// all are done. The split never changes results: kernels make items independent.
class Parallel {
 public:
  virtual ~Parallel() = default;
  [[nodiscard]] virtual int thread_count() const noexcept = 0;
  /// `body(context, begin, end, thread)`, thread in [0, thread_count()).
  using Body = void (*)(void* context, std::int64_t begin, std::int64_t end, int thread);
  virtual void run(std::int64_t items, Body body, void* context) = 0;
};

/// parallel_for with a callable `f(begin, end, thread)`; does not allocate.
template <class F>
void parallel_for(Parallel& parallel, std::int64_t items, F&& f) {
  using Callable = std::remove_reference_t<F>;
  parallel.run(
      items,
      [](void* context, std::int64_t begin, std::int64_t end, int thread) {
        (*static_cast<Callable*>(context))(begin, end, thread);
      },
      const_cast<void*>(static_cast<const void*>(&f)));
}

/// Shape, order and (for weights) value of an operand when a node is lowered.
struct ValueDesc {
  DType dtype = DType::undefined;  ///< undefined: omitted optional operand
  Shape shape;
  Strides strides;
  const Tensor* constant = nullptr;  ///< may be misaligned, see Tensor::aligned
  [[nodiscard]] bool present() const noexcept { return dtype != DType::undefined; }
};

/// Operands of one run of a step; parallel to the node's formal inputs and outputs.
struct StepArgs {
  std::span<const TensorView> inputs;
  std::span<const MutTensorView> outputs;
  std::byte* workspace = nullptr;  ///< Step::workspace_bytes() bytes, 64-byte aligned
  Parallel* parallel = nullptr;
};

/// One node made executable for fixed shapes and strides. Immutable, shared between threads.
class Step {
 public:
  virtual ~Step() = default;
  /// Allocates nothing. Errors only for data-dependent failures (an index out of range).
  virtual Result<void> run(const StepArgs& args) const = 0;
  [[nodiscard]] virtual std::size_t workspace_bytes() const noexcept { return 0; }
  /// Name of the chosen kernel, as in reports.
  [[nodiscard]] virtual std::string_view kernel() const noexcept = 0;
};

/// Weights in a kernel's own order: requested while lowering, so that the plan knows their size
/// before anything is allocated, filled later. Equal keys on the same source share one copy.
struct PackedWeight {
  const std::byte* data = nullptr;  ///< set by the plan when it is materialised; 64-byte aligned
  std::size_t bytes = 0;
  template <class T>
  [[nodiscard]] const T* as() const noexcept {
    return reinterpret_cast<const T*>(data);
  }
};
class WeightStore {
 public:
  virtual ~WeightStore() = default;
  /// `fill(source, destination)` writes `bytes` bytes; it is given an aligned copy of the source
  /// when that was not aligned. The source is kept alive until then: do not capture it.
  using Fill = std::function<void(const Tensor& source, std::byte* destination)>;
  virtual std::shared_ptr<const PackedWeight> request(const Tensor& source, const std::string& key,
                                                      std::size_t bytes, Fill fill) = 0;
};

/// Settings that lowering may depend on.
struct LowerOptions {
  IsaTier isa = IsaTier::generic;
  int threads = 1;
  /// Output pixels below which a 3x3 convolution is not done by Winograd, whose weights are four
  /// times as large: the planner's way of trading speed for memory.
  std::int64_t winograd_min_pixels = 0;
  /// Heeded by the cpu backend alone. Integer sums as CPUs without VNNI make them in runtimes that
  /// accept saturation (qgemm_saturating).
  bool saturate_pairs = false;
};

/// Kernel or reason, never a bare bool.
struct Support {
  std::string kernel;  ///< family name, e.g. "conv_f32"; empty when unsupported
  std::string reason;
  explicit operator bool() const noexcept { return !kernel.empty(); }
  static Support yes(std::string kernel_name) { return {std::move(kernel_name), {}}; }
  static Support no(std::string why) { return {{}, std::move(why)}; }
};

/// What a node's kernel wants of its operands' order.
struct NodeLayout {
  std::vector<Layout> inputs;     ///< parallel to formal inputs; missing entries: any
  Layout output = Layout::dense;  ///< order in which outputs are made (dense or channels_last)
  bool pitched_output = false;    ///< outputs may be views into a larger buffer (concat)
};

struct LoweredNode {
  std::unique_ptr<Step> step;  ///< null: the executor calls OpDef::reference
  /// Formal inputs whose constant was packed: the step does not read them at run time.
  std::vector<bool> packed_inputs;
};

/// Name of the backend that runs every operator by its scalar reference (LoweredNode::step null).
inline constexpr std::string_view kReferenceBackend = "reference";

/// One way of running nodes inside vernier's own engine.
class Backend {
 public:
  virtual ~Backend() = default;
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;
  /// `inputs`/`outputs` carry shapes and dtypes (strides are not decided yet).
  [[nodiscard]] virtual Support supports(const Node& node, std::span<const ValueDesc> inputs,
                                         std::span<const ValueDesc> outputs) const = 0;
  /// `current[i]` is the order that input i has now (dense or channels_last; any for odd views).
  [[nodiscard]] virtual NodeLayout layout(const Node& node, std::span<const ValueDesc> inputs,
                                          std::span<const ValueDesc> outputs,
                                          std::span<const Layout> current) const = 0;
  /// Strides are final and satisfy layout(). Called only when supports() said yes.
  virtual Result<LoweredNode> lower(const Node& node, std::span<const ValueDesc> inputs,
                                    std::span<const ValueDesc> outputs, const LowerOptions& options,
                                    WeightStore& weights) const = 0;
  /// A step that copies input 0 to output 0 (same shape and dtype, any strides): reorders, concat
  /// parts, outputs. nullptr when this backend has none for the dtype.
  virtual std::unique_ptr<Step> lower_copy(const ValueDesc& source, const ValueDesc& destination,
                                           const LowerOptions& options) const = 0;
};

}  // namespace vernier
