#pragma once
// gather: dst[o, i, :] = src[o, index[i], :], all dense: blocks of `block_bytes` bytes, `axis` of
// them per outer index.
#include <cstddef>
#include <cstdint>

namespace vernier {

struct GatherArgs {
  const std::byte* src;
  std::byte* dst;
  ptrdiff_t axis;  // size of the gathered dim
  ptrdiff_t block_bytes;
  const void* indices;  // int32 or int64, negative ones count from the end; all in range
  bool wide;            // int64
  ptrdiff_t count;      // indices
};

// False when an index is outside [-axis, axis); `*bad` receives the first such one.
bool gather_check(const void* indices, bool wide, ptrdiff_t count, ptrdiff_t axis, int64_t* bad);
// Blocks [begin, end) of outer * count.
void gather_run(const GatherArgs& args, ptrdiff_t begin, ptrdiff_t end);

}  // namespace vernier
