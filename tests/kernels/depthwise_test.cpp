#include "kernel_check.h"

#include <string>

#include "backend/cpu/kernels/depthwise/depthwise.h"
#include "backend/cpu/kernels/depthwise/select.h"

namespace vernier {
namespace {

using namespace kernel_check;

// Sizes, strides, pads and activation are those of the arguments themselves; the buffers follow
// from them.
struct DepthwiseCase {
  DepthwiseF32Args a;
  ptrdiff_t src_pad, dst_pad;  // extra channels between pixels
  bool bias;
  int residual;  // 0 none, 1 own buffer, 2 in place
  uint64_t seed;
};

struct DepthwiseBuffers {
  GuardedFloats src, weights, bias, residual, dst;
  explicit DepthwiseBuffers(const DepthwiseCase& t)
      : src(static_cast<size_t>(t.a.n * t.a.ih * t.a.iw * (t.a.channels + t.src_pad) - t.src_pad)),
        weights(static_cast<size_t>(t.a.channels * t.a.kh * t.a.kw)),
        bias(static_cast<size_t>(t.a.channels)),
        residual(static_cast<size_t>(t.a.n * t.a.oh * t.a.ow * t.a.channels)),
        dst(static_cast<size_t>(t.a.n * t.a.oh * t.a.ow * (t.a.channels + t.dst_pad) - t.dst_pad)) {
    Rng rng(t.seed);
    rng.fill(src.data(), src.size());
    rng.fill(weights.data(), weights.size());
    rng.fill(bias.data(), bias.size());
    rng.fill(residual.data(), residual.size());
  }
};

DepthwiseF32Args bind(const DepthwiseCase& t, DepthwiseBuffers* b, const float* packed) {
  DepthwiseF32Args a = t.a;
  a.src = b->src.data();
  a.src_w = a.channels + t.src_pad;
  a.src_h = a.src_w * a.iw;
  a.src_n = a.src_h * a.ih;
  a.packed = packed;
  a.bias = t.bias ? b->bias.data() : nullptr;
  a.dst = b->dst.data();
  a.dst_w = a.channels + t.dst_pad;
  a.dst_h = a.dst_w * a.ow;
  a.dst_n = a.dst_h * a.oh;
  if (t.residual == 2) {
    a.residual = a.dst;
    a.residual_w = a.dst_w;
    a.residual_h = a.dst_h;
    a.residual_n = a.dst_n;
  } else if (t.residual == 1) {
    a.residual = b->residual.data();
    a.residual_w = a.channels;
    a.residual_h = a.residual_w * a.ow;
    a.residual_n = a.residual_h * a.oh;
  }
  return a;
}

// Pixels of the output in row order: image, y, x.
struct Pixel {
  ptrdiff_t n, y, x;
};
Pixel pixel_at(const DepthwiseF32Args& a, ptrdiff_t index) {
  return {index / (a.oh * a.ow), index / a.ow % a.oh, index % a.ow};
}

void prepare_dst(const DepthwiseCase& t, const DepthwiseF32Args& a, DepthwiseBuffers* b) {
  fill_canary(&b->dst);
  if (t.residual != 2) return;
  for (ptrdiff_t i = 0; i < a.n * a.oh * a.ow; ++i) {
    for (ptrdiff_t c = 0; c < a.channels; ++c)
      b->dst[i * a.dst_w + c] = b->residual[i * a.channels + c];
  }
}

Expected expect(const DepthwiseCase& t, const DepthwiseF32Args& a, const DepthwiseBuffers& b,
                ptrdiff_t index, ptrdiff_t c) {
  const Pixel p = pixel_at(a, index);
  Expected e;
  if (t.bias) e.add(static_cast<double>(b.bias[c]));
  if (t.residual != 0) e.add(static_cast<double>(b.residual[index * a.channels + c]));
  for (ptrdiff_t ky = 0; ky < a.kh; ++ky) {
    for (ptrdiff_t kx = 0; kx < a.kw; ++kx) {
      const ptrdiff_t y = p.y * a.stride_h - a.pad_top + ky * a.dilation_h;
      const ptrdiff_t x = p.x * a.stride_w - a.pad_left + kx * a.dilation_w;
      if (y < 0 || y >= a.ih || x < 0 || x >= a.iw) continue;
      e.add(static_cast<double>(b.src[p.n * a.src_n + y * a.src_h + x * a.src_w + c]) *
            static_cast<double>(b.weights[(c * a.kh + ky) * a.kw + kx]));
    }
  }
  return e;
}

void check(const DepthwiseF32Kernel& kernel, const DepthwiseCase& t, DepthwiseBuffers* b) {
  INFO("channels " << t.a.channels << " in " << t.a.ih << "x" << t.a.iw << " out " << t.a.oh << "x"
                   << t.a.ow << " k " << t.a.kh << "x" << t.a.kw << " stride " << t.a.stride_h
                   << "," << t.a.stride_w << " dilation " << t.a.dilation_h << "," << t.a.dilation_w
                   << " pad " << t.a.pad_top << "," << t.a.pad_left << " act "
                   << static_cast<int>(t.a.act.kind) << " seed " << t.seed);
  GuardedFloats packed(depthwise_f32_packed_floats(kernel, t.a.channels, t.a.kh, t.a.kw));
  depthwise_f32_pack(kernel, b->weights.data(), t.a.channels, t.a.kh, t.a.kw, packed.data());
  const DepthwiseF32Args a = bind(t, b, packed.data());
  const ptrdiff_t items = depthwise_f32_items(kernel, a);
  prepare_dst(t, a, b);
  depthwise_f32_run(kernel, a, 0, items);
  ptrdiff_t wrong = 0;
  for (ptrdiff_t i = 0; i < static_cast<ptrdiff_t>(b->dst.size()); ++i) {
    const ptrdiff_t c = i % a.dst_w;
    const bool ok = c >= a.channels
                        ? b->dst[i] == kCanary
                        : close(b->dst[i], expect(t, a, *b, i / a.dst_w, c), a.act, a.kh * a.kw);
    wrong += ok ? 0 : 1;
  }
  REQUIRE(wrong == 0);
  const std::vector<float> whole(b->dst.data(), b->dst.data() + b->dst.size());
  prepare_dst(t, a, b);
  for (ptrdiff_t item = items - 1; item >= 0; --item) depthwise_f32_run(kernel, a, item, item + 1);
  REQUIRE(same_bits(whole.data(), b->dst.data(), whole.size()));
}

DepthwiseCase random_case(Rng* rng) {
  DepthwiseCase t{};
  DepthwiseF32Args& a = t.a;
  a.n = rng->range(1, 2);
  a.channels = rng->range(1, rng->range(0, 1) == 0 ? 20 : 100);
  constexpr ptrdiff_t kSizes[] = {1, 2, 3, 3, 3, 4, 5, 5, 7};
  a.kw = kSizes[rng->range(0, 8)];
  a.kh = rng->range(0, 3) == 0 ? kSizes[rng->range(0, 8)] : a.kw;
  a.stride_h = rng->range(1, 3);
  a.stride_w = rng->range(0, 2) == 0 ? rng->range(1, 3) : rng->range(1, 2);
  a.dilation_h = rng->range(0, 3) == 0 ? 2 : 1;
  a.dilation_w = rng->range(0, 4) == 0 ? 2 : 1;
  a.pad_top = rng->range(0, a.kh);
  a.pad_left = rng->range(0, a.kw);
  a.ih = rng->range(1, 12) + (a.kh - 1) * a.dilation_h;
  a.iw = rng->range(1, 40) + (a.kw - 1) * a.dilation_w;
  a.oh = (a.ih + a.pad_top + rng->range(0, a.kh) - (a.kh - 1) * a.dilation_h - 1) / a.stride_h + 1;
  a.ow = (a.iw + a.pad_left + rng->range(0, a.kw) - (a.kw - 1) * a.dilation_w - 1) / a.stride_w + 1;
  a.act = kActivations[rng->range(0, static_cast<ptrdiff_t>(std::size(kActivations)) - 1)];
  t.src_pad = rng->range(0, 3);
  t.dst_pad = rng->range(0, 3);
  t.bias = rng->range(0, 3) != 0;
  t.residual = static_cast<int>(rng->range(0, 2));
  t.seed = rng->next();
  return t;
}

void check_row(const DepthwiseF32Kernel& kernel) {
  Rng rng(555);
  for (int i = 0; i < 300; ++i) {
    const DepthwiseCase t = random_case(&rng);
    DepthwiseBuffers b(t);
    check(kernel, t, &b);
  }
  const float inf = std::numeric_limits<float>::infinity();
  for (const ActivationF32& act : kActivations) {
    for (const float special : {std::numeric_limits<float>::quiet_NaN(), inf, -inf}) {
      DepthwiseCase t{};
      t.a.n = 1;
      t.a.channels = 19;
      t.a.ih = t.a.iw = t.a.oh = t.a.ow = 9;
      t.a.kh = t.a.kw = 3;
      t.a.stride_h = t.a.stride_w = t.a.dilation_h = t.a.dilation_w = 1;
      t.a.pad_top = t.a.pad_left = 1;
      t.a.act = act;
      t.bias = true;
      t.seed = 5;
      DepthwiseBuffers b(t);
      b.src[0] = special;
      b.src[static_cast<ptrdiff_t>(b.src.size()) - 1] = special;
      check(kernel, t, &b);
    }
  }
}

#define VERNIER_DEPTHWISE_F32(isa, kernel)         \
  TEST_CASE("depthwise/" #kernel, "[kernel]") {    \
    if (!host_runs(IsaTier::isa, #kernel)) return; \
    check_row(kernel);                             \
  }
#include "backend/cpu/kernels/depthwise/kernels.inc"
#undef VERNIER_DEPTHWISE_F32

TEST_CASE("depthwise/select names the row of the tier", "[kernel]") {
  std::vector<KernelSkip> skipped;
  CHECK(std::string(depthwise_f32_select(IsaTier::generic, &skipped).name) ==
        "depthwise_f32_generic_8x4");
  for (const KernelSkip& skip : skipped)
    CHECK(skip.reason.find("limited to generic") != std::string::npos);
}

}  // namespace
}  // namespace vernier
