#include "backend/cpu/cpu_backend.h"

#include "backend/cpu/lower.h"

namespace vernier {
namespace {

class CpuBackend final : public Backend {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "cpu"; }
  [[nodiscard]] Support supports(const Node& node, std::span<const ValueDesc> inputs,
                                 std::span<const ValueDesc> outputs) const override {
    const CpuRow* row = find_cpu_row(node.op->domain, node.op->name);
    if (row == nullptr) return Support::no("no kernel for this operator");
    return row->supports(node, inputs, outputs);
  }
  [[nodiscard]] NodeLayout layout(const Node& node, std::span<const ValueDesc> inputs,
                                  std::span<const ValueDesc> outputs,
                                  std::span<const Layout> current) const override {
    return find_cpu_row(node.op->domain, node.op->name)->layout(node, inputs, outputs, current);
  }
  Result<LoweredNode> lower(const Node& node, std::span<const ValueDesc> inputs,
                            std::span<const ValueDesc> outputs, const LowerOptions& options,
                            WeightStore& weights) const override {
    return find_cpu_row(node.op->domain, node.op->name)
        ->lower(node, inputs, outputs, options, weights);
  }
  std::unique_ptr<Step> lower_copy(const ValueDesc& source, const ValueDesc& destination,
                                   const LowerOptions& options) const override {
    return lower_cpu_copy(source, destination, options);
  }
};

}  // namespace

const Backend& cpu_backend() {
  static const CpuBackend backend;
  return backend;
}

}  // namespace vernier
