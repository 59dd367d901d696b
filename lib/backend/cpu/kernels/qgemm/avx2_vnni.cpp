#include "backend/cpu/kernels/qsimd/vec_int_avx2.h"
// The vector header comes first: the algorithm is written on its types.
#include "backend/cpu/kernels/qgemm/generic.h"
#include "backend/cpu/kernels/qgemm/interleave.h"

namespace vernier {
namespace {

// 16 registers: sums, two weight vectors and an activation.
template <bool kFlip>
struct Tables {
  static constexpr const QTileFn* kTiles[] = {QTiles<1, kFlip, 1, 2, 3, 4, 5, 6, 7, 8>::kFns,
                                              QTiles<2, kFlip, 1, 2, 3, 4, 5, 6>::kFns};
};

constexpr int kMaxRows[] = {8, 6};

}  // namespace

const QGemmKernel qgemm_avx2_vnni_6x16 = {
    "qgemm_avx2_vnni_6x16", 8,          2, kMaxRows, Tables<false>::kTiles,
    Tables<true>::kTiles,   interleave3};

}  // namespace vernier
