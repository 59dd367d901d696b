#pragma once
// pad: dst[i0, i1, ...] = src at the sum of table[d][i_d], or the fill element where any table
// entry is negative. The tables hold source offsets in elements, so that every padding mode, crops
// and any strides are the same loop.
#include <cstddef>
#include <cstdint>

namespace vernier {

inline constexpr int kPadMaxRank = 12;

struct PadArgs {
  const std::byte* src;
  std::byte* dst;
  const std::byte* fill;               // one element
  size_t element_bytes;                // 1, 2, 4 or 8
  int rank;                            // >= 1; the last dim is the innermost
  ptrdiff_t dims[kPadMaxRank];         // of dst
  ptrdiff_t dst_strides[kPadMaxRank];  // elements
  const int64_t* table[kPadMaxRank];
  // Output indices [copy_begin, copy_end) of the last dim read consecutive source elements of
  // stride 1 into consecutive dst elements; empty when there are none.
  ptrdiff_t copy_begin;
  ptrdiff_t copy_end;
};

// Rows (all dims but the last, flattened) [begin, end).
void pad_run(const PadArgs& args, ptrdiff_t begin, ptrdiff_t end);

}  // namespace vernier
