#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "backend/backend.h"

namespace vernier {

/// One operator that has a CPU kernel: what it accepts, the order it wants, how it becomes a Step.
struct CpuRow {
  std::string_view domain;
  std::string_view op;
  Support (*supports)(const Node& node, std::span<const ValueDesc> inputs,
                      std::span<const ValueDesc> outputs);
  NodeLayout (*layout)(const Node& node, std::span<const ValueDesc> inputs,
                       std::span<const ValueDesc> outputs, std::span<const Layout> current);
  Result<LoweredNode> (*lower)(const Node& node, std::span<const ValueDesc> inputs,
                               std::span<const ValueDesc> outputs, const LowerOptions& options,
                               WeightStore& weights);
};

// Each table lives in its lower_<family>.cpp; lower.cpp lists them.
std::span<const CpuRow> conv_rows();
std::span<const CpuRow> gemm_rows();
std::span<const CpuRow> eltwise_rows();
std::span<const CpuRow> pool_rows();
std::span<const CpuRow> softmax_rows();
std::span<const CpuRow> reduce_rows();
std::span<const CpuRow> norm_rows();
std::span<const CpuRow> resize_rows();
std::span<const CpuRow> gather_rows();
std::span<const CpuRow> rnn_rows();
std::span<const CpuRow> misc_rows();
std::span<const CpuRow> qconv_rows();
std::span<const CpuRow> qmatmul_rows();
std::span<const CpuRow> qeltwise_rows();
std::span<const CpuRow> qpool_rows();
std::span<const CpuRow> wgemm_rows();

/// nullptr when the operator has no CPU kernel.
const CpuRow* find_cpu_row(std::string_view domain, std::string_view op);

/// Copy between any strides; nullptr when the dtype has no fast copy.
std::unique_ptr<Step> lower_cpu_copy(const ValueDesc& source, const ValueDesc& destination,
                                     const LowerOptions& options);

}  // namespace vernier
