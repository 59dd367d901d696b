#include "backend/cpu/kernels/qsimd/vec_int_generic.h"
// The vector header comes first: the algorithm is written on its types.
#include "backend/cpu/kernels/qgemm/generic.h"

namespace vernier {
namespace {

template <bool kFlip>
struct Tables {
  static constexpr const QTileFn* kTiles[] = {QTiles<1, kFlip, 1, 2, 3, 4>::kFns,
                                              QTiles<2, kFlip, 1, 2, 3, 4>::kFns};
};

constexpr int kMaxRows[] = {4, 4};

void interleave3(const uint8_t* const* planes, ptrdiff_t count, uint8_t* dst) {
  for (ptrdiff_t x = 0; x < count; ++x) {
    for (int plane = 0; plane < 3; ++plane) dst[3 * x + plane] = planes[plane][x];
  }
}

}  // namespace

const QGemmKernel qgemm_generic_4x8 = {
    "qgemm_generic_4x8", 4, 2, kMaxRows, Tables<false>::kTiles, Tables<true>::kTiles, interleave3};

}  // namespace vernier
