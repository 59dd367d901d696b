#include "backend/cpu/kernels/qgemm/qgemm.h"

#include "backend/cpu/kernels/qgemm/select.h"
#include "q_check.h"

namespace vernier {
namespace {

using namespace q_check;

struct Case {
  ptrdiff_t m, n, k;
  QFormat format;
  bool transposed, in_place;
  ptrdiff_t lda, ldr, ldc;
};

Case random_case(Rng* rng, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
  Case t{m, n, k, {}, rng->range(0, 1) == 0, rng->range(0, 2) == 0, 0, 0, 0};
  t.format.x_signed = rng->range(0, 1) == 0;
  t.format.x_zero = random_zero(rng, t.format.x_signed);
  t.format.w_signed = rng->range(0, 1) == 0;
  t.format.w_zero_points = rng->range(0, 3) == 0;
  t.lda = k + rng->range(0, 5);
  t.ldc = n + rng->range(0, 3);
  t.ldr = n + rng->range(0, 3);
  return t;
}

std::int32_t sum_of(const Case& t, const Bytes& a, const Bytes& b, const ChannelCase& c,
                    ptrdiff_t m, ptrdiff_t n) {
  std::int64_t sum = c.bias_of(n);
  for (ptrdiff_t k = 0; k < t.k; ++k) {
    const std::uint8_t w = t.transposed ? b[n * t.k + k] : b[k * t.n + n];
    sum +=
        static_cast<std::int64_t>(value_of(a[m * t.lda + k], t.format.x_signed) - t.format.x_zero) *
        (value_of(w, t.format.w_signed) - c.zero_of(n));
  }
  return static_cast<std::int32_t>(sum);
}

// By what sums change when every two products are summed with saturation at 16 bits.
std::int32_t saturation_of(const Case& t, const Bytes& a, const Bytes& b, ptrdiff_t m,
                           ptrdiff_t n) {
  std::int32_t change = 0;
  for (ptrdiff_t k = 0; k + 1 < t.k; k += 2) {
    std::int32_t pair = 0;
    for (const ptrdiff_t at : {k, k + 1}) {
      const std::uint8_t x = a[m * t.lda + at];
      const std::uint8_t w = t.transposed ? b[n * t.k + at] : b[at * t.n + n];
      pair += (t.format.x_signed ? x ^ 0x80 : x) * value_of(w, true);
    }
    change += std::clamp(pair, -32768, 32767) - pair;
  }
  return change;
}

// All of C bit for bit, what lies between its rows, and items in the opposite order.
void check(const QGemmKernel& kernel, Rng* rng, const Case& t, bool saturates = false) {
  Bytes a((t.m - 1) * t.lda + t.k);
  Bytes b(t.k * t.n);
  Bytes residual((t.m - 1) * t.ldr + t.n);
  fill_bytes(rng, &a);
  fill_bytes(rng, &b);
  fill_bytes(rng, &residual);
  const ChannelCase channels(rng, t.n, t.k, t.format.w_signed, t.format.w_zero_points);
  const EpilogueCase epilogue = random_epilogue(rng);
  Output c((t.m - 1) * t.ldc + t.n, epilogue.e.out);
  c.fill(rng);
  const bool in_place = t.in_place && epilogue.residual && epilogue.e.out != QOut::f32;

  const QGemmPlan plan = qgemm_plan(kernel, t.format, t.m, t.n, t.k);
  Aligned packed(plan.packed_bytes);
  Aligned scratch(plan.scratch_bytes);
  qgemm_pack_b(plan, b.data(), t.transposed ? 1 : t.n, t.transposed ? t.k : 1, channels.channels,
               packed.data());
  QGemmArgs args{};
  args.a = a.data();
  args.lda = t.lda;
  args.packed_b = packed.data();
  if (epilogue.residual) args.residual = in_place ? c.data() : residual.data();
  args.ldr = in_place ? t.ldc : t.ldr;
  args.c = c.data();
  args.ldc = t.ldc;
  args.epilogue = epilogue.e;
  qgemm_run(plan, args, 0, plan.items, scratch.data());

  INFO("m " << t.m << " n " << t.n << " k " << t.k << " signed " << t.format.x_signed
            << t.format.w_signed << " zero points " << t.format.w_zero_points << " out "
            << static_cast<int>(epilogue.e.out) << " residual " << epilogue.residual);
  ptrdiff_t wrong = 0;
  for (ptrdiff_t i = 0; i < c.size(); ++i) {
    const ptrdiff_t m = i / t.ldc;
    const ptrdiff_t n = i % t.ldc;
    std::uint32_t want = c.before(i);
    if (n < t.n) {
      const std::uint8_t* r = nullptr;
      if (epilogue.residual) r = in_place ? c.before_byte(i) : residual.data() + m * t.ldr + n;
      std::int32_t sum = sum_of(t, a, b, channels, m, n);
      if (saturates) sum += saturation_of(t, a, b, m, n);
      want = expected(sum, channels.scale_of(n), channels.offset_of(n), epilogue.e, r);
    }
    wrong += c.at(i) != want;
  }
  REQUIRE(wrong == 0);

  const auto whole = c.copy();
  c.restore();
  for (ptrdiff_t item = plan.items - 1; item >= 0; --item) {
    qgemm_run(plan, args, item, item + 1, scratch.data());
  }
  REQUIRE(c.copy() == whole);
}

void check_row(const QGemmKernel& kernel) {
  Rng rng(20250107);
  for (ptrdiff_t m = 1; m <= 27; ++m) {
    for (ptrdiff_t n = 1; n <= 70; n += m % 3 + 1) {
      check(kernel, &rng, random_case(&rng, m, n, rng.range(1, 40)));
    }
  }
  // Several chunks and panel groups.
  constexpr ptrdiff_t kLarge[][3] = {{1, 1000, 300}, {1, 67, 5000},  {49, 130, 2100}, {7, 33, 4099},
                                     {400, 129, 33}, {2100, 20, 17}, {130, 300, 700}};
  for (const auto& s : kLarge) check(kernel, &rng, random_case(&rng, s[0], s[1], s[2]));
}

#define VERNIER_QGEMM(isa, extra, kernel)                           \
  TEST_CASE("qgemm/" #kernel, "[kernel]") {                         \
    if (!host_runs(IsaTier::isa, IsaExtra::extra, #kernel)) return; \
    check_row(kernel);                                              \
  }
#include "backend/cpu/kernels/qgemm/kernels.inc"
#undef VERNIER_QGEMM

TEST_CASE("qgemm/the saturating row saturates neighbouring pairs and nothing else", "[kernel]") {
  Rng rng(20261123);
  for (ptrdiff_t m = 1; m <= 9; ++m) {
    for (ptrdiff_t n = 1; n <= 20; n += m % 3 + 1) {
      Case t = random_case(&rng, m, n, rng.range(1, 40));
      t.format.w_signed = true;
      check(qgemm_saturating(), &rng, t, true);
    }
  }
}

// Every partial sum of 255 * -128 (127) would saturate 16 bits; the largest k that is allowed stays
// within 32.
TEST_CASE("qgemm/the largest sums are exact in every row", "[kernel]") {
  for (const IsaTier tier : {IsaTier::generic, IsaTier::avx2, IsaTier::avx512}) {
    if (tier > host_cpu_features().tier) continue;
    for (const int w : {-128, 127}) {
      const QFormat format{false, 0, true, false};
      const ptrdiff_t k = q_max_k(format);
      const QGemmPlan plan = qgemm_plan(qgemm_select(tier), format, 1, 5, k);
      std::vector<std::uint8_t> a(static_cast<size_t>(k), 255);
      std::vector<std::int8_t> b(static_cast<size_t>(k * 5), static_cast<std::int8_t>(w));
      const float one = 1.0F;
      QChannels channels{};
      channels.scale = &one;
      Aligned packed(plan.packed_bytes);
      Aligned scratch(plan.scratch_bytes);
      qgemm_pack_b(plan, b.data(), 5, 1, channels, packed.data());
      float c[5];
      QGemmArgs args{};
      args.a = a.data();
      args.lda = k;
      args.packed_b = packed.data();
      args.c = c;
      args.ldc = 5;
      args.epilogue = q_epilogue(QOut::f32);
      qgemm_run(plan, args, 0, plan.items, scratch.data());
      for (const float y : c) CHECK(y == static_cast<float>(255 * w * k));
    }
  }
}

TEST_CASE("qgemm/select takes the best row that tier and extra instructions allow", "[kernel]") {
  CpuFeatures features;
  std::vector<KernelSkip> skipped;
  CHECK(std::string(qgemm_select(IsaTier::generic, features, &skipped).name) ==
        "qgemm_generic_4x8");
#if VERNIER_BUILD_AVX512
  CHECK(skipped.front().reason == "needs avx512, limited to generic");
  skipped.clear();
  CHECK(std::string(qgemm_select(IsaTier::avx512, features, &skipped).name) == "qgemm_avx2_4x16");
  REQUIRE(skipped.size() == 2);
  CHECK(skipped[0].reason == "needs avx512_vnni");
  CHECK(skipped[1].reason == "needs avx_vnni");
  features.avx512_vnni = true;
  CHECK(std::string(qgemm_select(IsaTier::avx512, features).name) == "qgemm_avx512_vnni_6x64");
  CHECK(std::string(qgemm_select(IsaTier::avx2, features).name) == "qgemm_avx2_4x16");
  features.avx_vnni = true;
  CHECK(std::string(qgemm_select(IsaTier::avx2, features).name) == "qgemm_avx2_vnni_6x16");
#endif
}

}  // namespace
}  // namespace vernier
