#include "quant/channel_walk.h"

#include <vector>

namespace vernier {

void count_evenly(const TensorView& view, std::int64_t most, Histogram& histogram) {
  const std::int64_t total = view.element_count();
  // Odd, so that a stride does not visit the same columns of an even width again and again.
  const std::int64_t step = total <= most ? 1 : ((total + most - 1) / most) | 1;
  const ChannelWalk walk(view, neighbour_axis(view));
  std::vector<float> picked;
  picked.reserve(static_cast<std::size_t>(std::min(total, total / step + 1)));
  std::int64_t skip = 0;  // elements of the next run to leave out
  walk.for_each_run(view, [&](const float* run, std::int64_t count, std::int64_t) {
    if (step == 1) {
      picked.insert(picked.end(), run, run + count);
      return;
    }
    std::int64_t i = skip;
    for (; i < count; i += step) picked.push_back(run[i]);
    skip = i - count;
  });
  histogram.add(picked);
}

}  // namespace vernier
