#include "backend/cpu/kernels/qconv/qconv.h"

#include "backend/cpu/kernels/qdepthwise/qdepthwise.h"
#include "backend/cpu/kernels/qdepthwise/select.h"
#include "backend/cpu/kernels/qgemm/select.h"
#include "q_check.h"

namespace vernier {
namespace {

using namespace q_check;

struct Case {
  ConvShape s;
  QFormat format;
  bool planes;  // src in NCHW order
  ptrdiff_t src_gap, dst_gap;
};

ptrdiff_t out_size(ptrdiff_t in, ptrdiff_t kernel, ptrdiff_t stride, ptrdiff_t dilation,
                   ptrdiff_t pads) {
  return (in + pads - (kernel - 1) * dilation - 1) / stride + 1;
}

Case random_case(Rng* rng, ptrdiff_t ic, ptrdiff_t oc, ptrdiff_t groups) {
  for (;;) {
    Case t{};
    t.s = {rng->range(1, 2),
           rng->range(1, 12),
           rng->range(1, 12),
           ic,
           0,
           0,
           oc,
           rng->range(1, 5),
           rng->range(1, 5),
           rng->range(1, 3),
           rng->range(1, 3),
           rng->range(0, 3),
           rng->range(0, 3),
           rng->range(1, 2),
           rng->range(1, 2),
           groups};
    ConvShape& s = t.s;
    if (rng->range(0, 1) == 0) s.dilation_h = s.dilation_w = 1;
    s.oh = out_size(s.ih, s.kh, s.stride_h, s.dilation_h, s.pad_top + rng->range(0, 3));
    s.ow = out_size(s.iw, s.kw, s.stride_w, s.dilation_w, s.pad_left + rng->range(0, 3));
    if (s.oh < 1 || s.ow < 1) continue;
    t.format.x_signed = rng->range(0, 1) == 0;
    t.format.x_zero = random_zero(rng, t.format.x_signed);
    t.format.w_signed = rng->range(0, 1) == 0;
    t.format.w_zero_points = rng->range(0, 4) == 0;
    t.planes = rng->range(0, 3) == 0;
    t.src_gap = rng->range(0, 2) * 3;
    t.dst_gap = rng->range(0, 2) * 3;
    return t;
  }
}

std::int32_t sum_of(const Case& t, const std::uint8_t* src, const NhwcStrides& st,
                    ptrdiff_t channel_stride, const Bytes& w, const ChannelCase& c, ptrdiff_t n,
                    ptrdiff_t y, ptrdiff_t x, ptrdiff_t o) {
  const ConvShape& s = t.s;
  const ptrdiff_t channels = s.ic / s.groups;
  const ptrdiff_t first = o / (s.oc / s.groups) * channels;
  std::int64_t sum = c.bias_of(o);
  for (ptrdiff_t i = 0; i < channels; ++i) {
    for (ptrdiff_t ky = 0; ky < s.kh; ++ky) {
      for (ptrdiff_t kx = 0; kx < s.kw; ++kx) {
        const ptrdiff_t iy = y * s.stride_h - s.pad_top + ky * s.dilation_h;
        const ptrdiff_t ix = x * s.stride_w - s.pad_left + kx * s.dilation_w;
        if (iy < 0 || iy >= s.ih || ix < 0 || ix >= s.iw) continue;
        const std::uint8_t v = src[n * st.n + iy * st.h + ix * st.w + (first + i) * channel_stride];
        sum += static_cast<std::int64_t>(value_of(v, t.format.x_signed) - t.format.x_zero) *
               (value_of(w[((o * channels + i) * s.kh + ky) * s.kw + kx], t.format.w_signed) -
                c.zero_of(o));
      }
    }
  }
  return static_cast<std::int32_t>(sum);
}

NhwcStrides dense(ptrdiff_t h, ptrdiff_t w, ptrdiff_t pitch) {
  return {h * w * pitch, w * pitch, pitch};
}

// Operands of one case, and the comparison of an output with the scalar definition.
struct Fixture {
  const Case& t;
  NhwcStrides src_strides, dst_strides;
  ptrdiff_t channel_stride;
  Bytes src, weights, residual;
  ChannelCase channels;
  EpilogueCase epilogue;
  Output dst;

