// Integer elementwise rows, tables and pooling against their scalar definitions, bit for bit.
#include "backend/cpu/kernels/qeltwise/select.h"
#include "backend/cpu/kernels/qpool/select.h"
#include "q_check.h"

namespace vernier {
namespace {

using namespace q_check;

float binary_value(const QBinaryArgs& a, bool multiply, std::int32_t x, std::int32_t y) {
  if (multiply) return static_cast<float>(x * y) * a.a_scale;
  const float second = static_cast<float>(y) * a.b_scale;
  return std::fma(static_cast<float>(x), a.a_scale, second);
}

void check_binary(const QEltwiseKernel& kernel, Rng* rng, ptrdiff_t count, bool multiply) {
  QBinaryArgs a{};
  a.count = count;
  a.a_step = rng->range(0, 4) == 0 ? 0 : 1;
  a.b_step = rng->range(0, 4) == 0 ? 0 : 1;
  a.a_signed = rng->range(0, 1) == 0;
  a.b_signed = rng->range(0, 1) == 0;
  a.a_zero = random_zero(rng, a.a_signed);
  a.b_zero = random_zero(rng, a.b_signed);
  a.a_scale = multiply ? 0.004F + 0.003F * rng->value() : 0.5F + 0.4F * rng->value();
  a.b_scale = 0.5F + 0.4F * rng->value();
  const bool y_signed = rng->range(0, 1) == 0;
  a.y_zero = random_zero(rng, y_signed);
  a.y_lo = y_signed ? -128 : 0;
  a.y_hi = a.y_lo + 255;
  if (rng->range(0, 2) == 0) a.y_lo = a.y_zero;
  Bytes x(a.a_step == 0 ? 1 : count);
  Bytes y(a.b_step == 0 ? 1 : count);
  fill_bytes(rng, &x);
  fill_bytes(rng, &y);
  Bytes out(count);
  a.a = x.data();
  a.b = y.data();
  a.y = out.data();
  (multiply ? kernel.mul : kernel.add)(a);
  ptrdiff_t wrong = 0;
  for (ptrdiff_t i = 0; i < count; ++i) {
    const float t = binary_value(a, multiply, value_of(x[i * a.a_step], a.a_signed) - a.a_zero,
                                 value_of(y[i * a.b_step], a.b_signed) - a.b_zero);
    wrong += out[i] != rounded(t, a.y_zero, a.y_lo, a.y_hi);
  }
  INFO("count " << count << " multiply " << multiply);
  REQUIRE(wrong == 0);
}

void check_quantize(const QEltwiseKernel& kernel, Rng* rng, ptrdiff_t count) {
  const float inf = std::numeric_limits<float>::infinity();
  const float special[] = {
      std::numeric_limits<float>::quiet_NaN(), inf, -inf, 3e38F, -3e38F, 1e-40F, -0.0F};
  QuantizeRowArgs a{};
  a.count = count;
  a.y_signed = rng->range(0, 1) == 0;
  a.zero = random_zero(rng, a.y_signed);
  a.scale = rng->range(0, 1) == 0 ? 0.25F : 0.013F;
  Guarded<float> x(count);
  Bytes y(count);
  for (ptrdiff_t i = 0; i < count; ++i) {
    // Ties with the first scale.
    x[i] = rng->range(0, 9) == 0 ? special[rng->range(0, 6)]
                                 : static_cast<float>(rng->range(-400, 400)) * 0.125F;
  }
  a.x = x.data();
  a.y = y.data();
  kernel.quantize(a);
  const std::int32_t lo = a.y_signed ? -128 : 0;
  ptrdiff_t wrong = 0;
  for (ptrdiff_t i = 0; i < count; ++i) {
    const float t = x[i] / a.scale;
    wrong += y[i] != rounded(std::isnan(t) ? 0.0F : t, a.zero, lo, lo + 255);
  }
  REQUIRE(wrong == 0);

  Guarded<float> back(count);
  kernel.dequantize({y.data(), back.data(), count, a.scale, a.zero, a.y_signed});
  for (ptrdiff_t i = 0; i < count; ++i) {
    wrong += back[i] != static_cast<float>(value_of(y[i], a.y_signed) - a.zero) * a.scale;
  }
  REQUIRE(wrong == 0);
}

#define VERNIER_QELTWISE(isa, extra, kernel)                        \
  TEST_CASE("qeltwise/" #kernel, "[kernel]") {                      \
    if (!host_runs(IsaTier::isa, IsaExtra::extra, #kernel)) return; \
    Rng rng(20250110);                                              \
    for (ptrdiff_t count = 1; count <= 150; ++count) {              \
      check_binary(kernel, &rng, count, false);                     \
      check_binary(kernel, &rng, count, true);                      \
      check_quantize(kernel, &rng, count);                          \
    }                                                               \
    check_binary(kernel, &rng, 70000, false);                       \
    check_binary(kernel, &rng, 70000, true);                        \
  }
#include "backend/cpu/kernels/qeltwise/kernels.inc"
#undef VERNIER_QELTWISE

void check_table(const QTableKernel& kernel) {
  Rng rng(20250111);
  std::uint8_t table[256];
  for (std::uint8_t& t : table) t = static_cast<std::uint8_t>(rng.next() >> 40U);
  for (ptrdiff_t columns = 1; columns <= 140; ++columns) {
    const ptrdiff_t rows = rng.range(1, 5);
    const ptrdiff_t x_pitch = columns + rng.range(0, 2);
    const ptrdiff_t y_pitch = columns + rng.range(0, 2);
    Bytes x((rows - 1) * x_pitch + columns);
    Output y((rows - 1) * y_pitch + columns, QOut::u8);
    fill_bytes(&rng, &x);
    y.fill(&rng);
    kernel.run({x.data(), y.data(), table, rows, columns, x_pitch, y_pitch});
    ptrdiff_t wrong = 0;
    for (ptrdiff_t i = 0; i < y.size(); ++i) {
      const ptrdiff_t c = i % y_pitch;
      wrong += y.at(i) != (c < columns ? table[x[i / y_pitch * x_pitch + c]] : y.before(i));
    }
    REQUIRE(wrong == 0);
    Bytes all(256);
    for (ptrdiff_t i = 0; i < 256; ++i) all[i] = static_cast<std::uint8_t>(i);
    kernel.run({all.data(), all.data(), table, 1, 256, 256, 256});
    REQUIRE(std::equal(table, table + 256, all.data()));
  }
}

#define VERNIER_QTABLE(isa, extra, kernel)                          \
  TEST_CASE("qtable/" #kernel, "[kernel]") {                        \
    if (!host_runs(IsaTier::isa, IsaExtra::extra, #kernel)) return; \
    check_table(kernel);                                            \
  }
#include "backend/cpu/kernels/qeltwise/table.inc"
#undef VERNIER_QTABLE

// One output pixel and channel, from the taps one by one.
std::uint8_t pooled(const QPoolArgs& a, const Bytes& x, ptrdiff_t ow, ptrdiff_t c, bool average) {
  std::int32_t top = a.is_signed ? -128 : 0;
  std::int32_t sum = 0;
  int taps = 0;
  int counted = 0;
  for (ptrdiff_t kh = 0; kh < a.kernel_h; ++kh) {
    for (ptrdiff_t kw = 0; kw < a.kernel_w; ++kw) {
      const ptrdiff_t h = a.first_h + kh * a.dilation_h;
      const ptrdiff_t w = ow * a.stride_w - a.pad_w + kw * a.dilation_w;
      counted += h < a.in_h + a.pad_end_h && w < a.in_w + a.pad_end_w;
      if (h < 0 || h >= a.in_h || w < 0 || w >= a.in_w) continue;
      ++taps;
      const std::int32_t v = value_of(x[h * a.src_row + w * a.src_pixel + c], a.is_signed);
      top = std::max(top, v);
      sum += v - a.x_zero;
    }
  }
  if (!average) return static_cast<std::uint8_t>(top);
  const int divisor = a.count_padding ? counted : taps;
  const float factor = a.scale / static_cast<float>(std::max(divisor, 1));
  return rounded(static_cast<float>(sum) * factor, a.y_zero, a.y_lo, a.y_hi);
}

void check_pool(const QPoolKernel& kernel) {
  Rng rng(20250112);
  for (int round = 0; round < 600; ++round) {
    QPoolArgs a{};
    a.is_signed = rng.range(0, 1) == 0;
    a.channels = rng.range(1, 150);
    a.in_h = rng.range(1, 9);
    a.in_w = rng.range(1, 9);
    a.out_w = rng.range(1, 6);
    a.kernel_h = rng.range(1, 4);
    a.kernel_w = rng.range(1, 4);
    a.dilation_h = rng.range(1, 2);
    a.dilation_w = rng.range(1, 2);
    a.stride_w = rng.range(1, 2);
    a.first_h = rng.range(-3, a.in_h);
    a.pad_w = rng.range(0, 2);
    a.count_padding = rng.range(0, 1) == 0;
    a.pad_end_h = rng.range(0, 2);
    a.pad_end_w = rng.range(0, 2);
    a.src_pixel = a.channels + rng.range(0, 2);
    a.src_row = a.in_w * a.src_pixel;
    a.dst_pixel = a.channels + rng.range(0, 2);
    a.x_zero = random_zero(&rng, a.is_signed);
    a.scale = 0.5F + std::fabs(rng.value());
    a.y_zero = random_zero(&rng, a.is_signed);
    a.y_lo = a.is_signed ? -128 : 0;
    a.y_hi = a.y_lo + 255;
    Bytes x((a.in_h * a.in_w - 1) * a.src_pixel + a.channels);
    fill_bytes(&rng, &x);
    Output y((a.out_w - 1) * a.dst_pixel + a.channels, QOut::u8);
    y.fill(&rng);
    a.src = x.data();
    a.dst = y.data();
    for (const bool average : {false, true}) {
      (average ? kernel.average : kernel.max)(a);
      ptrdiff_t wrong = 0;
      for (ptrdiff_t i = 0; i < y.size(); ++i) {
        const ptrdiff_t c = i % a.dst_pixel;
        const std::uint32_t want =
            c < a.channels ? pooled(a, x, i / a.dst_pixel, c, average) : y.before(i);
        wrong += y.at(i) != want;
      }
      INFO("round " << round << " average " << average);
      REQUIRE(wrong == 0);
    }
  }
}

#define VERNIER_QPOOL(isa, extra, kernel)                           \
  TEST_CASE("qpool/" #kernel, "[kernel]") {                         \
    if (!host_runs(IsaTier::isa, IsaExtra::extra, #kernel)) return; \
    check_pool(kernel);                                             \
  }
#include "backend/cpu/kernels/qpool/kernels.inc"
#undef VERNIER_QPOOL

}  // namespace
}  // namespace vernier
