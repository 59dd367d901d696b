#include <immintrin.h>

#include "backend/cpu/kernels/qeltwise/qeltwise.h"

namespace vernier {
namespace {

// The 256 entries in four registers; bits 0 to 6 of an index choose within a pair, bit 7 the pair.
struct Table {
  __m512i part[4];
};

inline __attribute__((always_inline)) __m512i look_up(const Table& t, __m512i x) {
  const __m512i low = _mm512_permutex2var_epi8(t.part[0], x, t.part[1]);
  const __m512i high = _mm512_permutex2var_epi8(t.part[2], x, t.part[3]);
  return _mm512_mask_blend_epi8(_mm512_movepi8_mask(x), low, high);
}

void table_row(const Table& t, const uint8_t* x, uint8_t* y, ptrdiff_t count) {
  ptrdiff_t i = 0;
  for (; i + 64 <= count; i += 64) {
    _mm512_storeu_si512(y + i, look_up(t, _mm512_loadu_si512(x + i)));
  }
  if (i < count) {
    const __mmask64 m = (1ULL << static_cast<unsigned>(count - i)) - 1U;
    _mm512_mask_storeu_epi8(y + i, m, look_up(t, _mm512_maskz_loadu_epi8(m, x + i)));
  }
}

void q_table(const QTableArgs& args) {
  Table t;
  for (int i = 0; i < 4; ++i) t.part[i] = _mm512_loadu_si512(args.table + ptrdiff_t{64} * i);
  const auto* x = static_cast<const uint8_t*>(args.x);
  auto* y = static_cast<uint8_t*>(args.y);
  if (args.x_pitch == args.columns && args.y_pitch == args.columns) {
    table_row(t, x, y, args.rows * args.columns);
    return;
  }
  for (ptrdiff_t r = 0; r < args.rows; ++r) {
    table_row(t, x + r * args.x_pitch, y + r * args.y_pitch, args.columns);
  }
}

}  // namespace

const QTableKernel qtable_avx512_vbmi = {"qtable_avx512_vbmi", q_table};

}  // namespace vernier
