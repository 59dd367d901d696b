#include <algorithm>
#include <numeric>

#include "backend/cpu/kernels/copy/copy.h"
#include "backend/cpu/kernels/copy/select.h"
#include "kernels/kernel_check.h"

using namespace vernier;
using kernel_check::host_runs;
using kernel_check::Rng;

namespace {

struct Layouts {
  std::vector<ptrdiff_t> dims, dst, src;
};

// Offset of every index under the strides, row-major.
std::vector<ptrdiff_t> offsets(const std::vector<ptrdiff_t>& dims,
                               const std::vector<ptrdiff_t>& strides) {
  std::vector<ptrdiff_t> all = {0};
  for (size_t d = 0; d < dims.size(); ++d) {
    std::vector<ptrdiff_t> next;
    for (const ptrdiff_t base : all) {
      for (ptrdiff_t i = 0; i < dims[d]; ++i) next.push_back(base + i * strides[d]);
    }
    all = next;
  }
  return all;
}

// Strides of the dims stored in the given order (outermost first), `gap` extra elements per
// innermost row.
std::vector<ptrdiff_t> ordered(const std::vector<ptrdiff_t>& dims, const std::vector<size_t>& order,
                               ptrdiff_t gap) {
  std::vector<ptrdiff_t> strides(dims.size());
  ptrdiff_t step = 1;
  for (size_t i = order.size(); i-- > 0;) {
    strides[order[i]] = step;
    step = step * dims[order[i]] + (i + 1 == order.size() ? gap : 0);
  }
  return strides;
}

template <class T>
void check(const CopyKernel& kernel, const Layouts& l) {
  const auto to = offsets(l.dims, l.dst);
  const auto from = offsets(l.dims, l.src);
  const auto span = [](const std::vector<ptrdiff_t>& o) {
    return static_cast<size_t>(o.empty() ? 0 : *std::max_element(o.begin(), o.end())) + 1;
  };
  std::vector<T> src(span(from));
  for (size_t i = 0; i < src.size(); ++i) src[i] = static_cast<T>(i * 37 + 11);
  std::vector<T> want(span(to) + 32, static_cast<T>(0x5A));
  std::vector<T> whole = want;
  std::vector<T> split = want;
  for (size_t i = 0; i < to.size(); ++i)
    want[static_cast<size_t>(to[i])] = src[static_cast<size_t>(from[i])];
  const CopyPlan plan = copy_plan(kernel, sizeof(T), static_cast<int>(l.dims.size()), l.dims.data(),
                                  l.dst.data(), l.src.data());
  copy_run(plan, src.data(), whole.data(), 0, plan.items);
  for (ptrdiff_t i = plan.items; i-- > 0;) copy_run(plan, src.data(), split.data(), i, i + 1);
  REQUIRE(whole == want);
  REQUIRE(split == want);
}

void check_kernel(const CopyKernel& kernel) {
  Rng rng(5);
  for (int round = 0; round < 400; ++round) {
    Layouts l;
    const auto rank = static_cast<size_t>(rng.range(0, 5));
    std::vector<size_t> a(rank);
    std::iota(a.begin(), a.end(), size_t{0});
    for (size_t i = 0; i < rank; ++i) {
      l.dims.push_back(rank <= 2 ? rng.range(1, 90) : rng.range(1, rank == 3 ? 23 : 9));
    }
    std::vector<size_t> b = a;
    for (size_t i = rank; i > 1; --i) {
      std::swap(a[i - 1], a[static_cast<size_t>(rng.range(0, static_cast<ptrdiff_t>(i) - 1))]);
      std::swap(b[i - 1], b[static_cast<size_t>(rng.range(0, static_cast<ptrdiff_t>(i) - 1))]);
    }
    l.dst = ordered(l.dims, a, rng.range(0, 2));
    l.src = ordered(l.dims, b, rng.range(0, 2));
    if (rank > 0 && rng.range(0, 3) == 0)
      l.src[static_cast<size_t>(rng.range(0, static_cast<ptrdiff_t>(rank) - 1))] = 0;
    INFO("round " << round << " rank " << rank);
    check<uint32_t>(kernel, l);
    check<uint8_t>(kernel, l);
    check<uint16_t>(kernel, l);
    check<uint64_t>(kernel, l);
  }
  // Empty tensors have nothing to copy.
  const ptrdiff_t dims[] = {3, 0};
  const ptrdiff_t strides[] = {1, 1};
  CHECK(copy_plan(kernel, 4, 2, dims, strides, strides).items == 0);
}

}  // namespace

#define VERNIER_COPY(isa, kernel)                               \
  TEST_CASE("copy " #kernel) {                                  \
    if (host_runs(IsaTier::isa, #kernel)) check_kernel(kernel); \
  }
#include "backend/cpu/kernels/copy/kernels.inc"
#undef VERNIER_COPY

#define VERNIER_COPY(isa, kernel)                                                             \
  TEST_CASE("transpose stays inside its tile: " #kernel) {                                    \
    if (!host_runs(IsaTier::isa, #kernel)) return;                                            \
    for (ptrdiff_t rows = 1; rows <= 35; ++rows) {                                            \
      for (ptrdiff_t cols = 1; cols <= 35; ++cols) {                                          \
        kernel_check::GuardedFloats src(static_cast<size_t>((cols - 1) * (rows + 3) + rows)); \
        kernel_check::GuardedFloats dst(static_cast<size_t>((rows - 1) * (cols + 5) + cols)); \
        Rng(1).fill(src.data(), src.size());                                                  \
        kernel_check::fill_canary(&dst);                                                      \
        kernel.transpose_b32(reinterpret_cast<const uint32_t*>(src.data()), rows + 3,         \
                             reinterpret_cast<uint32_t*>(dst.data()), cols + 5, rows, cols);  \
        for (ptrdiff_t i = 0; i < rows; ++i) {                                                \
          for (ptrdiff_t j = 0; j < cols + 5; ++j) {                                          \
            if (i == rows - 1 && j >= cols) break;                                            \
            const float want = j < cols ? src[j * (rows + 3) + i] : kernel_check::kCanary;    \
            REQUIRE(dst[i * (cols + 5) + j] == want);                                         \
          }                                                                                   \
        }                                                                                     \
      }                                                                                       \
    }                                                                                         \
  }
#include "backend/cpu/kernels/copy/kernels.inc"
#undef VERNIER_COPY

TEST_CASE("copy picks the plan by strides") {
  const CopyKernel& kernel = copy_select(IsaTier::generic);
  const ptrdiff_t nchw[] = {2, 3, 4, 5};
  const ptrdiff_t dense[] = {60, 20, 5, 1};
  const ptrdiff_t last[] = {60, 1, 15, 3};
  CHECK(copy_plan(kernel, 4, 4, nchw, dense, dense).kind == CopyPlan::Kind::rows);
  CHECK(copy_plan(kernel, 4, 4, nchw, last, dense).kind == CopyPlan::Kind::transpose);
  CHECK(copy_plan(kernel, 4, 4, nchw, dense, last).kind == CopyPlan::Kind::transpose);
  std::vector<KernelSkip> skipped;
  CHECK(std::string(copy_select(IsaTier::generic, &skipped).name) == "copy_b32_generic_4x4");
#if VERNIER_BUILD_AVX512
  CHECK(skipped.size() == 2);
  CHECK(std::string(copy_select(IsaTier::avx2).name) == "copy_b32_avx2_8x8");
  CHECK(std::string(copy_select(IsaTier::avx512).name) == "copy_b32_avx512_8x8");
#endif
}
