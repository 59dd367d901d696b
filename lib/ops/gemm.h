#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Gemm: Y = alpha * A' * B' + beta * C, A' [M,K] and B' [K,N] being A and B or their transposes; C
/// is broadcast to [M,N]. Integer types are computed modulo 2^64 when alpha and beta are 1.
struct GemmParams : OpParams {
  float alpha = 1.0F;
  float beta = 1.0F;
  bool trans_a = false;
  bool trans_b = false;
};
extern const OpDef gemm_op;

struct ResolvedGemm {
  std::int64_t m = 0;
  std::int64_t n = 0;
  std::int64_t k = 0;
};

/// Reads alpha, beta, transA, transB.
Result<void> parse_gemm(AttrReader& attributes, GemmParams& params);
/// Error E-MODEL-SHAPE when ranks or inner dims do not fit.
Result<ResolvedGemm> resolve_gemm(const GemmParams& params, const Shape& a, const Shape& b);
/// Checks A, B and C and gives the output type.
Result<ValueType> infer_gemm_type(const GemmParams& params, const InferContext& context);
/// y = alpha * A' * B' + beta * C in scratch memory, dense [M,N].
Result<double*> gemm_doubles(const GemmParams& params, const ResolvedGemm& gemm,
                             EvalContext& context);

std::int64_t gemm_macs(const OpParams& params, std::span<const Shape> inputs,
                       std::span<const Shape> outputs);

}  // namespace vernier
