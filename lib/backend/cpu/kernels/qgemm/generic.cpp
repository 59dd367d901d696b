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

}  // namespace

const QGemmKernel qgemm_generic_4x8 = {"qgemm_generic_4x8", 4, 2, kMaxRows, Tables<false>::kTiles,
                                       Tables<true>::kTiles};

}  // namespace vernier
