#include "backend/cpu/kernels/gather/gather.h"

#include <cstring>

namespace vernier {
namespace {

int64_t index_at(const void* indices, bool wide, ptrdiff_t i) {
  return wide ? static_cast<const int64_t*>(indices)[i]
              : int64_t{static_cast<const int32_t*>(indices)[i]};
}

// A fixed size lets the compiler copy with one move.
template <size_t kBytes>
void run_fixed(const GatherArgs& args, ptrdiff_t begin, ptrdiff_t end) {
  for (ptrdiff_t item = begin; item < end; ++item) {
    const ptrdiff_t outer = item / args.count;
    const int64_t raw = index_at(args.indices, args.wide, item % args.count);
    const ptrdiff_t at = outer * args.axis + (raw < 0 ? raw + args.axis : raw);
    const size_t bytes = kBytes != 0 ? kBytes : static_cast<size_t>(args.block_bytes);
    std::memcpy(args.dst + item * static_cast<ptrdiff_t>(bytes),
                args.src + at * static_cast<ptrdiff_t>(bytes), bytes);
  }
}

}  // namespace

bool gather_check(const void* indices, bool wide, ptrdiff_t count, ptrdiff_t axis, int64_t* bad) {
  for (ptrdiff_t i = 0; i < count; ++i) {
    const int64_t index = index_at(indices, wide, i);
    if (index < -axis || index >= axis) {
      *bad = index;
      return false;
    }
  }
  return true;
}

void gather_run(const GatherArgs& args, ptrdiff_t begin, ptrdiff_t end) {
  switch (args.block_bytes) {
    case 1:
      return run_fixed<1>(args, begin, end);
    case 2:
      return run_fixed<2>(args, begin, end);
    case 4:
      return run_fixed<4>(args, begin, end);
    case 8:
      return run_fixed<8>(args, begin, end);
    default:
      return run_fixed<0>(args, begin, end);
  }
}

}  // namespace vernier
