#include "backend/backend.h"

namespace vernier {

std::string_view layout_name(Layout layout) noexcept {
  switch (layout) {
    case Layout::dense:
      return "dense";
    case Layout::inner_dense:
      return "inner_dense";
    case Layout::channels_last:
      return "channels_last";
    case Layout::any:
      break;
  }
  return "any";
}

bool satisfies(Layout layout, const Shape& shape, const Strides& strides) noexcept {
  switch (layout) {
    case Layout::any:
      return true;
    case Layout::dense:
      return is_dense(shape, strides);
    case Layout::channels_last:
      return is_channels_last(shape, strides);
    case Layout::inner_dense:
      break;
  }
  if (shape.empty()) return true;
  if (shape.back() > 1 && strides.back() != 1) return false;
  for (std::size_t i = 0; i + 1 < shape.size(); ++i) {
    if (shape[i] > 1 && strides[i] <= 0) return false;
  }
  return true;
}

}  // namespace vernier
