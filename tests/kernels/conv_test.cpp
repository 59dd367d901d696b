#include "kernel_check.h"

#include <algorithm>
#include <string>

#include "backend/cpu/kernels/conv/conv.h"
#include "backend/cpu/kernels/conv/select.h"

namespace vernier {
namespace {

using namespace kernel_check;

struct ConvCase {
  ConvShape s;
  bool planes;        // src is NCHW
  ptrdiff_t src_pad;  // extra channels between pixels of src
  ptrdiff_t dst_pad;
  ptrdiff_t row_pad;  // extra pixels between rows of dst
  bool bias;
  int residual;  // 0 none, 1 own buffer, 2 in place
  ActivationF32 act;
  uint64_t seed;
};

ptrdiff_t out_size(ptrdiff_t in, ptrdiff_t pads, ptrdiff_t k, ptrdiff_t stride,
                   ptrdiff_t dilation) {
  return (in + pads - (k - 1) * dilation - 1) / stride + 1;
}

// The number of floats that a view spans.
size_t span(const NhwcStrides& st, ptrdiff_t n, ptrdiff_t h, ptrdiff_t w, ptrdiff_t c,
            ptrdiff_t c_stride) {
  return static_cast<size_t>((n - 1) * st.n + (h - 1) * st.h + (w - 1) * st.w + (c - 1) * c_stride +
                             1);
}

struct ConvBuffers {
  NhwcStrides src_st, dst_st, res_st;
  ptrdiff_t src_c;
  GuardedFloats src, weights, bias, residual, dst;

