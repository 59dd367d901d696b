// libFuzzer harness: import and type inference of arbitrary bytes. Build with clang and
// -DVERNIER_FUZZ=ON; seeds are any .onnx files. Memory is bounded by the budget, so that an
// out-of-memory report is a finding.

#include <cstddef>
#include <cstdint>
#include <memory>

#include "graph/infer.h"
#include "onnx/import.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vernier::onnx::ImportOptions options;
  options.budget = std::make_shared<vernier::MemoryBudget>(std::uint64_t{256} << 20U);
  options.max_nodes = 100'000;
  auto model = vernier::onnx::import_model_bytes({reinterpret_cast<const std::byte*>(data), size},
                                                 nullptr, "", options);
  if (model) {
    const auto inferred = vernier::infer_types(model->graph);
    static_cast<void>(inferred);
  }
  return 0;
}
