#include "backend/reference/reference_backend.h"

namespace vernier {
namespace {

class CopyStep final : public Step {
 public:
  Result<void> run(const StepArgs& args) const override {
    copy_elements(args.inputs[0], args.outputs[0]);
    return {};
  }
  [[nodiscard]] std::string_view kernel() const noexcept override { return "copy_reference"; }
};

class ReferenceBackend final : public Backend {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return kReferenceBackend; }
  [[nodiscard]] Support supports(const Node& node, std::span<const ValueDesc> /*inputs*/,
                                 std::span<const ValueDesc> /*outputs*/) const override {
    if (node.op->reference == nullptr) return Support::no("the operator has no reference");
    return Support::yes("scalar_reference");
  }
  [[nodiscard]] NodeLayout layout(const Node& /*node*/, std::span<const ValueDesc> /*inputs*/,
                                  std::span<const ValueDesc> /*outputs*/,
                                  std::span<const Layout> /*current*/) const override {
    NodeLayout layout;
    layout.pitched_output = true;
    return layout;
  }
  Result<LoweredNode> lower(const Node& /*node*/, std::span<const ValueDesc> /*inputs*/,
                            std::span<const ValueDesc> /*outputs*/, const LowerOptions& /*options*/,
                            WeightStore& /*weights*/) const override {
    return LoweredNode{};
  }
  std::unique_ptr<Step> lower_copy(const ValueDesc& /*source*/, const ValueDesc& /*destination*/,
                                   const LowerOptions& /*options*/) const override {
    return std::make_unique<CopyStep>();
  }
};

}  // namespace

const Backend& reference_backend() {
  static const ReferenceBackend backend;
  return backend;
}

}  // namespace vernier
