// Speed of the 8-bit convolution kernels beside the fp32 ones on layer shapes of real models, one
// thread, the two taking turns.
//
// usage: qkernel_bench [--isa generic|avx2|avx512] [--filter TEXT] [--repeats N] [--signed on|off]
//
// One line a layer: name, kernel, milliseconds of fp32 and of 8 bits (best of N each), GMAC/s of
// the latter and fp32 time / 8-bit time.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "backend/cpu/kernels/conv/select.h"
#include "backend/cpu/kernels/depthwise/select.h"
#include "backend/cpu/kernels/qconv/qconv.h"
#include "backend/cpu/kernels/qdepthwise/select.h"
#include "backend/cpu/kernels/qgemm/select.h"
#include "layers.h"

namespace vernier {
namespace {

using namespace bench;

struct Pair {
  const char* kernel;
  double f32, q8;
};

// Bytes in a bench buffer.
class Bytes {
 public:
  explicit Bytes(size_t count) : buffer_(count / sizeof(float) + 1) {}
  std::uint8_t* data() { return reinterpret_cast<std::uint8_t*>(buffer_.data()); }

 private:
  Buffer buffer_;
};

template <typename A, typename B>
void take_turns(int repeats, Pair* p, A f32, B q8) {
  p->f32 = p->q8 = 1e30;
  for (int i = 0; i < repeats; ++i) {
    p->f32 = std::min(p->f32, best_seconds(1, f32));
    p->q8 = std::min(p->q8, best_seconds(1, q8));
  }
}

QEpilogue relu_epilogue(bool is_signed, const Layer& l) {
  static const std::vector<std::uint8_t> table(256, 7);
  QEpilogue e = q_epilogue(is_signed ? QOut::s8 : QOut::u8, is_signed ? -128 : 0);
  if (!activation_is_clamp(l.act) && l.act != ActivationKind::none) e.table = table.data();
  return e;
}

Pair time_depthwise(const Layer& l, IsaTier tier, bool is_signed, int repeats) {
  const ptrdiff_t out = (l.size - 1) / l.stride + 1;
  const auto in_size = static_cast<size_t>(l.size * l.size * l.ic);
  const auto out_size = static_cast<size_t>(out * out * l.oc);
  const DepthwiseF32Kernel& kernel = depthwise_f32_select(tier);
  Buffer src(in_size);
  Buffer weights(static_cast<size_t>(l.ic * l.k * l.k));
  Buffer bias(static_cast<size_t>(l.oc));
  Buffer dst(out_size);
  Buffer packed(depthwise_f32_packed_floats(kernel, l.ic, l.k, l.k));
  depthwise_f32_pack(kernel, weights.data(), l.ic, l.k, l.k, packed.data());
  DepthwiseF32Args a{};
  a.src = src.data();
  a.src_w = a.dst_w = l.ic;
  a.src_h = a.src_w * l.size;
  a.src_n = a.src_h * l.size;
  a.packed = packed.data();
  a.bias = bias.data();
  a.dst = dst.data();
  a.dst_h = a.dst_w * out;
  a.dst_n = a.dst_h * out;
  a.n = 1;
  a.channels = l.ic;
  a.ih = a.iw = l.size;
  a.oh = a.ow = out;
  a.kh = a.kw = l.k;
  a.stride_h = a.stride_w = l.stride;
  a.pad_top = a.pad_left = l.k / 2;
  a.dilation_h = a.dilation_w = 1;
  a.act = {l.act, 0.0F, 6.0F};
  const ptrdiff_t items = depthwise_f32_items(kernel, a);

  const QDepthwiseKernel& qkernel = qdepthwise_select(tier);
  Bytes qsrc(in_size);
  Bytes qweights(static_cast<size_t>(l.ic * l.k * l.k));
  Bytes qdst(out_size);
  QDepthwiseArgs q{};
  q.src = qsrc.data();
  q.src_n = a.src_n;
  q.src_h = a.src_h;
  q.src_w = a.src_w;
  q.x_signed = is_signed;
  q.dst = qdst.data();
  q.dst_n = a.dst_n;
  q.dst_h = a.dst_h;
  q.dst_w = a.dst_w;
  q.n = 1;
  q.channels = l.ic;
  q.ih = q.iw = l.size;
  q.oh = q.ow = out;
  q.kh = q.kw = l.k;
  q.stride_h = q.stride_w = l.stride;
  q.pad_top = q.pad_left = l.k / 2;
  q.dilation_h = q.dilation_w = 1;
  q.epilogue = relu_epilogue(is_signed, l);
  QChannels channels{};
  const float scale = 0.001F;
  channels.scale = &scale;
  Bytes qpacked(qdepthwise_packed_bytes(qkernel, q));
  qdepthwise_pack(qkernel, q, qweights.data(), true, channels, qpacked.data());
  q.packed = qpacked.data();
  const ptrdiff_t qitems = qdepthwise_items(qkernel, q);
  Pair p{qkernel.name, 0, 0};
  take_turns(
      repeats, &p, [&] { depthwise_f32_run(kernel, a, 0, items); },
      [&] { qdepthwise_run(qkernel, q, 0, qitems); });
  return p;
}

Pair time_conv(const Layer& l, IsaTier tier, bool is_signed, int repeats) {
  const int out = (l.size - 1) / l.stride + 1;
  const ConvShape shape{1,   l.size,   l.size,   l.ic,    out,     out, l.oc, l.k,
                        l.k, l.stride, l.stride, l.k / 2, l.k / 2, 1,   1,    l.groups};
  const auto in_size = static_cast<size_t>(l.size * l.size * l.ic);
  const auto out_size = static_cast<size_t>(out * out * l.oc);
  const auto weight_size = static_cast<size_t>(l.oc * l.ic / l.groups * l.k * l.k);
  const bool planes = l.ic <= 3;  // a model input
  const NhwcStrides src_strides = planes ? NhwcStrides{l.size * l.size * l.ic, l.size, 1}
                                         : NhwcStrides{l.size * l.size * l.ic, l.size * l.ic, l.ic};
  const ConvF32Plan plan =
      conv_f32_plan(conv_f32_select(tier), shape, !planes, &conv_winograd_select(tier));
  Buffer src(in_size);
  Buffer weights(weight_size);
  Buffer packed(plan.packed_floats);
  Buffer bias(static_cast<size_t>(l.oc));
  Buffer dst(out_size);
  Buffer scratch(plan.scratch_bytes / sizeof(float) + 1);
  conv_f32_pack(plan, weights.data(), packed.data());
  ConvF32Args a{};
  a.src = src.data();
  a.src_strides = src_strides;
  a.src_channel_stride = planes ? l.size * l.size : 1;
  a.packed = packed.data();
  a.bias = bias.data();
  a.dst = dst.data();
  a.dst_strides = {out * out * l.oc, out * l.oc, l.oc};
  a.act = {l.act, 0.0F, 6.0F};

  const QFormat format{is_signed, is_signed ? -128 : 0, true, false};
  const QConvPlan qplan = qconv_plan(qgemm_select(tier), format, shape, !planes);
  Bytes qsrc(in_size);
  Bytes qweights(weight_size);
  Bytes qpacked(qplan.packed_bytes);
  Bytes qdst(out_size);
  Bytes qscratch(qplan.scratch_bytes);
  const std::vector<float> scale(static_cast<size_t>(l.oc), 0.001F);
  QChannels channels{};
  channels.scale = scale.data();
  channels.scale_step = 1;
  qconv_pack(qplan, qweights.data(), channels, qpacked.data());
  QConvArgs q{};
  q.src = qsrc.data();
  q.src_strides = src_strides;
  q.src_channel_stride = a.src_channel_stride;
  q.packed = qpacked.data();
  q.dst = qdst.data();
  q.dst_strides = a.dst_strides;
  q.epilogue = relu_epilogue(is_signed, l);
  Pair p{qconv_name(qplan), 0, 0};
  take_turns(
      repeats, &p, [&] { conv_f32_run(plan, a, 0, plan.items, scratch.data()); },
      [&] { qconv_run(qplan, q, 0, qplan.items, qscratch.data()); });
  return p;
}

struct Total {
  std::string model;
  double f32 = 0;
  double q8 = 0;
  double macs = 0;
};

void print(const char* name, const char* kernel, double f32, double q8, double macs) {
  std::printf("%-30s %-30s %8.3f ms %8.3f ms %7.1f GMAC/s %5.2f x\n", name, kernel, f32 * 1e3,
              q8 * 1e3, macs / q8 * 1e-9, f32 / q8);
}

int run(int argc, char** argv) {
  IsaTier tier = host_cpu_features().tier;
  std::string filter;
  int repeats = 10;
  bool is_signed = false;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string option = argv[i];
    const std::string value = argv[i + 1];
    if (option == "--isa") {
      for (const IsaTier t : {IsaTier::generic, IsaTier::avx2, IsaTier::avx512}) {
        if (isa_tier_name(t) == value) tier = std::min(tier, t);
      }
    } else if (option == "--filter") {
      filter = value;
    } else if (option == "--signed") {
      is_signed = value == "on";
    } else if (option == "--repeats") {
      repeats = std::atoi(value.c_str());
    }
  }
  Total total;
  const auto finish_model = [&] {
    if (total.q8 > 0) {
      print(total.model.c_str(), "(layers x occurrences)", total.f32, total.q8, total.macs);
    }
    total = {};
  };
  for (const Layer& l : kLayers) {
    if (std::string(l.name).find(filter) == std::string::npos) continue;
    const std::string model(l.name, std::strchr(l.name, '/'));
    if (model != total.model) finish_model();
    total.model = model;
    const bool depthwise = l.groups == l.ic && l.groups > 1;
    const Pair p = depthwise ? time_depthwise(l, tier, is_signed, repeats)
                             : time_conv(l, tier, is_signed, repeats);
    const double out = (l.size - 1) / l.stride + 1;
    const double macs = out * out * l.oc * (l.ic / l.groups) * l.k * l.k;
    total.f32 += p.f32 * l.times;
    total.q8 += p.q8 * l.times;
    total.macs += macs * l.times;
    print(l.name, p.kernel, p.f32, p.q8, macs);
  }
  finish_model();
  return 0;
}

}  // namespace
}  // namespace vernier

int main(int argc, char** argv) { return vernier::run(argc, argv); }
