#include "backend/cpu/kernels/reduce/reduce_kernel.h"
#include "backend/cpu/kernels/reduce/select.h"
#include "kernels/kernel_check.h"

using namespace vernier;
using kernel_check::GuardedFloats;
using kernel_check::host_runs;
using kernel_check::Rng;

namespace {

double term(ReduceKind kind, double x) {
  if (kind == ReduceKind::sum_abs) return std::fabs(x);
  return kind == ReduceKind::sum_square ? x * x : x;
}
double join(ReduceKind kind, double a, double b) {
  if (kind == ReduceKind::max) return std::isnan(a) || a > b ? a : b;
  if (kind == ReduceKind::min) return std::isnan(a) || a < b ? a : b;
  return kind == ReduceKind::prod ? a * b : a + b;
}

bool near(double got, double want, double magnitude) {
  if (std::isnan(want)) return std::isnan(got);
  return std::fabs(got - want) <= 4e-6 * std::max(1e-3, magnitude);
}

void check(const ReduceF32Kernel& kernel) {
  for (size_t k = 0; k < static_cast<size_t>(ReduceKind::count); ++k) {
    const auto kind = static_cast<ReduceKind>(k);
    for (const ptrdiff_t n :
         {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65, 127, 1024, 1025, 5000}) {
      for (const ptrdiff_t nan_at : {ptrdiff_t{-1}, n / 2}) {
        GuardedFloats x(static_cast<size_t>(n));
        Rng rng(k + static_cast<uint64_t>(n));
        for (ptrdiff_t i = 0; i < n; ++i)
          x[i] = kind == ReduceKind::prod ? 1 + rng.value() / 1000 : rng.value();
        if (nan_at >= 0) x[nan_at] = std::numeric_limits<float>::quiet_NaN();
        double want = term(kind, static_cast<double>(x[0]));
        double magnitude = std::fabs(want);
        for (ptrdiff_t i = 1; i < n; ++i) {
          const double t = term(kind, static_cast<double>(x[i]));
          want = join(kind, want, t);
          magnitude += kind == ReduceKind::sum ? std::fabs(t) : 0;
        }
        magnitude = std::max(magnitude, std::fabs(want));
        INFO("kind " << k << " n " << n << " nan " << nan_at);
        // A product of thousands of factors rounds as often.
        if (kind == ReduceKind::prod) magnitude *= 1 + static_cast<double>(n) / 500;
        REQUIRE(near(kernel.row[k](x.data(), n), want, magnitude));
      }
    }
    for (const ptrdiff_t n : {1, 7, 16, 24, 64, 65, 130}) {
      constexpr ptrdiff_t kRows = 300;
      GuardedFloats x(static_cast<size_t>((kRows - 1) * (n + 2) + n));
      GuardedFloats y(static_cast<size_t>(n));
      Rng rng(k);
      for (size_t i = 0; i < x.size(); ++i)
        x.data()[i] = kind == ReduceKind::prod ? 1 + rng.value() / 1000 : rng.value();
      kernel.cols[k](x.data(), 100, n + 2, n, y.data(), true);
      kernel.cols[k](x.data() + 100 * (n + 2), kRows - 100, n + 2, n, y.data(), false);
      for (ptrdiff_t j = 0; j < n; ++j) {
        double want = term(kind, static_cast<double>(x[j]));
        for (ptrdiff_t r = 1; r < kRows; ++r)
          want = join(kind, want, term(kind, static_cast<double>(x[r * (n + 2) + j])));
        INFO("kind " << k << " n " << n << " col " << j);
        REQUIRE(
            near(static_cast<double>(y[j]), want, kind == ReduceKind::sum ? 100 : std::fabs(want)));
      }
    }
  }
}

}  // namespace

#define VERNIER_REDUCE_F32(isa, kernel)                  \
  TEST_CASE("reduce " #kernel) {                         \
    if (host_runs(IsaTier::isa, #kernel)) check(kernel); \
  }
#include "backend/cpu/kernels/reduce/kernels.inc"
#undef VERNIER_REDUCE_F32
