#include "ops/fourier.h"

#include <cmath>
#include <numbers>

#include "ops/dense.h"

namespace vernier {

Result<Twiddles> make_twiddles(EvalContext& context, std::int64_t length) {
  VERNIER_ASSIGN(double* table, scratch_array<double>(context, 2 * length));
  for (std::int64_t k = 0; k < length; ++k) {
    const double angle =
        2.0 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(length);
    table[k] = std::cos(angle);
    table[length + k] = std::sin(angle);
  }
  return Twiddles{length, table, table + length};
}

void transform_line(const Twiddles& twiddles, bool inverse, const double* in, std::int64_t bins,
                    double* out) {
  const std::int64_t length = twiddles.length;
  const double sign = inverse ? 1.0 : -1.0;
  const double factor = inverse ? 1.0 / static_cast<double>(length) : 1.0;
  for (std::int64_t k = 0; k < bins; ++k) {
    double real = 0.0;
    double imaginary = 0.0;
    std::int64_t phase = 0;
    for (std::int64_t n = 0; n < length; ++n) {
      const double c = twiddles.cosine[phase];
      const double s = sign * twiddles.sine[phase];
      real += in[2 * n] * c - in[2 * n + 1] * s;
      imaginary += in[2 * n] * s + in[2 * n + 1] * c;
      phase += k;
      if (phase >= length) phase -= length;
    }
    out[2 * k] = real * factor;
    out[2 * k + 1] = imaginary * factor;
  }
}

}  // namespace vernier