  Fixture(Rng* rng, const Case& c)
      : t(c),
        src_strides(c.planes ? NhwcStrides{c.s.ih * c.s.iw * c.s.ic, c.s.iw, 1}
                             : dense(c.s.ih, c.s.iw, c.s.ic + c.src_gap)),
        dst_strides(dense(c.s.oh, c.s.ow, c.s.oc + c.dst_gap)),
        channel_stride(c.planes ? c.s.ih * c.s.iw : 1),
        src((c.s.n * c.s.ih * c.s.iw - 1) * (c.planes ? c.s.ic : src_strides.w) + c.s.ic),
        weights(c.s.oc * (c.s.ic / c.s.groups) * c.s.kh * c.s.kw),
        residual((c.s.n * c.s.oh * c.s.ow - 1) * dst_strides.w + c.s.oc),
        channels(rng, c.s.oc, c.s.ic / c.s.groups * c.s.kh * c.s.kw, c.format.w_signed,
                 c.format.w_zero_points),
        epilogue(random_epilogue(rng)),
        dst(residual.size(), epilogue.e.out) {
    fill_bytes(rng, &src);
    fill_bytes(rng, &weights);
    fill_bytes(rng, &residual);
    dst.fill(rng);
  }
  std::string describe() const {
    const ConvShape& s = t.s;
    std::string text = "n h w ic oh ow oc kh kw sh sw pt pl dh dw groups:";
    for (const ptrdiff_t v :
         {s.n, s.ih, s.iw, s.ic, s.oh, s.ow, s.oc, s.kh, s.kw, s.stride_h, s.stride_w, s.pad_top,
          s.pad_left, s.dilation_h, s.dilation_w, s.groups}) {
      text += " " + std::to_string(v);
    }
    return text + " signed " + std::to_string(t.format.x_signed) +
           std::to_string(t.format.w_signed) + " zero points " +
           std::to_string(t.format.w_zero_points) + " out " +
           std::to_string(static_cast<int>(epilogue.e.out));
  }
  void compare() const {
    ptrdiff_t wrong = 0;
    const ConvShape& s = t.s;
    for (ptrdiff_t i = 0; i < dst.size(); ++i) {
      const ptrdiff_t o = i % dst_strides.w;
      const ptrdiff_t pixel = i / dst_strides.w;
      std::uint32_t want = dst.before(i);
      if (o < s.oc) {
        const std::int32_t sum =
            sum_of(t, src.data(), src_strides, channel_stride, weights, channels,
                   pixel / (s.oh * s.ow), pixel / s.ow % s.oh, pixel % s.ow, o);
        want = expected(sum, channels.scale_of(o), channels.offset_of(o), epilogue.e,
                        epilogue.residual ? residual.data() + i : nullptr);
      }
      wrong += dst.at(i) != want;
    }
    REQUIRE(wrong == 0);
  }
};

void check_conv(const QGemmKernel& kernel, Rng* rng, const Case& t) {
  Fixture f(rng, t);
  INFO(f.describe());
  const QConvPlan plan = qconv_plan(kernel, t.format, t.s, !t.planes);
  Aligned packed(plan.packed_bytes);
  Aligned scratch(plan.scratch_bytes);
  qconv_pack(plan, f.weights.data(), f.channels.channels, packed.data());
  QConvArgs args{};
  args.src = f.src.data();
  args.src_strides = f.src_strides;
  args.src_channel_stride = f.channel_stride;
  args.packed = packed.data();
  args.residual = f.epilogue.residual ? f.residual.data() : nullptr;
  args.residual_strides = f.dst_strides;
  args.dst = f.dst.data();
  args.dst_strides = f.dst_strides;
  args.epilogue = f.epilogue.e;
  qconv_run(plan, args, 0, plan.items, scratch.data());
  f.compare();
  const auto whole = f.dst.copy();
  f.dst.restore();
  for (ptrdiff_t item = plan.items - 1; item >= 0; --item) {
    qconv_run(plan, args, item, item + 1, scratch.data());
  }
  REQUIRE(f.dst.copy() == whole);
}

void check_conv_row(const QGemmKernel& kernel) {
  Rng rng(20250108);
  for (int i = 0; i < 150; ++i) {
    check_conv(kernel, &rng, random_case(&rng, rng.range(1, 40), rng.range(1, 70), 1));
  }
  for (int i = 0; i < 40; ++i) {
    const ptrdiff_t groups = rng.range(2, 5);
    check_conv(kernel, &rng,
               random_case(&rng, groups * rng.range(1, 9), groups * rng.range(1, 20), groups));
  }
  // Several chunks.
  Case t = random_case(&rng, 3, 24, 1);
  t.s = {1, 61, 67, 3, 31, 34, 24, 3, 3, 2, 2, 1, 1, 1, 1, 1};
  check_conv(kernel, &rng, t);
  t.s = {1, 30, 31, 48, 30, 31, 40, 3, 3, 1, 1, 1, 1, 1, 1, 1};
  t.planes = false;
  check_conv(kernel, &rng, t);
}

#define VERNIER_QGEMM(isa, extra, kernel)                           \
  TEST_CASE("qconv/" #kernel, "[kernel]") {                         \
    if (!host_runs(IsaTier::isa, IsaExtra::extra, #kernel)) return; \
    check_conv_row(kernel);                                         \
  }
#include "backend/cpu/kernels/qgemm/kernels.inc"
#undef VERNIER_QGEMM

void check_depthwise(const QDepthwiseKernel& kernel, Rng* rng, const Case& t) {
  Fixture f(rng, t);
  INFO(f.describe());
  const ConvShape& s = t.s;
  QDepthwiseArgs a{};
  a.src = f.src.data();
  a.src_n = f.src_strides.n;
  a.src_h = f.src_strides.h;
  a.src_w = f.src_strides.w;
  a.x_signed = t.format.x_signed;
  a.x_zero = t.format.x_zero;
  a.residual = f.epilogue.residual ? f.residual.data() : nullptr;
  a.residual_n = a.dst_n = f.dst_strides.n;
  a.residual_h = a.dst_h = f.dst_strides.h;
  a.residual_w = a.dst_w = f.dst_strides.w;
  a.dst = f.dst.data();
  a.n = s.n;
  a.channels = s.ic;
  a.ih = s.ih;
  a.iw = s.iw;
  a.oh = s.oh;
  a.ow = s.ow;
  a.kh = s.kh;
  a.kw = s.kw;
  a.stride_h = s.stride_h;
  a.stride_w = s.stride_w;
  a.pad_top = s.pad_top;
  a.pad_left = s.pad_left;
  a.dilation_h = s.dilation_h;
  a.dilation_w = s.dilation_w;
  a.epilogue = f.epilogue.e;
  Aligned packed(qdepthwise_packed_bytes(kernel, a));
  qdepthwise_pack(kernel, a, f.weights.data(), t.format.w_signed, f.channels.channels,
                  packed.data());
  a.packed = packed.data();
  const ptrdiff_t items = qdepthwise_items(kernel, a);
  qdepthwise_run(kernel, a, 0, items);
  f.compare();
  const auto whole = f.dst.copy();
  f.dst.restore();
  for (ptrdiff_t item = items - 1; item >= 0; --item) qdepthwise_run(kernel, a, item, item + 1);
  REQUIRE(f.dst.copy() == whole);
}

void check_depthwise_row(const QDepthwiseKernel& kernel) {
  Rng rng(20250109);
  for (int i = 0; i < 300; ++i) {
    const ptrdiff_t channels = rng.range(1, 150);
    Case t = random_case(&rng, channels, channels, channels);
    t.planes = false;
    t.format.w_zero_points = false;
    if (i % 2 == 0) {
      // The shapes with tiles of their own, over pictures wide enough to have an inside.
      constexpr ptrdiff_t kShapes[][2] = {{3, 1}, {3, 2}, {5, 1}, {5, 2}, {7, 1}};
      const auto& shape = kShapes[i / 2 % 5];
      t.s.kh = t.s.kw = shape[0];
      t.s.stride_h = t.s.stride_w = shape[1];
      t.s.dilation_h = t.s.dilation_w = 1;
      t.s.ih = rng.range(shape[0], 13);
      t.s.iw = rng.range(shape[0], 21);
      t.s.oh = out_size(t.s.ih, t.s.kh, t.s.stride_h, 1, t.s.pad_top + rng.range(0, 3));
      t.s.ow = out_size(t.s.iw, t.s.kw, t.s.stride_w, 1, t.s.pad_left + rng.range(0, 3));
    }
    check_depthwise(kernel, &rng, t);
  }
}

#define VERNIER_QDEPTHWISE(isa, extra, kernel)                      \
  TEST_CASE("qdepthwise/" #kernel, "[kernel]") {                    \
    if (!host_runs(IsaTier::isa, IsaExtra::extra, #kernel)) return; \
    check_depthwise_row(kernel);                                    \
  }
#include "backend/cpu/kernels/qdepthwise/kernels.inc"
#undef VERNIER_QDEPTHWISE

}  // namespace
}  // namespace vernier