  static NhwcStrides src_strides(const ConvCase& t) {
    const ConvShape& s = t.s;
    if (t.planes) return {s.ic * s.ih * s.iw, s.iw, 1};
    const ptrdiff_t w = s.ic + t.src_pad;
    return {s.ih * s.iw * w, s.iw * w, w};
  }
  static NhwcStrides dst_strides(const ConvCase& t) {
    const ptrdiff_t w = t.s.oc + t.dst_pad;
    const ptrdiff_t h = (t.s.ow + t.row_pad) * w;
    return {t.s.oh * h, h, w};
  }
  static NhwcStrides res_strides(const ConvCase& t) {
    return {t.s.oh * t.s.ow * t.s.oc, t.s.ow * t.s.oc, t.s.oc};
  }
  explicit ConvBuffers(const ConvCase& t)
      : src_st(src_strides(t)),
        dst_st(dst_strides(t)),
        res_st(res_strides(t)),
        src_c(t.planes ? t.s.ih * t.s.iw : 1),
        src(span(src_st, t.s.n, t.s.ih, t.s.iw, t.s.ic, src_c)),
        weights(static_cast<size_t>(t.s.oc * (t.s.ic / t.s.groups) * t.s.kh * t.s.kw)),
        bias(static_cast<size_t>(t.s.oc)),
        residual(span(res_st, t.s.n, t.s.oh, t.s.ow, t.s.oc, 1)),
        dst(span(dst_st, t.s.n, t.s.oh, t.s.ow, t.s.oc, 1)) {
    Rng rng(t.seed);
    rng.fill(src.data(), src.size());
    rng.fill(weights.data(), weights.size());
    rng.fill(bias.data(), bias.size());
    rng.fill(residual.data(), residual.size());
  }
  void prepare_dst(const ConvCase& t) {
    fill_canary(&dst);
    if (t.residual != 2) return;
    for_each_output(t, [&](ptrdiff_t n, ptrdiff_t y, ptrdiff_t x, ptrdiff_t o) {
      dst[at(dst_st, n, y, x) + o] = residual[at(res_st, n, y, x) + o];
    });
  }
  static ptrdiff_t at(const NhwcStrides& st, ptrdiff_t n, ptrdiff_t y, ptrdiff_t x) {
    return n * st.n + y * st.h + x * st.w;
  }
  template <typename F>
  static void for_each_output(const ConvCase& t, F f) {
    for (ptrdiff_t n = 0; n < t.s.n; ++n) {
      for (ptrdiff_t y = 0; y < t.s.oh; ++y) {
        for (ptrdiff_t x = 0; x < t.s.ow; ++x) {
          for (ptrdiff_t o = 0; o < t.s.oc; ++o) f(n, y, x, o);
        }
      }
    }
  }
};

Expected expect(const ConvCase& t, const ConvBuffers& b, ptrdiff_t n, ptrdiff_t y, ptrdiff_t x,
                ptrdiff_t o) {
  const ConvShape& s = t.s;
  const ptrdiff_t icg = s.ic / s.groups;
  const ptrdiff_t first = o / (s.oc / s.groups) * icg;
  Expected e;
  if (t.bias) e.add(static_cast<double>(b.bias[o]));
  if (t.residual != 0)
    e.add(static_cast<double>(b.residual[ConvBuffers::at(b.res_st, n, y, x) + o]));
  for (ptrdiff_t ky = 0; ky < s.kh; ++ky) {
    for (ptrdiff_t kx = 0; kx < s.kw; ++kx) {
      const ptrdiff_t iy = y * s.stride_h - s.pad_top + ky * s.dilation_h;
      const ptrdiff_t ix = x * s.stride_w - s.pad_left + kx * s.dilation_w;
      if (iy < 0 || iy >= s.ih || ix < 0 || ix >= s.iw) continue;
      for (ptrdiff_t c = 0; c < icg; ++c) {
        e.add(static_cast<double>(
                  b.src[ConvBuffers::at(b.src_st, n, iy, ix) + (first + c) * b.src_c]) *
              static_cast<double>(b.weights[((o * icg + c) * s.kh + ky) * s.kw + kx]));
      }
    }
  }
  return e;
}

std::string describe(const ConvCase& t) {
  const ConvShape& s = t.s;
  std::string text = "conv";
  for (const ptrdiff_t v :
       {s.n, s.ih, s.iw, s.ic, s.oh, s.ow, s.oc, s.kh, s.kw, s.stride_h, s.stride_w, s.pad_top,
        s.pad_left, s.dilation_h, s.dilation_w, s.groups}) {
    text += " " + std::to_string(v);
  }
  return text + " planes " + std::to_string(t.planes) + " residual " + std::to_string(t.residual) +
         " act " + std::to_string(static_cast<int>(t.act.kind)) + " seed " + std::to_string(t.seed);
}

// Winograd regroups sums over a 6x6 patch, so its error is not bounded by the terms of one output
// alone.
constexpr double kWinogradSlack = 6;

void check(const GemmF32Kernel& kernel, const ConvCase& t, ConvBuffers* b,
           const WinogradF32Kernel* winograd = nullptr) {
  INFO(describe(t));
  const ConvF32Plan plan = conv_f32_plan(kernel, t.s, !t.planes, winograd);
  REQUIRE((plan.mode == ConvMode::winograd) == (winograd != nullptr));
  const double slack = winograd != nullptr ? kWinogradSlack : 1;
  GuardedFloats packed(plan.packed_floats);
  std::vector<char> scratch(plan.scratch_bytes + 64);
  char* aligned = scratch.data() + (64 - reinterpret_cast<uintptr_t>(scratch.data()) % 64) % 64;
  conv_f32_pack(plan, b->weights.data(), packed.data());
  ConvF32Args args{};
  args.src = b->src.data();
  args.src_strides = b->src_st;
  args.src_channel_stride = b->src_c;
  args.packed = packed.data();
  args.bias = t.bias ? b->bias.data() : nullptr;
  args.residual =
      t.residual == 0 ? nullptr : (t.residual == 2 ? b->dst.data() : b->residual.data());
  args.residual_strides = t.residual == 2 ? b->dst_st : b->res_st;
  args.dst = b->dst.data();
  args.dst_strides = b->dst_st;
  args.act = t.act;

  b->prepare_dst(t);
  conv_f32_run(plan, args, 0, plan.items, aligned);
  const std::vector<float> whole(b->dst.data(), b->dst.data() + b->dst.size());

  ptrdiff_t wrong = 0;
  std::string first;
  const ptrdiff_t k = t.s.ic / t.s.groups * t.s.kh * t.s.kw;
  ConvBuffers::for_each_output(t, [&](ptrdiff_t n, ptrdiff_t y, ptrdiff_t x, ptrdiff_t o) {
    float& got = b->dst[ConvBuffers::at(b->dst_st, n, y, x) + o];
    Expected e = expect(t, *b, n, y, x, o);
    // Beside padding an output has few terms of its own, but its tile has the patch's: |src *
    // weight| is 1/4 on average.
    if (winograd != nullptr) e.magnitude = std::max(e.magnitude, static_cast<double>(k) / 4);
    if (!close(got, e, t.act, k, slack) && wrong++ == 0) {
      first = "n " + std::to_string(n) + " y " + std::to_string(y) + " x " + std::to_string(x) +
              " o " + std::to_string(o) + " got " + std::to_string(got) + " want " +
              std::to_string(activate(t.act, e.sum));
    }
    got = kCanary;
  });
  INFO(first);
  REQUIRE(wrong == 0);
  for (size_t i = 0; i < b->dst.size(); ++i) wrong += b->dst.data()[i] == kCanary ? 0 : 1;
  REQUIRE(wrong == 0);

  b->prepare_dst(t);
  for (ptrdiff_t item = plan.items - 1; item >= 0; --item)
    conv_f32_run(plan, args, item, item + 1, aligned);
  REQUIRE(same_bits(whole.data(), b->dst.data(), whole.size()));
}

ConvCase random_case(Rng* rng) {
  ConvCase t{};
  ConvShape& s = t.s;
  s.groups = rng->range(0, 4) == 0 ? rng->range(2, 4) : 1;
  s.n = rng->range(1, 2);
  s.ic = s.groups * rng->range(1, rng->range(0, 2) == 0 ? 40 : 9);
  s.oc = s.groups * rng->range(1, rng->range(0, 2) == 0 ? 70 : 20);
  s.kh = rng->range(1, 4);
  s.kw = rng->range(0, 2) == 0 ? rng->range(1, 7) : s.kh;
  s.stride_h = rng->range(1, 3);
  s.stride_w = rng->range(1, 3);
  s.dilation_h = rng->range(0, 3) == 0 ? 2 : 1;
  s.dilation_w = rng->range(0, 3) == 0 ? rng->range(2, 3) : 1;
  s.pad_top = rng->range(0, s.kh);
  s.pad_left = rng->range(0, s.kw);
  const ptrdiff_t pad_bottom = rng->range(0, s.kh);
  const ptrdiff_t pad_right = rng->range(0, s.kw);
  s.ih = rng->range(1, 14) + (s.kh - 1) * s.dilation_h;
  s.iw = rng->range(1, 17) + (s.kw - 1) * s.dilation_w;
  s.oh = out_size(s.ih, s.pad_top + pad_bottom, s.kh, s.stride_h, s.dilation_h);
  s.ow = out_size(s.iw, s.pad_left + pad_right, s.kw, s.stride_w, s.dilation_w);
  t.planes = rng->range(0, 3) == 0;
  t.src_pad = rng->range(0, 3);
  t.dst_pad = rng->range(0, 3);
  t.row_pad = rng->range(0, 2) == 0 ? rng->range(1, 3) : 0;
  t.bias = rng->range(0, 3) != 0;
  t.residual = static_cast<int>(rng->range(0, 2));
  t.act = kActivations[rng->range(0, static_cast<ptrdiff_t>(std::size(kActivations)) - 1)];
  t.seed = rng->next();
  return t;
}

void check_row(const GemmF32Kernel& kernel) {
  Rng rng(987654321);
  for (int i = 0; i < 250; ++i) {
    const ConvCase t = random_case(&rng);
    ConvBuffers b(t);
    check(kernel, t, &b);
  }
  // Shapes of real layers, cut down: first layers from planes, many channels over several K blocks,
  // small maps.
  const ActivationF32 relu{ActivationKind::relu, 0, 0};
  const ConvCase directed[] = {
      {{1, 40, 37, 3, 20, 19, 64, 7, 7, 2, 2, 3, 3, 1, 1, 1}, true, 0, 0, 0, true, 0, relu, 1},
      {{2, 21, 33, 3, 11, 17, 32, 3, 3, 2, 2, 1, 1, 1, 1, 1}, true, 0, 0, 0, true, 0, relu, 2},
      {{1, 7, 7, 520, 7, 7, 72, 3, 3, 1, 1, 1, 1, 1, 1, 1}, false, 0, 0, 0, true, 1, relu, 3},
      {{1, 7, 7, 1100, 4, 4, 136, 1, 1, 2, 2, 0, 0, 1, 1, 1}, false, 4, 8, 0, true, 2, relu, 4},
      {{1, 1, 200, 20, 1, 200, 24, 1, 5, 1, 1, 0, 2, 1, 1, 1}, false, 0, 0, 0, true, 0, relu, 5},
      {{1, 33, 40, 24, 33, 40, 144, 1, 1, 1, 1, 0, 0, 1, 1, 1}, false, 0, 0, 0, true, 1, relu, 6},
  };
  for (const ConvCase& t : directed) {
    ConvBuffers b(t);
    check(kernel, t, &b);
  }
}

// Values that must come through: NaN and infinities in src, also at the border of the padding.
void check_special_values(const GemmF32Kernel& kernel) {
  const float inf = std::numeric_limits<float>::infinity();
  for (const ActivationF32& act : kActivations) {
    for (const float special : {std::numeric_limits<float>::quiet_NaN(), inf, -inf}) {
      ConvCase t{
          {1, 6, 9, 18, 6, 9, 20, 3, 3, 1, 1, 1, 1, 1, 1, 1}, false, 0, 0, 0, true, 0, act, 31};
      ConvBuffers b(t);
      b.src[0] = special;
      b.src[ConvBuffers::at(b.src_st, 0, 3, 8) + 17] = special;
      check(kernel, t, &b);
    }
  }
}

#define VERNIER_CONV_F32(isa, kernel, tiles)       \
  TEST_CASE("conv/" #kernel, "[kernel]") {         \
    if (!host_runs(IsaTier::isa, #kernel)) return; \
    check_row(tiles);                              \
    check_special_values(tiles);                   \
  }
#include "backend/cpu/kernels/conv/kernels.inc"
#undef VERNIER_CONV_F32

// Shapes that the Winograd mode takes: edge tiles, channel tails of input and output, asymmetric
// pads, several chunks.
void check_winograd(const GemmF32Kernel& tiles, const WinogradF32Kernel& kernel) {
  Rng rng(4242);
  for (int i = 0; i < 40; ++i) {
    ConvCase t = random_case(&rng);
    ConvShape& s = t.s;
    s.groups = s.stride_h = s.stride_w = s.dilation_h = s.dilation_w = 1;
    s.kh = s.kw = 3;
    s.ic = rng.range(32, 75);
    s.oc = rng.range(24, 140);
    s.pad_top = rng.range(0, 3);
    s.pad_left = rng.range(0, 3);
    s.ih = rng.range(10, 30);
    s.iw = rng.range(10, 30);
    s.oh = s.ih + s.pad_top + rng.range(0, 2) - 2;
    s.ow = s.iw + s.pad_left + rng.range(0, 2) - 2;
    t.planes = false;
    ConvBuffers b(t);
    check(tiles, t, &b, &kernel);
  }
  for (const ActivationF32& act : kActivations) {
    ConvCase t{
        {1, 12, 13, 40, 12, 13, 40, 3, 3, 1, 1, 1, 1, 1, 1, 1}, false, 0, 0, 0, true, 0, act, 3};
    ConvBuffers b(t);
    check(tiles, t, &b, &kernel);
  }
}

// A value that is not finite reaches at least the outputs that the direct convolution gives it to,
// and no other tile.
void check_winograd_special_values(const GemmF32Kernel& tiles, const WinogradF32Kernel& kernel) {
  const float inf = std::numeric_limits<float>::infinity();
  for (const float special : {std::numeric_limits<float>::quiet_NaN(), inf, -inf}) {
    const ConvShape s{1, 16, 16, 32, 16, 16, 32, 3, 3, 1, 1, 1, 1, 1, 1, 1};
    const ConvF32Plan plan = conv_f32_plan(tiles, s, true, &kernel);
    Rng rng(8);
    std::vector<float> src(16 * 16 * 32), weights(32 * 32 * 9), dst(16 * 16 * 32),
        packed(plan.packed_floats);
    rng.fill(src.data(), src.size());
    rng.fill(weights.data(), weights.size());
    src[(9 * 16 + 7) * 32 + 5] = special;
    conv_f32_pack(plan, weights.data(), packed.data());
    std::vector<char> scratch(plan.scratch_bytes);
    ConvF32Args args{};
    args.src = src.data();
    args.src_strides = {16 * 16 * 32, 16 * 32, 32};
    args.src_channel_stride = 1;
    args.packed = packed.data();
    args.dst = dst.data();
    args.dst_strides = args.src_strides;
    args.act = {ActivationKind::none, 0, 0};
    conv_f32_run(plan, args, 0, plan.items, scratch.data());
    // Input row 9 is inside the patch of tile row 2. Input column 7 is inside that of tile column 1
    // and first in that of tile column 2, where it reaches the first output column only.
    for (ptrdiff_t y = 0; y < 16; ++y) {
      for (ptrdiff_t x = 0; x < 16; ++x) {
        const bool reached = y >= 8 && y < 12 && x >= 4 && x <= 8;
        for (ptrdiff_t o = 0; o < 32; ++o) {
          REQUIRE(std::isfinite(dst[static_cast<size_t>((y * 16 + x) * 32 + o)]) != reached);
        }
      }
    }
  }
}

#define VERNIER_WINOGRAD_F32(isa, kernel)                                 \
  TEST_CASE("conv/" #kernel, "[kernel]") {                                \
    if (!host_runs(IsaTier::isa, #kernel)) return;                        \
    check_winograd(conv_f32_select(IsaTier::isa), kernel);                \
    check_winograd_special_values(conv_f32_select(IsaTier::isa), kernel); \
  }
#include "backend/cpu/kernels/conv/winograd.inc"
#undef VERNIER_WINOGRAD_F32

TEST_CASE("conv/select names the row of the tier", "[kernel]") {
  const ConvShape s{1, 4, 4, 4, 4, 4, 4, 1, 1, 1, 1, 0, 0, 1, 1, 1};
  std::vector<KernelSkip> skipped;
  const ConvF32Plan plan = conv_f32_plan(conv_f32_select(IsaTier::generic, &skipped), s, true);
  CHECK(std::string(conv_f32_name(plan)) == "conv_f32_generic_4x8");
  for (const KernelSkip& skip : skipped) CHECK_FALSE(skip.reason.empty());
}

}  // namespace
}  // namespace vernier
