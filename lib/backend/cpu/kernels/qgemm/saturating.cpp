// What x86 CPUs with neither VNNI nor AMX do where a runtime multiplies by vpmaddubsw: products of
// two neighbouring k are summed with saturation at 16 bits. For telling what such a CPU would make
// of a model; never chosen for speed.
#define VERNIER_QSIMD_SATURATE
#include "backend/cpu/kernels/qsimd/vec_int_generic.h"
// The vector header comes first: the algorithm is written on its types.
#include "backend/cpu/kernels/qgemm/generic.h"
#include "backend/cpu/kernels/qgemm/select.h"

namespace vernier {
namespace {

template <bool kFlip>
struct Tables {
  static constexpr const QTileFn* kTiles[] = {QTiles<1, kFlip, 1, 2, 3, 4>::kFns,
                                              QTiles<2, kFlip, 1, 2, 3, 4>::kFns};
};

constexpr int kMaxRows[] = {4, 4};

}  // namespace

const QGemmKernel& qgemm_saturating() {
  static const QGemmKernel kernel = {
      "qgemm_saturating_4x8",       4, 2, kMaxRows, Tables<false>::kTiles, Tables<true>::kTiles,
      qgemm_generic_4x8.interleave3};
  return kernel;
}

}  // namespace vernier
