// Softmax, normalisation, pooling, linear resize and recurrent cells against scalar double maths.
#include "backend/cpu/kernels/norm/norm.h"
#include "backend/cpu/kernels/pool/pool.h"
#include "backend/cpu/kernels/resize/resize.h"
#include "backend/cpu/kernels/rnn/rnn.h"
#include "backend/cpu/kernels/softmax/softmax.h"
#include "kernels/kernel_check.h"

using namespace vernier;
using kernel_check::GuardedFloats;
using kernel_check::host_runs;
using kernel_check::Rng;

namespace {

bool near(float got, double want, double tolerance = 3e-6) {
  if (std::isnan(want)) return std::isnan(got);
  if (std::isinf(want)) return static_cast<double>(got) == want;
  return std::fabs(static_cast<double>(got) - want) <= tolerance * std::max(1.0, std::fabs(want));
}

void check_softmax(SoftmaxF32Fn fn, bool rows, bool log) {
  for (const ptrdiff_t axis : {1, 2, 7, 16, 17, 40, 100}) {
    for (const ptrdiff_t others : {1, 3, 16, 37, 70}) {
      const ptrdiff_t r = rows ? others : axis;
      const ptrdiff_t n = rows ? axis : others;
      GuardedFloats x(static_cast<size_t>((r - 1) * (n + 3) + n));
      GuardedFloats y(static_cast<size_t>((r - 1) * (n + 1) + n));
      Rng rng(static_cast<uint64_t>(axis * 1000 + others));
      for (size_t i = 0; i < x.size(); ++i) x.data()[i] = rng.value() * 10;
      fn({x.data(), y.data(), r, n, n + 3, n + 1});
      for (ptrdiff_t o = 0; o < others; ++o) {
        const auto at = [&](ptrdiff_t i, ptrdiff_t pitch) {
          return rows ? o * pitch + i : i * pitch + o;
        };
        double top = -1e300;
        for (ptrdiff_t i = 0; i < axis; ++i)
          top = std::max(top, static_cast<double>(x[at(i, n + 3)]));
        double sum = 0;
        for (ptrdiff_t i = 0; i < axis; ++i)
          sum += std::exp(static_cast<double>(x[at(i, n + 3)]) - top);
        for (ptrdiff_t i = 0; i < axis; ++i) {
          const double shifted = static_cast<double>(x[at(i, n + 3)]) - top;
          INFO("axis " << axis << " others " << others);
          REQUIRE(near(y[at(i, n + 1)], log ? shifted - std::log(sum) : std::exp(shifted) / sum));
        }
      }
    }
  }
}

void check_norm(NormF32Fn fn, bool rms) {
  for (const ptrdiff_t n : {1, 5, 16, 33, 384, 3000}) {
    GuardedFloats x(static_cast<size_t>(2 * n));
    GuardedFloats y(static_cast<size_t>(2 * n));
    GuardedFloats scale(static_cast<size_t>(n));
    GuardedFloats bias(static_cast<size_t>(n));
    float mean[2];
    float inv[2];
    Rng rng(static_cast<uint64_t>(n));
    for (GuardedFloats* p : {&x, &scale, &bias}) rng.fill(p->data(), p->size());
    for (size_t i = 0; i < x.size(); ++i) x.data()[i] += 3;
    fn({x.data(), y.data(), 2, n, n, n, scale.data(), bias.data(), 1, 1e-5F, mean, inv});
    for (ptrdiff_t r = 0; r < 2; ++r) {
      double m = 0;
      for (ptrdiff_t i = 0; i < n && !rms; ++i)
        m += static_cast<double>(x[r * n + i]) / static_cast<double>(n);
      double var = 0;
      for (ptrdiff_t i = 0; i < n; ++i)
        var += std::pow(static_cast<double>(x[r * n + i]) - m, 2) / static_cast<double>(n);
      const double s = 1 / std::sqrt(var + static_cast<double>(1e-5F));
      CHECK(near(mean[r], m));
      if (n > 1) CHECK(near(inv[r], s, 1e-5));
      for (ptrdiff_t i = 0; i < n; ++i) {
        const double want =
            (static_cast<double>(x[r * n + i]) - m) * s * static_cast<double>(scale[i]) +
            static_cast<double>(bias[i]);
        REQUIRE(near(y[r * n + i], want, n == 1 ? 1e-3 : 1e-5));
      }
    }
  }
}

// Every kind of window: overlapping or not, dilated, all over the padding.
void check_pool(const PoolF32Kernel& kernel) {
  Rng rng(77);
  for (int round = 0; round < 300; ++round) {
    PoolF32Args args{};
    args.channels = rng.range(1, 80);
    args.in_h = rng.range(1, 7);
    args.in_w = rng.range(1, 9);
    args.kernel_h = rng.range(1, 5);
    args.kernel_w = rng.range(1, 5);
    args.dilation_h = rng.range(1, 2);
    args.dilation_w = rng.range(1, 2);
    args.stride_w = rng.range(1, 3);
    args.pad_w = rng.range(0, args.kernel_w - 1);
    args.first_h = rng.range(-(args.kernel_h - 1), args.in_h - 1);
    args.out_w = rng.range(1, 4);
    args.count_padding = rng.range(0, 1) == 1;
    args.pad_end_h = rng.range(0, 2);
    args.pad_end_w = rng.range(0, 2);
    args.src_pixel = args.channels + 2;
    args.src_row = args.in_w * args.src_pixel;
    args.dst_pixel = args.channels + 3;
    GuardedFloats src(
        static_cast<size_t>((args.in_h * args.in_w - 1) * args.src_pixel + args.channels));
    GuardedFloats dst(static_cast<size_t>((args.out_w - 1) * args.dst_pixel + args.channels));
    rng.fill(src.data(), src.size());
    if (round % 4 == 0) src[0] = std::numeric_limits<float>::quiet_NaN();
    args.src = src.data();
    for (const bool maximum : {true, false}) {
      kernel_check::fill_canary(&dst);
      args.dst = dst.data();
      (maximum ? kernel.max : kernel.average)(args);
      for (ptrdiff_t ow = 0; ow < args.out_w; ++ow) {
        for (ptrdiff_t c = 0; c < args.channels; ++c) {
          double best = -std::numeric_limits<double>::infinity();
          double sum = 0;
          int inside = 0;
          int counted = 0;
          for (ptrdiff_t ky = 0; ky < args.kernel_h; ++ky) {
            for (ptrdiff_t kx = 0; kx < args.kernel_w; ++kx) {
              const ptrdiff_t y = args.first_h + ky * args.dilation_h;
              const ptrdiff_t x = ow * args.stride_w - args.pad_w + kx * args.dilation_w;
              if (y < args.in_h + args.pad_end_h && x < args.in_w + args.pad_end_w) ++counted;
              if (y < 0 || x < 0 || y >= args.in_h || x >= args.in_w) continue;
              const double v = static_cast<double>(src[y * args.src_row + x * args.src_pixel + c]);
              if (std::isnan(v) || v > best) best = std::isnan(best) ? best : v;
              sum += v;
              ++inside;
            }
          }
          INFO("round " << round << " max " << maximum << " ow " << ow << " c " << c);
          const float got = dst[ow * args.dst_pixel + c];
          const int divisor = args.count_padding ? counted : inside;
          if (maximum) {
            REQUIRE(near(got, best, 0));
          } else if (divisor > 0) {
            REQUIRE(near(got, sum / divisor));
          }
        }
        for (ptrdiff_t c = args.channels; c < args.dst_pixel && ow + 1 < args.out_w; ++c) {
          REQUIRE(dst[ow * args.dst_pixel + c] == kernel_check::kCanary);
        }
      }
    }
  }
}

void check_resize(const ResizeF32Kernel& kernel) {
  for (const ptrdiff_t channels : {1, 3, 16, 37}) {
    for (const float bottom : {0.0F, 0.25F, 1.0F}) {
      constexpr ptrdiff_t kOut = 5;
      const int32_t left[kOut] = {0, 0, 1, 2, 3};
      const int32_t right[kOut] = {0, 1, 2, 3, 3};
      const float wl[kOut] = {1, 0.75F, 0.5F, 0.1F, 1};
      const float wr[kOut] = {0, 0.25F, 0.5F, 0.9F, 0};
      GuardedFloats top(static_cast<size_t>(4 * channels));
      GuardedFloats low(static_cast<size_t>(4 * channels));
      GuardedFloats y(static_cast<size_t>(kOut * channels));
      Rng rng(4);
      rng.fill(top.data(), top.size());
      rng.fill(low.data(), low.size());
      kernel.linear({{top.data(), low.data()},
                     {1 - bottom, bottom},
                     {left, right},
                     {wl, wr},
                     channels,
                     y.data(),
                     channels,
                     kOut,
                     channels});
      for (ptrdiff_t o = 0; o < kOut; ++o) {
        for (ptrdiff_t c = 0; c < channels; ++c) {
          const auto mix = [&](const GuardedFloats& row) {
            return static_cast<double>(wl[o]) * static_cast<double>(row[left[o] * channels + c]) +
                   static_cast<double>(wr[o]) * static_cast<double>(row[right[o] * channels + c]);
          };
          REQUIRE(near(y[o * channels + c], static_cast<double>(1 - bottom) * mix(top) +
                                                static_cast<double>(bottom) * mix(low)));
        }
      }
    }
  }
}

void check_lstm(const RnnF32Kernel& kernel) {
  for (const ptrdiff_t hidden : {1, 7, 16, 20, 64}) {
    constexpr ptrdiff_t kRows = 2;
    GuardedFloats gates(static_cast<size_t>(kRows * 4 * hidden));
    GuardedFloats h(static_cast<size_t>(kRows * hidden));
    GuardedFloats c(static_cast<size_t>(kRows * hidden));
    GuardedFloats y(static_cast<size_t>(kRows * hidden));
    Rng rng(9);
    rng.fill(gates.data(), gates.size());
    rng.fill(c.data(), c.size());
    const std::vector<float> old(c.data(), c.data() + c.size());
    RnnF32Args args{};
    args.gates = gates.data();
    args.gates_pitch = 4 * hidden;
    args.h = h.data();
    args.c = c.data();
    args.y = y.data();
    args.rows = kRows;
    args.hidden = hidden;
    kernel.lstm(args);
    const auto s = [](double x) { return 1 / (1 + std::exp(-x)); };
    for (ptrdiff_t r = 0; r < kRows; ++r) {
      for (ptrdiff_t j = 0; j < hidden; ++j) {
        const auto gate = [&](ptrdiff_t k) {
          return static_cast<double>(gates[r * 4 * hidden + k * hidden + j]);
        };
        const double cell =
            s(gate(2)) * static_cast<double>(old[static_cast<size_t>(r * hidden + j)]) +
            s(gate(0)) * std::tanh(gate(3));
        REQUIRE(near(c[r * hidden + j], cell));
        REQUIRE(near(h[r * hidden + j], s(gate(1)) * std::tanh(cell)));
        REQUIRE(h[r * hidden + j] == y[r * hidden + j]);
      }
    }
  }
}

}  // namespace

