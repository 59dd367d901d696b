#include "backend/cpu/kernels/simd/vec_avx2.h"
// The vector header comes first: the algorithm is written on its types.
#include "backend/cpu/kernels/gemm/generic.h"

namespace vernier {
namespace {

// 16 registers: accumulators, one vector of each panel column and a broadcast.
using Tiles8 = GemmTiles<1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12>;
using Tiles16 = GemmTiles<2, 0, 1, 2, 3, 4, 5, 6>;

constexpr int kMaxRows[] = {12, 6};
constexpr const GemmTileFn* kTiles[] = {Tiles8::kFns, Tiles16::kFns};

}  // namespace

const GemmF32Kernel gemm_f32_avx2_6x16 = {"gemm_f32_avx2_6x16", 8, 2, kMaxRows, kTiles,
                                          activate_rows_f32};

}  // namespace vernier
