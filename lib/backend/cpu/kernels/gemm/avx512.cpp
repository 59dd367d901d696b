#include "backend/cpu/kernels/simd/vec_avx512.h"
// The vector header comes first: the algorithm is written on its types.
#include "backend/cpu/kernels/gemm/generic.h"

namespace vernier {
namespace {

// Row counts leave room in 32 registers for the accumulators, one vector of each panel column and a
// broadcast; at most 12 rows, so that row pointers stay in general registers.
using Tiles8 = GemmTiles<0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12>;
using Tiles16 = GemmTiles<1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12>;
using Tiles24 = GemmTiles<1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12>;
using Tiles32 = GemmTiles<2, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12>;
using Tiles40 = GemmTiles<2, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9>;
using Tiles48 = GemmTiles<3, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9>;
using Tiles56 = GemmTiles<3, 1, 1, 2, 3, 4, 5, 6>;
using Tiles64 = GemmTiles<4, 0, 1, 2, 3, 4, 5, 6>;

constexpr int kMaxRows[] = {12, 12, 12, 12, 9, 9, 6, 6};
constexpr const GemmTileFn* kTiles[] = {Tiles8::kFns,  Tiles16::kFns, Tiles24::kFns, Tiles32::kFns,
                                        Tiles40::kFns, Tiles48::kFns, Tiles56::kFns, Tiles64::kFns};

}  // namespace

const GemmF32Kernel gemm_f32_avx512_6x64 = {"gemm_f32_avx512_6x64", 8, 8, kMaxRows, kTiles,
                                            activate_rows_f32};

}  // namespace vernier
