#include "backend/cpu/kernels/qsimd/vec_int_avx512.h"
// The vector header comes first: the algorithm is written on its types.
#include "backend/cpu/kernels/qgemm/generic.h"
#include "backend/cpu/kernels/qgemm/interleave.h"

namespace vernier {
namespace {

// Row counts leave room in 32 registers for the sums, one vector of each panel column and a
// broadcast; at most 12 rows, so that row pointers stay in general registers.
template <bool kFlip>
struct Tables {
  static constexpr const QTileFn* kTiles[] = {
      QTiles<1, kFlip, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12>::kFns,
      QTiles<2, kFlip, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12>::kFns,
      QTiles<3, kFlip, 1, 2, 3, 4, 5, 6, 7, 8, 9>::kFns, QTiles<4, kFlip, 1, 2, 3, 4, 5, 6>::kFns};
};

constexpr int kMaxRows[] = {12, 12, 9, 6};

}  // namespace

const QGemmKernel qgemm_avx512_vnni_6x64 = {
    "qgemm_avx512_vnni_6x64", 16,         4, kMaxRows, Tables<false>::kTiles,
    Tables<true>::kTiles,     interleave3};

}  // namespace vernier
