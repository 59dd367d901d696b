#include "kernel_check.h"

#include <algorithm>
#include <string>

#include "backend/cpu/kernels/gemm/gemm.h"
#include "backend/cpu/kernels/gemm/select.h"

namespace vernier {
namespace {

using namespace kernel_check;

struct GemmCase {
  ptrdiff_t m, n, k;
  ptrdiff_t pad_a, pad_c, pad_r;  // floats between rows
  bool bias;
  int residual;  // 0 none, 1 own buffer, 2 in place
  bool transposed_b;
  ActivationF32 act;
  uint64_t seed;
};

struct GemmBuffers {
  GuardedFloats a, b, bias, residual, c;
  ptrdiff_t lda, ldr, ldc;

  explicit GemmBuffers(const GemmCase& t)
      : a(static_cast<size_t>((t.m - 1) * (t.k + t.pad_a) + t.k)),
        b(static_cast<size_t>(t.k * t.n)),
        bias(static_cast<size_t>(t.n)),
        residual(static_cast<size_t>((t.m - 1) * (t.n + t.pad_r) + t.n)),
        c(static_cast<size_t>((t.m - 1) * (t.n + t.pad_c) + t.n)),
        lda(t.k + t.pad_a),
        ldr(t.n + t.pad_r),
        ldc(t.n + t.pad_c) {
    Rng rng(t.seed);
    rng.fill(a.data(), a.size());
    rng.fill(b.data(), b.size());
    rng.fill(bias.data(), bias.size());
    rng.fill(residual.data(), residual.size());
  }
  void prepare_c(const GemmCase& t) {
    fill_canary(&c);
    if (t.residual != 2) return;
    for (ptrdiff_t m = 0; m < t.m; ++m) {
      for (ptrdiff_t n = 0; n < t.n; ++n) c[m * ldc + n] = residual[m * ldr + n];
    }
  }
};

std::string describe(const GemmCase& t) {
  return "m " + std::to_string(t.m) + " n " + std::to_string(t.n) + " k " + std::to_string(t.k) +
         " act " + std::to_string(static_cast<int>(t.act.kind)) + " residual " +
         std::to_string(t.residual) + " transposed " + std::to_string(t.transposed_b) + " seed " +
         std::to_string(t.seed);
}

GemmF32Args make_args(const GemmCase& t, GemmBuffers* b, const float* packed) {
  GemmF32Args args{};
  args.a = b->a.data();
  args.lda = b->lda;
  args.packed_b = packed;
  args.bias = t.bias ? b->bias.data() : nullptr;
  args.residual = t.residual == 0 ? nullptr : (t.residual == 2 ? b->c.data() : b->residual.data());
  args.ldr = t.residual == 2 ? b->ldc : b->ldr;
  args.c = b->c.data();
  args.ldc = b->ldc;
  args.act = t.act;
  return args;
}

Expected expect(const GemmCase& t, const GemmBuffers& b, ptrdiff_t m, ptrdiff_t n) {
  Expected e;
  if (t.bias) e.add(static_cast<double>(b.bias[n]));
  if (t.residual != 0) e.add(static_cast<double>(b.residual[m * b.ldr + n]));
  for (ptrdiff_t k = 0; k < t.k; ++k) {
    const float w = t.transposed_b ? b.b[n * t.k + k] : b.b[k * t.n + n];
    e.add(static_cast<double>(b.a[m * b.lda + k]) * static_cast<double>(w));
  }
  return e;
}

// Checks all of C, what lies between its rows, and that splitting items changes no bit.
void check(const GemmF32Kernel& kernel, const GemmCase& t, GemmBuffers* b) {
  INFO(describe(t));
  const GemmF32Plan plan = gemm_f32_plan(kernel, t.m, t.n, t.k);
  GuardedFloats packed(plan.packed_floats);
  std::vector<char> scratch(plan.scratch_bytes + 64);
  char* aligned = scratch.data() + (64 - reinterpret_cast<uintptr_t>(scratch.data()) % 64) % 64;
  gemm_f32_pack_b(plan, b->b.data(), t.transposed_b ? 1 : t.n, t.transposed_b ? t.k : 1, 0,
                  plan.panels.count, packed.data());
  const GemmF32Args args = make_args(t, b, packed.data());

  b->prepare_c(t);
  gemm_f32_run(plan, args, 0, plan.items, aligned);
  ptrdiff_t wrong = 0;
  std::string first;
  for (ptrdiff_t i = 0; i < static_cast<ptrdiff_t>(b->c.size()); ++i) {
    const ptrdiff_t m = i / b->ldc;
    const ptrdiff_t n = i % b->ldc;
    bool ok = true;
    if (n >= t.n) {
      ok = b->c[i] == kCanary;
    } else {
      ok = close(b->c[i], expect(t, *b, m, n), t.act, t.k);
    }
    if (!ok && wrong++ == 0) {
      first =
          "m " + std::to_string(m) + " n " + std::to_string(n) + " got " + std::to_string(b->c[i]);
    }
  }
  INFO(first);
  REQUIRE(wrong == 0);

  const std::vector<float> whole(b->c.data(), b->c.data() + b->c.size());
  b->prepare_c(t);
  for (ptrdiff_t item = plan.items - 1; item >= 0; --item)
    gemm_f32_run(plan, args, item, item + 1, aligned);
  REQUIRE(same_bits(whole.data(), b->c.data(), whole.size()));
}

void check_row(const GemmF32Kernel& kernel) {
  Rng rng(20240611);
  const auto random_case = [&](ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
    GemmCase t{};
    t.m = m;
    t.n = n;
    t.k = k;
    t.pad_a = rng.range(0, 5);
    t.pad_c = rng.range(0, 3);
    t.pad_r = rng.range(0, 3);
    t.bias = rng.range(0, 1) != 0;
    t.residual = static_cast<int>(rng.range(0, 2));
    t.transposed_b = rng.range(0, 1) != 0;
    t.act = kActivations[rng.range(0, static_cast<ptrdiff_t>(std::size(kActivations)) - 1)];
    t.seed = rng.next();
    return t;
  };
  for (ptrdiff_t m = 1; m <= 27; ++m) {
    for (ptrdiff_t n = 1; n <= 70; n += m % 3 + 1) {
      const GemmCase t = random_case(m, n, rng.range(1, 40));
      GemmBuffers b(t);
      check(kernel, t, &b);
    }
  }
  // Several blocks of k, several chunks and panel groups.
  constexpr ptrdiff_t kLarge[][3] = {{1, 1000, 300}, {1, 67, 5000},  {49, 130, 2100}, {7, 33, 4099},
                                     {400, 129, 33}, {1030, 20, 17}, {130, 300, 700}};
  for (const auto& s : kLarge) {
    const GemmCase t = random_case(s[0], s[1], s[2]);
    GemmBuffers b(t);
    check(kernel, t, &b);
  }
  for (const ActivationF32& act : kActivations) {
    GemmCase t = random_case(13, 45, 600);
    t.act = act;
    GemmBuffers b(t);
    check(kernel, t, &b);
  }
}

void check_special_values(const GemmF32Kernel& kernel) {
  const float inf = std::numeric_limits<float>::infinity();
  for (const ActivationF32& act : kActivations) {
    for (const float special : {std::numeric_limits<float>::quiet_NaN(), inf, -inf}) {
      GemmCase t{9, 37, 21, 0, 2, 0, true, 1, false, act, 77};
      GemmBuffers b(t);
      b.a[4 * b.lda + 11] = special;
      b.bias[30] = special;
      b.residual[2 * b.ldr + 5] = special;
      check(kernel, t, &b);
    }
  }
}

// The fused activations alone, over their interesting range and its ends, against double precision.
void check_activations(const GemmF32Kernel& kernel) {
  const float inf = std::numeric_limits<float>::infinity();
  for (const ActivationF32& act : kActivations) {
    std::vector<float> x = {0.0F,  -0.0F,  inf,   1e-40F, -1e-40F,
                            1e30F, -1e30F, 88.8F, -88.8F, -104.5F};
    for (int i = -40000; i <= 40000; ++i) x.push_back(static_cast<float>(i) * 0.0005F);
    std::vector<float> y = x;
    kernel.activate(act, y.data(), 1, 1, static_cast<ptrdiff_t>(y.size()));
    for (size_t i = 0; i < x.size(); ++i) {
      const double want = activate(act, static_cast<double>(x[i]));
      // These formulas cancel for negative x: in fp32 their error scales with x, not with their
      // value.
      const bool cancels =
          act.kind == ActivationKind::gelu_erf || act.kind == ActivationKind::gelu_tanh ||
          act.kind == ActivationKind::hardswish || act.kind == ActivationKind::hardsigmoid;
      const double scale =
          std::max(std::fabs(want), cancels ? std::fabs(static_cast<double>(x[i])) : 0.0);
      const bool ok = std::isinf(want)
                          ? static_cast<double>(y[i]) == want
                          : std::fabs(static_cast<double>(y[i]) - want) <= 6e-7 * scale + 1e-36;
      if (!ok) {
        CAPTURE(static_cast<int>(act.kind), x[i], y[i], want);
        REQUIRE(ok);
      }
    }
    float nan = std::numeric_limits<float>::quiet_NaN();
    kernel.activate(act, &nan, 1, 1, 1);
    REQUIRE(std::isnan(nan));
  }
}

#define VERNIER_GEMM_F32(isa, kernel)              \
  TEST_CASE("gemm/" #kernel, "[kernel]") {         \
    if (!host_runs(IsaTier::isa, #kernel)) return; \
    check_row(kernel);                             \
    check_special_values(kernel);                  \
    check_activations(kernel);                     \
  }
#include "backend/cpu/kernels/gemm/kernels.inc"
#undef VERNIER_GEMM_F32

TEST_CASE("gemm/select takes the best row a tier allows and says why others were passed over",
          "[kernel]") {
  std::vector<KernelSkip> skipped;
  CHECK(std::string(gemm_f32_select(IsaTier::generic, &skipped).name) == "gemm_f32_generic_4x8");
#if VERNIER_BUILD_AVX512
  REQUIRE(skipped.size() == 2);
  CHECK(std::string(skipped[0].kernel) == "gemm_f32_avx512_6x64");
  CHECK(skipped[0].reason == "needs avx512, limited to generic");
  CHECK(std::string(gemm_f32_select(IsaTier::avx2).name) == "gemm_f32_avx2_6x16");
  CHECK(std::string(gemm_f32_select(IsaTier::avx512).name) == "gemm_f32_avx512_6x64");
#endif
}

TEST_CASE("gemm/panels cover n with less than a granule of waste and nearly equal widths",
          "[kernel]") {
  const GemmF32Kernel& kernel = gemm_f32_select();
  for (ptrdiff_t n = 1; n <= 2100; ++n) {
    const PanelLayout p = panel_layout(kernel, n);
    REQUIRE(p.columns() >= n);
    REQUIRE(p.columns() - n < kernel.granule);
    REQUIRE(p.width(0) <= kernel.granule * kernel.max_granules);
    REQUIRE(p.width(0) - p.width(p.count - 1) <= kernel.granule);
    REQUIRE(p.column(p.count - 1) + p.width(p.count - 1) == p.columns());
  }
}

}  // namespace
}  // namespace vernier