#define VERNIER_SOFTMAX_F32(isa, kernel)           \
  TEST_CASE("softmax " #kernel) {                  \
    if (!host_runs(IsaTier::isa, #kernel)) return; \
    check_softmax(kernel.rows, true, false);       \
    check_softmax(kernel.cols, false, false);      \
    check_softmax(kernel.log_rows, true, true);    \
    check_softmax(kernel.log_cols, false, true);   \
  }
#include "backend/cpu/kernels/softmax/kernels.inc"
#undef VERNIER_SOFTMAX_F32

#define VERNIER_NORM_F32(isa, kernel)              \
  TEST_CASE("norm " #kernel) {                     \
    if (!host_runs(IsaTier::isa, #kernel)) return; \
    check_norm(kernel.layer, false);               \
    check_norm(kernel.rms, true);                  \
  }
#include "backend/cpu/kernels/norm/kernels.inc"
#undef VERNIER_NORM_F32

#define VERNIER_POOL_F32(isa, kernel)                         \
  TEST_CASE("pool " #kernel) {                                \
    if (host_runs(IsaTier::isa, #kernel)) check_pool(kernel); \
  }
#include "backend/cpu/kernels/pool/kernels.inc"
#undef VERNIER_POOL_F32

#define VERNIER_RESIZE_F32(isa, kernel)                         \
  TEST_CASE("resize " #kernel) {                                \
    if (host_runs(IsaTier::isa, #kernel)) check_resize(kernel); \
  }
#include "backend/cpu/kernels/resize/kernels.inc"
#undef VERNIER_RESIZE_F32

#define VERNIER_RNN_F32(isa, kernel)                          \
  TEST_CASE("rnn " #kernel) {                                 \
    if (host_runs(IsaTier::isa, #kernel)) check_lstm(kernel); \
  }
#include "backend/cpu/kernels/rnn/kernels.inc"
#undef VERNIER_RNN_F32
