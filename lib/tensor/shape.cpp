#include "tensor/shape.h"

namespace vernier {

Strides dense_strides(const Shape& shape) {
  Strides strides = Shape::filled(shape.size(), 1);
  std::int64_t step = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    strides[i] = step;
    if (shape[i] > 0) step *= shape[i];
  }
  return strides;
}

Strides channels_last_strides(const Shape& shape, std::int64_t pixel_pitch) {
  Strides strides = Shape::filled(shape.size(), 1);
  std::int64_t step = pixel_pitch > 0 ? pixel_pitch : (shape[1] > 0 ? shape[1] : 1);
  for (std::size_t i = shape.size(); i-- > 2;) {
    strides[i] = step;
    if (shape[i] > 0) step *= shape[i];
  }
  strides[0] = step;
  return strides;
}

std::int64_t element_count(const Shape& shape) noexcept {
  std::int64_t count = 1;
  for (const std::int64_t dim : shape) count *= dim;
  return count;
}

bool is_dense(const Shape& shape, const Strides& strides) noexcept {
  std::int64_t step = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    if (shape[i] == 0) return true;
    if (shape[i] == 1) continue;
    if (strides[i] != step) return false;
    step *= shape[i];
  }
  return true;
}

bool is_channels_last(const Shape& shape, const Strides& strides,
                      std::int64_t* pixel_pitch) noexcept {
  if (shape.size() < 3) return false;
  for (const std::int64_t dim : shape) {
    if (dim == 0) return false;
  }
  if (shape[1] != 1 && strides[1] != 1) return false;
  std::int64_t pitch = -1;
  std::int64_t pixels = 1;
  const auto check = [&](std::size_t axis) {
    if (shape[axis] == 1) return true;
    if (pitch < 0) {
      if (strides[axis] % pixels != 0) return false;
      pitch = strides[axis] / pixels;
    } else if (strides[axis] != pitch * pixels) {
      return false;
    }
    pixels *= shape[axis];
    return true;
  };
  for (std::size_t i = shape.size(); i-- > 2;) {
    if (!check(i)) return false;
  }
  if (!check(0)) return false;
  if (pitch < 0) pitch = shape[1];
  if (pitch < shape[1]) return false;
  if (pixel_pitch != nullptr) *pixel_pitch = pitch;
  return true;
}

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ",";
    text += std::to_string(shape[i]);
  }
  return text + "]";
}

}  // namespace vernier
