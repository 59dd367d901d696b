#include "backend/cpu/kernels/pad/pad.h"

#include <cstring>

namespace vernier {
namespace {

template <class T>
void run_typed(const PadArgs& args, ptrdiff_t begin, ptrdiff_t end) {
  T fill;
  std::memcpy(&fill, args.fill, sizeof(T));
  const int last = args.rank - 1;
  const ptrdiff_t n = args.dims[last];
  const ptrdiff_t step = args.dst_strides[last];
  const int64_t* table = args.table[last];
  for (ptrdiff_t row = begin; row < end; ++row) {
    ptrdiff_t rest = row;
    ptrdiff_t dst_at = 0;
    ptrdiff_t src_at = 0;
    bool outside = false;
    for (int d = last - 1; d >= 0; --d) {
      const ptrdiff_t index = rest % args.dims[d];
      rest /= args.dims[d];
      dst_at += index * args.dst_strides[d];
      src_at += args.table[d][index];
      outside = outside || args.table[d][index] < 0;
    }
    T* dst = reinterpret_cast<T*>(args.dst) + dst_at;
    if (outside) {
      for (ptrdiff_t i = 0; i < n; ++i) dst[i * step] = fill;
      continue;
    }
    const T* src = reinterpret_cast<const T*>(args.src) + src_at;
    const auto one = [&](ptrdiff_t i) { dst[i * step] = table[i] < 0 ? fill : src[table[i]]; };
    for (ptrdiff_t i = 0; i < args.copy_begin; ++i) one(i);
    if (args.copy_begin < args.copy_end) {
      std::memcpy(dst + args.copy_begin, src + table[args.copy_begin],
                  static_cast<size_t>(args.copy_end - args.copy_begin) * sizeof(T));
    }
    for (ptrdiff_t i = args.copy_end; i < n; ++i) one(i);
  }
}

}  // namespace

void pad_run(const PadArgs& args, ptrdiff_t begin, ptrdiff_t end) {
  switch (args.element_bytes) {
    case 1:
      return run_typed<uint8_t>(args, begin, end);
    case 2:
      return run_typed<uint16_t>(args, begin, end);
    case 4:
      return run_typed<uint32_t>(args, begin, end);
    default:
      return run_typed<uint64_t>(args, begin, end);
  }
}

}  // namespace vernier
