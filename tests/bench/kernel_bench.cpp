// Speed of the fp32 convolution kernels on layer shapes of real models, one thread.
//
// usage: kernel_bench [--isa generic|avx2|avx512] [--filter TEXT] [--repeats N] [--winograd on|off]
//
// One line a layer: name, kernel, milliseconds (best of N), GFLOP/s and the share of the
// multiply-add peak that is measured in this process before the table (a Winograd convolution
// counts the direct one's operations).
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "backend/cpu/kernels/conv/select.h"
#include "backend/cpu/kernels/depthwise/select.h"
#include "backend/cpu/kernels/gemm/select.h"
#include "layers.h"

namespace vernier {
namespace {

using namespace bench;

// A kernel's own tile on data in the L1 cache is as close to the multiply-add peak as code gets.
double peak_gflops(const GemmF32Kernel& kernel) {
  const int granules = kernel.max_granules;
  const ptrdiff_t width = granules * kernel.granule;
  const ptrdiff_t rows = kernel.max_rows[granules - 1];
  const ptrdiff_t k = 64;
  Buffer a(static_cast<size_t>(rows * k));
  Buffer b(static_cast<size_t>(k * width));
  Buffer c(static_cast<size_t>(rows * width));
  std::vector<const float*> table;
  constexpr ptrdiff_t kTaps = 64;
  Buffer panel(static_cast<size_t>(k * kTaps * width));
  for (ptrdiff_t t = 0; t < kTaps; ++t) {
    for (ptrdiff_t r = 0; r < rows; ++r) table.push_back(a.data() + r * k);
  }
  GemmTileArgs args{};
  args.rows = table.data();
  args.taps = kTaps;
  args.run = k;
  args.panel = panel.data();
  args.dst = c.data();
  args.dst_pitch = width;
  const GemmTileFn fn = kernel.tiles[granules - 1][rows - 1];
  const double best = best_seconds(2000, [&] { fn(args); });
  return 2.0 * static_cast<double>(rows * width * k * kTaps) / best * 1e-9;
}

struct Timing {
  const char* kernel;
  double seconds;
};

Timing time_depthwise(const Layer& l, IsaTier tier, int repeats) {
  const DepthwiseF32Kernel& kernel = depthwise_f32_select(tier);
  const int out = (l.size - 1) / l.stride + 1;
  Buffer src(static_cast<size_t>(l.size * l.size * l.ic));
  Buffer weights(static_cast<size_t>(l.oc * l.k * l.k));
  Buffer packed(depthwise_f32_packed_floats(kernel, l.ic, l.k, l.k));
  Buffer bias(static_cast<size_t>(l.oc));
  Buffer dst(static_cast<size_t>(out * out * l.oc));
  depthwise_f32_pack(kernel, weights.data(), l.ic, l.k, l.k, packed.data());
  DepthwiseF32Args a{};
  a.src = src.data();
  a.src_w = l.ic;
  a.src_h = a.src_w * l.size;
  a.src_n = a.src_h * l.size;
  a.packed = packed.data();
  a.bias = bias.data();
  a.dst = dst.data();
  a.dst_w = l.oc;
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
  return {kernel.name, best_seconds(repeats, [&] { depthwise_f32_run(kernel, a, 0, items); })};
}

Timing time_conv(const Layer& l, IsaTier tier, bool winograd, int repeats) {
  const int out = (l.size - 1) / l.stride + 1;
  const ConvShape shape{1,   l.size,   l.size,   l.ic,    out,     out, l.oc, l.k,
                        l.k, l.stride, l.stride, l.k / 2, l.k / 2, 1,   1,    l.groups};
  const ConvF32Plan plan = conv_f32_plan(conv_f32_select(tier), shape, l.ic > 3,
                                         winograd ? &conv_winograd_select(tier) : nullptr);
  Buffer src(static_cast<size_t>(l.size * l.size * l.ic));
  Buffer weights(static_cast<size_t>(l.oc * l.ic / l.groups * l.k * l.k));
  Buffer packed(plan.packed_floats);
  Buffer bias(static_cast<size_t>(l.oc));
  Buffer dst(static_cast<size_t>(out * out * l.oc));
  Buffer scratch(plan.scratch_bytes / sizeof(float) + 1);
  conv_f32_pack(plan, weights.data(), packed.data());
  ConvF32Args a{};
  a.src = src.data();
  a.src_strides = {l.size * l.size * l.ic, l.size * l.ic, l.ic};
  a.src_channel_stride = 1;
  if (l.ic <= 3) {  // a model input: planes
    a.src_strides = {l.size * l.size * l.ic, l.size, 1};
    a.src_channel_stride = l.size * l.size;
  }
  a.packed = packed.data();
  a.bias = bias.data();
  a.dst = dst.data();
  a.dst_strides = {out * out * l.oc, out * l.oc, l.oc};
  a.act = {l.act, 0.0F, 6.0F};
  return {conv_f32_name(plan),
          best_seconds(repeats, [&] { conv_f32_run(plan, a, 0, plan.items, scratch.data()); })};
}

int run(int argc, char** argv) {
  IsaTier tier = host_cpu_features().tier;
  std::string filter;
  int repeats = 10;
  bool winograd = true;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string option = argv[i];
    const std::string value = argv[i + 1];
    if (option == "--isa") {
      for (const IsaTier t : {IsaTier::generic, IsaTier::avx2, IsaTier::avx512}) {
        if (isa_tier_name(t) == value) tier = std::min(tier, t);
      }
    } else if (option == "--filter") {
      filter = value;
    } else if (option == "--winograd") {
      winograd = value != "off";
    } else if (option == "--repeats") {
      repeats = std::atoi(value.c_str());
    }
  }
  const double peak = peak_gflops(gemm_f32_select(tier));
  std::printf("peak of %s: %.1f GFLOP/s\n", gemm_f32_select(tier).name, peak);
  std::string model;
  double model_s = 0.0;
  double model_flops = 0.0;
  const auto finish_model = [&] {
    if (model_s > 0.0) {
      std::printf("%-30s %-28s %8.3f ms %7.1f GFLOP/s %5.1f %%\n\n", model.c_str(),
                  "(layers x occurrences)", model_s * 1e3, model_flops / model_s * 1e-9,
                  model_flops / model_s * 1e-7 / peak);
    }
    model_s = model_flops = 0.0;
  };
  for (const Layer& l : kLayers) {
    if (std::string(l.name).find(filter) == std::string::npos) continue;
    const std::string owner(l.name, std::strchr(l.name, '/'));
    if (owner != model) finish_model();
    model = owner;
    const bool depthwise = l.groups == l.ic && l.groups > 1;
    const Timing t =
        depthwise ? time_depthwise(l, tier, repeats) : time_conv(l, tier, winograd, repeats);
    const double out = (l.size - 1) / l.stride + 1;
    const double flops = 2.0 * out * out * l.oc * (l.ic / l.groups) * l.k * l.k;
    model_s += t.seconds * l.times;
    model_flops += flops * l.times;
    std::printf("%-30s %-28s %8.3f ms %7.1f GFLOP/s %5.1f %%\n", l.name, t.kernel, t.seconds * 1e3,
                flops / t.seconds * 1e-9, flops / t.seconds * 1e-7 / peak);
  }
  finish_model();
  return 0;
}

}  // namespace
}  // namespace vernier

int main(int argc, char** argv) { return vernier::run(argc, argv); }
