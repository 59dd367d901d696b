#include "backend/cpu/kernels/reduce/reduce.h"

#include <type_traits>

namespace vernier {
namespace {

constexpr ptrdiff_t kItemElements = 16384;
constexpr ptrdiff_t kBuffer = 512;
// Columns of one item: whole cache lines, few enough that a small picture still splits over
// threads.
constexpr ptrdiff_t kColumns = 64;

double join(ReduceKind op, double a, double b) {
  switch (op) {
    case ReduceKind::max:
      return a != a ? a : (b > a || b != b ? b : a);
    case ReduceKind::min:
      return a != a ? a : (b < a || b != b ? b : a);
    case ReduceKind::prod:
      return a * b;
    default:
      return a + b;
  }
}

// Calls f(offset) for every index of the dims before the last one.
template <class F>
void for_each_row(const LoopNest<1>& nest, F&& f) {
  const int last = nest.rank - 1;
  ptrdiff_t rows = 1;
  for (int d = 0; d < last; ++d) rows *= nest.dims[d];
  for (ptrdiff_t r = 0; r < rows; ++r) {
    ptrdiff_t rest = r;
    ptrdiff_t offset = 0;
    for (int d = last - 1; d >= 0; --d) {
      offset += rest % nest.dims[d] * nest.strides[0][d];
      rest /= nest.dims[d];
    }
    f(offset);
  }
}

double total_of(ReduceRowF32Fn row, ReduceKind op, const LoopNest<1>& nest, const float* x) {
  const ptrdiff_t n = nest.dims[nest.rank - 1];
  const ptrdiff_t step = nest.strides[0][nest.rank - 1];
  double total = 0.0;
  bool any = false;
  const auto put = [&](double part) {
    total = any ? join(op, total, part) : part;
    any = true;
  };
  for_each_row(nest, [&](ptrdiff_t offset) {
    const float* p = x + offset;
    if (step == 1) return put(row(p, n));
    float buffer[kBuffer];
    for (ptrdiff_t at = 0; at < n; at += kBuffer) {
      const ptrdiff_t count = n - at < kBuffer ? n - at : kBuffer;
      for (ptrdiff_t i = 0; i < count; ++i) buffer[i] = p[(at + i) * step];
      put(row(buffer, count));
    }
  });
  return total;
}

template <class T, ReduceKind kOp>
T combine(T a, T b) {
  using U = std::make_unsigned_t<T>;
  if constexpr (kOp == ReduceKind::max) return b > a ? b : a;
  if constexpr (kOp == ReduceKind::min) return b < a ? b : a;
  if constexpr (kOp == ReduceKind::prod) {
    return static_cast<T>(static_cast<U>(a) * static_cast<U>(b));
  }
  return static_cast<T>(static_cast<U>(a) + static_cast<U>(b));
}

template <class T, ReduceKind kOp>
void typed_total(const void* x, const LoopNest<1>& nest, void* y) {
  const T* from = static_cast<const T*>(x);
  const ptrdiff_t n = nest.dims[nest.rank - 1];
  const ptrdiff_t step = nest.strides[0][nest.rank - 1];
  T total = kOp == ReduceKind::prod ? T{1} : T{0};
  if constexpr (kOp == ReduceKind::max || kOp == ReduceKind::min) total = *from;
  for_each_row(nest, [&](ptrdiff_t offset) {
    for (ptrdiff_t i = 0; i < n; ++i) total = combine<T, kOp>(total, from[offset + i * step]);
  });
  *static_cast<T*>(y) = total;
}

template <class T>
ReduceTypedFn typed_of(ReduceKind op) {
  switch (op) {
    case ReduceKind::sum:
      return typed_total<T, ReduceKind::sum>;
    case ReduceKind::max:
      return typed_total<T, ReduceKind::max>;
    case ReduceKind::min:
      return typed_total<T, ReduceKind::min>;
    case ReduceKind::prod:
      return typed_total<T, ReduceKind::prod>;
    default:
      return nullptr;
  }
}

template <class T, bool kLargest>
int64_t arg_of(const void* x, ptrdiff_t n, ptrdiff_t stride, bool last) {
  const T* p = static_cast<const T*>(x);
  int64_t best = 0;
  for (ptrdiff_t i = 1; i < n; ++i) {
    const T value = p[i * stride];
    const T held = p[best * stride];
    bool better = kLargest ? value > held : value < held;
    if constexpr (std::is_floating_point_v<T>) {
      if (held != held) {
        if (!last) break;
        better = value != value;
      } else {
        better = better || value != value;
      }
    }
    if (better || (last && value == held)) best = i;
  }
  return best;
}

}  // namespace

ReducePlan reduce_plan(LoopNest<2> kept, LoopNest<1> reduced) {
  ReducePlan plan;
  loop_nest_normalize(kept);
  loop_nest_normalize(reduced);
  plan.reduced = reduced;
  plan.count = reduced.count();
  const int inner = kept.rank - 1;
  const bool columns =
      kept.strides[0][inner] == 1 && kept.strides[1][inner] == 1 && kept.dims[inner] > 1;
  if (reduced.strides[0][reduced.rank - 1] == 1 && reduced.dims[reduced.rank - 1] > 1) {
    plan.kind = ReducePlan::Kind::rows;
  } else if (columns) {
    plan.kind = ReducePlan::Kind::cols;
  }
  ptrdiff_t target = plan.count > 0 ? kItemElements / plan.count : 1;
  if (target < 1) target = 1;
  if (plan.kind == ReducePlan::Kind::cols) target = (target + kColumns - 1) / kColumns * kColumns;
  plan.kept = row_walk(kept, target);
  return plan;
}

void reduce_f32_run(const ReduceF32Kernel& kernel, ReduceKind op, const ReducePlan& plan,
                    ReduceFinishFn finish, const float* x, float* y, ptrdiff_t begin,
                    ptrdiff_t end) {
  const LoopNest<2>& kept = plan.kept.nest;
  const int inner = kept.rank - 1;
  const ReduceRowF32Fn row = kernel.row[static_cast<size_t>(op)];
  const ReduceColsF32Fn cols = kernel.cols[static_cast<size_t>(op)];
  const LoopNest<1>& reduced = plan.reduced;
  const int last = reduced.rank - 1;
  row_walk_run(plan.kept, begin, end, [&](const ptrdiff_t(&at)[2], ptrdiff_t rows, ptrdiff_t n) {
    for (ptrdiff_t r = 0; r < rows; ++r) {
      float* out = y + at[0] + r * kept.strides[0][inner - 1];
      const float* in = x + at[1] + r * kept.strides[1][inner - 1];
      if (plan.kind == ReducePlan::Kind::cols) {
        bool first = true;
        for_each_row(reduced, [&](ptrdiff_t offset) {
          cols(in + offset, reduced.dims[last], reduced.strides[0][last], n, out, first);
          first = false;
        });
        if (finish == nullptr) continue;
        for (ptrdiff_t i = 0; i < n; ++i) {
          out[i] = static_cast<float>(finish(static_cast<double>(out[i]), plan.count));
        }
        continue;
      }
      for (ptrdiff_t i = 0; i < n; ++i) {
        double total = total_of(row, op, reduced, in + i * kept.strides[1][inner]);
        if (finish != nullptr) total = finish(total, plan.count);
        out[i * kept.strides[0][inner]] = static_cast<float>(total);
      }
    }
  });
}

ReduceTypedFn reduce_typed(ReduceKind op, DType dtype) {
  if (dtype == DType::int64) return typed_of<int64_t>(op);
  if (dtype == DType::int32) return typed_of<int32_t>(op);
  return nullptr;
}

ArgReduceFn arg_reduce(bool largest, DType dtype) {
  switch (dtype) {
    case DType::float32:
      return largest ? arg_of<float, true> : arg_of<float, false>;
    case DType::int64:
      return largest ? arg_of<int64_t, true> : arg_of<int64_t, false>;
    case DType::int32:
      return largest ? arg_of<int32_t, true> : arg_of<int32_t, false>;
    case DType::uint8:
      return largest ? arg_of<uint8_t, true> : arg_of<uint8_t, false>;
    default:
      return nullptr;
  }
}

}  // namespace vernier
