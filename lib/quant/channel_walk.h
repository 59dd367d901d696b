#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "quant/histogram.h"
#include "tensor/strided.h"
#include "tensor/tensor.h"

namespace vernier {

/// How to go through a float32 view channel by channel in runs of neighbours in memory. When the
/// channels are neighbours (channels-last orders, features of a matrix), a run is one pixel with
/// all channels; otherwise it is a piece of one channel.
struct ChannelWalk {
  std::size_t axis = 0;
  std::int64_t channels = 1;
  bool channels_inside = false;

  ChannelWalk(const TensorView& view, int channel_axis) {
    const std::size_t rank = view.rank();
    if (rank == 0) return;
    axis = channel_axis < 0 ? rank - 1 : static_cast<std::size_t>(channel_axis);
    axis = std::min(axis, rank - 1);
    channels = view.shape[axis];
    channels_inside = view.strides[axis] == 1 && channels > 1;
  }

  /// f(const T* run, count, channel): of channels_inside, count = channels and channel = 0. Not
  /// called for a view without elements.
  template <class View, class F>
  void for_each_run(const View& view, F&& f) const {
    using T = std::conditional_t<std::is_same_v<View, MutTensorView>, float, const float>;
    if (view.element_count() == 0) return;
    T* data = view.template as<float>();
    if (view.rank() == 0) {
      f(data, std::int64_t{1}, std::int64_t{0});
      return;
    }
    Shape shape = view.shape;
    Strides strides = view.strides;
    std::int64_t run = 1;
    if (channels_inside) {
      run = channels;
      shape[axis] = 1;
    } else {
      // Trailing dims that lie without gaps belong to one run.
      for (std::size_t i = shape.size(); i-- > 0 && i != axis;) {
        if (shape[i] != 1 && strides[i] != run) break;
        run *= shape[i];
        shape[i] = 1;
      }
    }
    std::int64_t index[kMaxRank] = {};
    const std::size_t rank = shape.size();
    std::int64_t offset = 0;
    while (true) {
      f(data + offset, run, channels_inside ? std::int64_t{0} : index[axis]);
      std::size_t i = rank;
      while (i-- > 0) {
        offset += strides[i];
        if (++index[i] < shape[i]) break;
        offset -= strides[i] * shape[i];
        index[i] = 0;
        if (i == 0) return;
      }
    }
  }
};

/// The axis along which elements are neighbours in memory (0 when there is none).
template <class View>
int neighbour_axis(const View& view) {
  int axis = 0;
  for (std::size_t i = 0; i < view.rank(); ++i) {
    if (view.strides[i] == 1 && view.shape[i] > 1) axis = static_cast<int>(i);
  }
  return axis;
}

/// Adds at most `most` elements of a float32 view, evenly spaced, to a histogram.
void count_evenly(const TensorView& view, std::int64_t most, Histogram& histogram);

}  // namespace vernier
