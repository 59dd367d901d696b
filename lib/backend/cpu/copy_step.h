#pragma once

#include "backend/backend.h"
#include "backend/cpu/kernels/copy/copy.h"
#include "backend/cpu/lower_walk.h"

namespace vernier {

/// Moves elements from the first input to the first output; a plan may see them with more dims than
/// the tensors have.
class CopyStep final : public Step {
 public:
  explicit CopyStep(const CopyPlan& plan) : plan_(plan) {}
  Result<void> run(const StepArgs& args) const override {
    run_items(*args.parallel, plan_.items, [&](std::int64_t begin, std::int64_t end, int) {
      copy_run(plan_, args.inputs[0].data, args.outputs[0].data, begin, end);
    });
    return {};
  }
  [[nodiscard]] std::string_view kernel() const noexcept override { return copy_name(plan_); }

 private:
  CopyPlan plan_;
};

}  // namespace vernier
