#include "backend/cpu/kernels/simd/vec_generic.h"
// The vector header comes first: the algorithm is written on its types.
#include "backend/cpu/kernels/gemm/generic.h"

namespace vernier {
namespace {

// 16 registers without FMA: a product needs one more.
using Tiles4 = GemmTiles<1, 0, 1, 2, 3, 4>;
using Tiles8 = GemmTiles<2, 0, 1, 2, 3, 4>;

constexpr int kMaxRows[] = {4, 4};
constexpr const GemmTileFn* kTiles[] = {Tiles4::kFns, Tiles8::kFns};

}  // namespace

const GemmF32Kernel gemm_f32_generic_4x8 = {"gemm_f32_generic_4x8", 4, 2, kMaxRows, kTiles,
                                            activate_rows_f32};

}  // namespace vernier
