// Speed of the fp32 convolution kernels on layer shapes of real models, one thread.
//
// usage: kernel_bench [--isa generic|avx2|avx512] [--filter TEXT] [--repeats N] [--winograd on|off]
//
// One line a layer: name, kernel, milliseconds (best of N), GFLOP/s and the share of the
// multiply-add peak that is measured in this process before the table (a Winograd convolution
// counts the direct one's operations).
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <vector>

#include "backend/cpu/kernels/conv/select.h"
#include "backend/cpu/kernels/depthwise/select.h"
#include "backend/cpu/kernels/gemm/select.h"

namespace vernier {
namespace {

struct Layer {
  const char* name;
  int size, ic, oc, k, stride, groups,
      times;  // square input of size x size; times: occurrences in the model
  ActivationKind act;
};

// A kernel's own tile on data in the L1 cache is as close to the multiply-add peak as code gets.
constexpr Layer kLayers[] = {
    {"resnet50/conv1_7x7", 224, 3, 64, 7, 2, 1, 1, ActivationKind::relu},
    {"resnet50/56_1x1_64_64", 56, 64, 64, 1, 1, 1, 1, ActivationKind::relu},
    {"resnet50/56_3x3_64_64", 56, 64, 64, 3, 1, 1, 3, ActivationKind::relu},
    {"resnet50/56_1x1_64_256", 56, 64, 256, 1, 1, 1, 4, ActivationKind::relu},
    {"resnet50/56_1x1_256_64", 56, 256, 64, 1, 1, 1, 2, ActivationKind::relu},
    {"resnet50/56_1x1_256_128", 56, 256, 128, 1, 1, 1, 1, ActivationKind::relu},
    {"resnet50/56_3x3_128_128_s2", 56, 128, 128, 3, 2, 1, 1, ActivationKind::relu},
    {"resnet50/28_1x1_128_512", 28, 128, 512, 1, 1, 1, 4, ActivationKind::relu},
    {"resnet50/56_1x1_256_512_s2", 56, 256, 512, 1, 2, 1, 1, ActivationKind::none},
    {"resnet50/28_1x1_512_128", 28, 512, 128, 1, 1, 1, 3, ActivationKind::relu},
    {"resnet50/28_3x3_128_128", 28, 128, 128, 3, 1, 1, 3, ActivationKind::relu},
    {"resnet50/28_1x1_512_256", 28, 512, 256, 1, 1, 1, 1, ActivationKind::relu},
    {"resnet50/28_3x3_256_256_s2", 28, 256, 256, 3, 2, 1, 1, ActivationKind::relu},
    {"resnet50/14_1x1_256_1024", 14, 256, 1024, 1, 1, 1, 6, ActivationKind::relu},
    {"resnet50/28_1x1_512_1024_s2", 28, 512, 1024, 1, 2, 1, 1, ActivationKind::none},
    {"resnet50/14_1x1_1024_256", 14, 1024, 256, 1, 1, 1, 5, ActivationKind::relu},
    {"resnet50/14_3x3_256_256", 14, 256, 256, 3, 1, 1, 5, ActivationKind::relu},
    {"resnet50/14_1x1_1024_512", 14, 1024, 512, 1, 1, 1, 1, ActivationKind::relu},
    {"resnet50/14_3x3_512_512_s2", 14, 512, 512, 3, 2, 1, 1, ActivationKind::relu},
    {"resnet50/7_1x1_512_2048", 7, 512, 2048, 1, 1, 1, 3, ActivationKind::relu},
    {"resnet50/14_1x1_1024_2048_s2", 14, 1024, 2048, 1, 2, 1, 1, ActivationKind::none},
    {"resnet50/7_1x1_2048_512", 7, 2048, 512, 1, 1, 1, 2, ActivationKind::relu},
    {"resnet50/7_3x3_512_512", 7, 512, 512, 3, 1, 1, 2, ActivationKind::relu},
    {"resnet50/fc", 1, 2048, 1000, 1, 1, 1, 1, ActivationKind::none},
    {"mobilenetv2/conv1", 224, 3, 32, 3, 2, 1, 1, ActivationKind::clip},
    {"mobilenetv2/dw112_32", 112, 32, 32, 3, 1, 32, 1, ActivationKind::clip},
    {"mobilenetv2/112_32_16", 112, 32, 16, 1, 1, 1, 1, ActivationKind::none},
    {"mobilenetv2/112_16_96", 112, 16, 96, 1, 1, 1, 1, ActivationKind::clip},
    {"mobilenetv2/dw112_96_s2", 112, 96, 96, 3, 2, 96, 1, ActivationKind::clip},
    {"mobilenetv2/56_96_24", 56, 96, 24, 1, 1, 1, 1, ActivationKind::none},
    {"mobilenetv2/56_24_144", 56, 24, 144, 1, 1, 1, 2, ActivationKind::clip},
    {"mobilenetv2/dw56_144", 56, 144, 144, 3, 1, 144, 1, ActivationKind::clip},
    {"mobilenetv2/56_144_24", 56, 144, 24, 1, 1, 1, 1, ActivationKind::none},
    {"mobilenetv2/dw56_144_s2", 56, 144, 144, 3, 2, 144, 1, ActivationKind::clip},
    {"mobilenetv2/28_144_32", 28, 144, 32, 1, 1, 1, 1, ActivationKind::none},
    {"mobilenetv2/28_32_192", 28, 32, 192, 1, 1, 1, 3, ActivationKind::clip},
    {"mobilenetv2/dw28_192", 28, 192, 192, 3, 1, 192, 2, ActivationKind::clip},
    {"mobilenetv2/28_192_32", 28, 192, 32, 1, 1, 1, 2, ActivationKind::none},
    {"mobilenetv2/dw28_192_s2", 28, 192, 192, 3, 2, 192, 1, ActivationKind::clip},
    {"mobilenetv2/14_192_64", 14, 192, 64, 1, 1, 1, 1, ActivationKind::none},
    {"mobilenetv2/14_64_384", 14, 64, 384, 1, 1, 1, 4, ActivationKind::clip},
    {"mobilenetv2/dw14_384", 14, 384, 384, 3, 1, 384, 4, ActivationKind::clip},
    {"mobilenetv2/14_384_64", 14, 384, 64, 1, 1, 1, 3, ActivationKind::none},
    {"mobilenetv2/14_384_96", 14, 384, 96, 1, 1, 1, 1, ActivationKind::none},
    {"mobilenetv2/14_96_576", 14, 96, 576, 1, 1, 1, 3, ActivationKind::clip},
    {"mobilenetv2/dw14_576", 14, 576, 576, 3, 1, 576, 2, ActivationKind::clip},
    {"mobilenetv2/14_576_96", 14, 576, 96, 1, 1, 1, 2, ActivationKind::none},
    {"mobilenetv2/dw14_576_s2", 14, 576, 576, 3, 2, 576, 1, ActivationKind::clip},
    {"mobilenetv2/7_576_160", 7, 576, 160, 1, 1, 1, 1, ActivationKind::none},
    {"mobilenetv2/7_160_960", 7, 160, 960, 1, 1, 1, 3, ActivationKind::clip},
    {"mobilenetv2/dw7_960", 7, 960, 960, 3, 1, 960, 3, ActivationKind::clip},
    {"mobilenetv2/7_960_160", 7, 960, 160, 1, 1, 1, 2, ActivationKind::none},
    {"mobilenetv2/7_960_320", 7, 960, 320, 1, 1, 1, 1, ActivationKind::none},
    {"mobilenetv2/7_320_1280", 7, 320, 1280, 1, 1, 1, 1, ActivationKind::clip},
    {"mobilenetv2/fc", 1, 1280, 1000, 1, 1, 1, 1, ActivationKind::none},
    {"mobilenetv3/dw28_120_5x5", 28, 120, 120, 5, 1, 120, 2, ActivationKind::relu},
    {"mobilenetv3/dw7_960_5x5", 7, 960, 960, 5, 1, 960, 2, ActivationKind::hardswish},
    {"yolov8s/conv0_640", 640, 3, 32, 3, 2, 1, 1, ActivationKind::silu},
    {"yolov8s/320_32_64_s2", 320, 32, 64, 3, 2, 1, 1, ActivationKind::silu},
    {"yolov8s/160_64_64_1x1", 160, 64, 64, 1, 1, 1, 1, ActivationKind::silu},
    {"yolov8s/160_32_32", 160, 32, 32, 3, 1, 1, 2, ActivationKind::silu},
    {"yolov8s/160_64_128_s2", 160, 64, 128, 3, 2, 1, 1, ActivationKind::silu},
    {"yolov8s/80_64_64", 80, 64, 64, 3, 1, 1, 8, ActivationKind::silu},
    {"yolov8s/80_128_128", 80, 128, 128, 3, 1, 1, 3, ActivationKind::silu},
    {"yolov8s/80_256_128_1x1", 80, 256, 128, 1, 1, 1, 2, ActivationKind::silu},
    {"yolov8s/80_128_256_s2", 80, 128, 256, 3, 2, 1, 1, ActivationKind::silu},
    {"yolov8s/40_128_128", 40, 128, 128, 3, 1, 1, 9, ActivationKind::silu},
    {"yolov8s/40_512_256_1x1", 40, 512, 256, 1, 1, 1, 2, ActivationKind::silu},
    {"yolov8s/40_256_512_s2", 40, 256, 512, 3, 2, 1, 1, ActivationKind::silu},
    {"yolov8s/20_256_256", 20, 256, 256, 3, 1, 1, 4, ActivationKind::silu},
    {"yolov8s/20_1024_512_1x1", 20, 1024, 512, 1, 1, 1, 1, ActivationKind::silu},
};

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Floats on a cache-line boundary, filled with a cheap repeatable pattern.
class Buffer {
 public:
  explicit Buffer(size_t count)
      : data_(static_cast<float*>(::operator new (count * sizeof(float), std::align_val_t{64}))) {
    for (size_t i = 0; i < count; ++i)
      data_[i] = static_cast<float>((i * 2654435761U) >> 8 & 1023U) / 1024.0F - 0.5F;
  }
  ~Buffer() { ::operator delete (data_, std::align_val_t{64}); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  float* data() { return data_; }

 private:
  float* data_;
};

template <typename Run>
double best_seconds(int repeats, Run run) {
  double best = 1e30;
  for (int i = 0; i < repeats; ++i) {
    const double start = now_s();
    run();
    best = std::min(best, now_s() - start);
  }
  return best;
}

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
