#pragma once
// What the kernel benches share: layer shapes of real models, aligned buffers, the best time.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <new>

#include "backend/cpu/kernels/simd/activation.h"

namespace vernier::bench {

struct Layer {
  const char* name;
  int size, ic, oc, k, stride, groups,
      times;  // square input of size x size; times: occurrences in the model
  ActivationKind act;
};

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

inline double now_s() {
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

}  // namespace vernier::bench
