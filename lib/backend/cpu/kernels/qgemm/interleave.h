#pragma once
// Three planes of bytes to pixels of three bytes, for x86 with SSSE3 and more. Include after one
// qsimd/vec_int_*.h of such an ISA.

namespace vernier {
namespace {

// Where byte i of output vector `part` comes from: the element of plane `plane`, or none.
struct InterleaveMasks {
  alignas(16) int8_t at[3][3][16];  // [part][plane]
};
constexpr InterleaveMasks interleave_masks() {
  InterleaveMasks m{};
  for (int part = 0; part < 3; ++part) {
    for (int i = 0; i < 16; ++i) {
      const int byte = part * 16 + i;
      for (int plane = 0; plane < 3; ++plane) {
        m.at[part][plane][i] = static_cast<int8_t>(byte % 3 == plane ? byte / 3 : -1);
      }
    }
  }
  return m;
}
inline constexpr InterleaveMasks kInterleave = interleave_masks();

inline void interleave3(const uint8_t* const* planes, ptrdiff_t count, uint8_t* dst) {
  const auto load16 = [](const void* p) { return _mm_loadu_si128(static_cast<const __m128i*>(p)); };
  ptrdiff_t x = 0;
  for (; x + 16 <= count; x += 16) {
    const __m128i a = load16(planes[0] + x);
    const __m128i b = load16(planes[1] + x);
    const __m128i c = load16(planes[2] + x);
    for (int part = 0; part < 3; ++part) {
      const auto& m = kInterleave.at[part];
      const __m128i ab =
          _mm_or_si128(_mm_shuffle_epi8(a, load16(m[0])), _mm_shuffle_epi8(b, load16(m[1])));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(dst + 3 * x + 16 * part),
                       _mm_or_si128(ab, _mm_shuffle_epi8(c, load16(m[2]))));
    }
  }
  for (; x < count; ++x) {
    for (int plane = 0; plane < 3; ++plane) dst[3 * x + plane] = planes[plane][x];
  }
}

}  // namespace
}  // namespace vernier
