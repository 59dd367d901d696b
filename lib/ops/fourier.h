#pragma once

#include <cstdint>

#include "base/result.h"
#include "graph/op_def.h"

namespace vernier {

/// Cosines and sines of 2 pi k / length for k < length, for direct transforms of one length.
struct Twiddles {
  std::int64_t length = 0;
  const double* cosine = nullptr;
  const double* sine = nullptr;
};
/// Tables in scratch; length >= 1.
Result<Twiddles> make_twiddles(EvalContext& context, std::int64_t length);

/// out[k] = sum over n of in[n] * exp(-+ 2 pi i n k / length) for k < bins (minus forward, plus and
/// a division by length when `inverse`), directly, complex values as pairs (real, imaginary).
void transform_line(const Twiddles& twiddles, bool inverse, const double* in, std::int64_t bins,
                    double* out);

/// Longest transform served: the direct sum is quadratic.
inline constexpr std::int64_t kMaxTransform = std::int64_t{1} << 20;

}  // namespace vernier
