#include "backend/cpu/kernels/simd/vec_generic.h"

namespace vernier {
namespace {

VERNIER_INLINE VecF32 load_s8(const unsigned char* p) {
  RawI32x4 v;
  for (int i = 0; i < 4; ++i) v[i] = static_cast<signed char>(p[i]);
  return {__builtin_convertvector(v, RawF32x4)};
}

VERNIER_INLINE void load_nibbles(const unsigned char* p, VecF32 (&w)[8]) {
  RawI32x4 v;
  __builtin_memcpy(&v, p, sizeof(v));
  for (int j = 0; j < 8; ++j) {
    // The code's bits, whose sign bit has the weight -8.
    const RawI32x4 code = (v >> (4 * j)) & 15;
    w[j].v = __builtin_convertvector((code ^ 8) - 8, RawF32x4);
  }
}

}  // namespace
}  // namespace vernier

// The decoders come first: the algorithm is written on them.
#include "backend/cpu/kernels/wgemm/generic.h"

namespace vernier {

const WeightKernel wgemm_generic = {"wgemm_generic", VecF32::kLanes, weight_dot, weight_unpack};

}  // namespace vernier
