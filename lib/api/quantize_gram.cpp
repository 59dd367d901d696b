#include "api/quantize_gram.h"

#include <algorithm>
#include <list>
#include <map>
#include <string_view>
#include <tuple>

#include "api/quantize_act.h"
#include "graph/edit.h"
#include "ops/conv.h"
#include "ops/transpose.h"
#include "passes/pattern.h"
#include "quant/round_weights.h"

namespace vernier {
namespace {

constexpr std::uint64_t kPassBytes = std::uint64_t{48} << 20U;
constexpr std::size_t kMostSamples = 64;
constexpr std::int64_t kObservations = 4096;

/// Nodes with one weight, as the steps of an unrolled loop have, and the moments of what they all
/// multiply by it.
struct Shared {
  std::vector<const PlacedWeight*> nodes;
  GramBlocks gram;
};

/// A weighted node whose input is looked at.
struct Watched {
  const PlacedWeight* weight = nullptr;
  ValueId value = ValueId::none;  ///< seen: the input, or what is turned and reshaped to it
  const Node* turn = nullptr;     ///< the Transpose
  GramBlocks* gram = nullptr;
};

/// The value whose elements, in the same order, are those of `id`.
ValueId before_reshapes(const Graph& graph, ValueId id) {
  while (true) {
    const Node* producer = producer_of(graph, id);
    if (producer == nullptr) return id;
    const bool same = producer->is("Reshape") || producer->is("Flatten") ||
                      producer->is("Squeeze") || producer->is("Unsqueeze") ||
                      producer->is("Identity");
    if (!same) return id;
    id = producer->inputs[0];
  }
}

struct WeightLayout {
  std::int64_t groups = 1;
  std::int64_t inputs = 1;
  std::int64_t taps = 1;
};

std::optional<WeightLayout> layout_of(const Graph& graph, const Node& node, int axis) {
  const Shape& shape = graph.value(node.inputs[1]).constant->shape();
  if (node.is("Conv")) {
    if (shape.size() != 3 && shape.size() != 4) return std::nullopt;
    std::int64_t taps = shape[2];
    if (shape.size() == 4) taps *= shape[3];
    return WeightLayout{int_attribute(node, "group", 1), shape[1], taps};
  }
  if (shape.size() != 2) return std::nullopt;  // ConvTranspose, too
  return WeightLayout{1, shape[static_cast<std::size_t>(1 - axis)], 1};
}

/// Adds rows of a matrix product's input, which is dense.
void add_rows(const Tensor& x, std::int64_t most, GramBlocks& gram) {
  const std::int64_t length = gram.length();
  const std::int64_t rows = x.element_count() / length;
  const std::int64_t some = std::min(rows, most);
  for (std::int64_t i = 0; i < some; ++i) {
    const float* row = x.as<float>() + i * rows / some * length;
    gram.add(0, {row, static_cast<std::size_t>(length)}, 1);
  }
}

/// Adds what single output positions of a convolution read.
class PatchReader {
 public:
  PatchReader(const ResolvedConv& conv, const TensorView& x) : conv_(conv), x_(x) {
    const PlaneWindow window = plane_window(conv);
    h_ = window.h;
    w_ = window.w;
    if (conv.spatial_rank == 2) stride_h_ = x.strides[2];
    stride_w_ = x.strides[conv.spatial_rank + 1];
  }

  void add(std::int64_t most, std::int64_t turn, GramBlocks& gram) {
    const std::int64_t positions = conv_.batch * h_.output * w_.output;
    const std::int64_t some = std::min(positions, most);
    const std::int64_t step = positions / some;
    for (std::int64_t begin = 0; begin < some; begin += kRows) {
      const std::int64_t rows = std::min(kRows, some - begin);
      for (std::int64_t g = 0; g < conv_.group; ++g) {
        values_.clear();
        for (std::int64_t i = begin; i < begin + rows; ++i) {
          append(g, (i * positions / some + turn % step) % positions);
        }
        gram.add(g, values_, rows);
      }
    }
  }

 private:
  static constexpr std::int64_t kRows = 16;

  void append(std::int64_t group, std::int64_t position) {
    const std::int64_t ow = position % w_.output;
    const std::int64_t oh = position / w_.output % h_.output;
    const std::int64_t n = position / (w_.output * h_.output);
    const std::int64_t channels = conv_.in_channels / conv_.group;
    const float* image = x_.as<float>() + n * x_.strides[0];
    for (std::int64_t c = group * channels; c < (group + 1) * channels; ++c) {
      const float* plane = image + c * x_.strides[1];
      for (std::int64_t kh = 0; kh < h_.kernel; ++kh) {
        const std::int64_t ih = oh * h_.stride - h_.pad_begin + kh * h_.dilation;
        for (std::int64_t kw = 0; kw < w_.kernel; ++kw) {
          const std::int64_t iw = ow * w_.stride - w_.pad_begin + kw * w_.dilation;
          const bool inside = ih >= 0 && ih < h_.input && iw >= 0 && iw < w_.input;
          values_.push_back(inside ? plane[ih * stride_h_ + iw * stride_w_] : 0.0F);
        }
      }
    }
  }

  const ResolvedConv& conv_;
  const TensorView& x_;
  WindowAxis h_;
  WindowAxis w_;
  std::int64_t stride_h_ = 0;
  std::int64_t stride_w_ = 0;
  std::vector<float> values_;
};

Result<void> look_at(const Graph& graph, Watched& watched, const TensorView& seen,
                     std::int64_t most, std::int64_t turn) {
  const Node& node = graph.node(watched.weight->node);
  if (node.is("Conv")) {
    VERNIER_ASSIGN(const ResolvedConv conv,
                   resolve_conv(params_as<ConvParams>(node), seen.shape,
                                graph.value(node.inputs[1]).constant->shape()));
    if (element_count(conv.output) > 0) PatchReader(conv, seen).add(most, turn, *watched.gram);
    return {};
  }
  TensorView rows = seen;
  if (watched.turn != nullptr) {
    VERNIER_ASSIGN(rows, transposed(params_as<TransposeParams>(*watched.turn), seen));
  }
  VERNIER_ASSIGN(const Tensor dense, Tensor::copy_of(rows));
  if (dense.element_count() % watched.gram->length() == 0) add_rows(dense, most, *watched.gram);
  return {};
}

/// One pass over the samples for some nodes.
Result<void> look(FloatModel& model, const SampleSet& samples, std::vector<Watched>& some) {
  const Graph& graph = model.model.graph;
  std::vector<ValueId> values;
  std::multimap<std::size_t, Watched*> seen_by;
  std::multimap<std::size_t, Watched*> inputs;  // a sample's tensor -> who reads it
  for (Watched& watched : some) {
    for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
      if (graph.inputs[i].value == watched.value) inputs.emplace(i, &watched);
    }
    const auto at = std::find(values.begin(), values.end(), watched.value);
    seen_by.emplace(static_cast<std::size_t>(at - values.begin()), &watched);
    if (at == values.end()) values.push_back(watched.value);
  }
  VERNIER_ASSIGN(auto probe, ProbeModel::load(model.model, values, model.budget, model.native));
  Runner runner(*model.pool, std::move(probe));
  const auto indices = samples.some_for_calibration(kMostSamples);
  const std::int64_t most =
      std::max<std::int64_t>(kObservations / static_cast<std::int64_t>(indices.size()), 1);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const auto turn = static_cast<std::int64_t>(i);
    VERNIER_ASSIGN(auto sample, samples.source->load(indices[i]));
    for (const auto& [input, watched] : inputs) {
      VERNIER_TRY(look_at(graph, *watched, sample[input].view(), most, turn));
    }
    VERNIER_ASSIGN(ProbeRun * run, runner.start(std::move(sample)));
    while (true) {
      VERNIER_ASSIGN(const auto seen, run->next(runner.pool()));
      if (!seen) break;
      const auto [begin, end] = seen_by.equal_range(seen->value);
      for (auto at = begin; at != end; ++at) {
        VERNIER_TRY(look_at(graph, *at->second, TensorView(seen->view), most, turn));
      }
    }
  }
  return {};
}

/// The nodes with a weight in the recipe, those with the same one together.
std::vector<std::vector<const PlacedWeight*>> by_weight(const Graph& graph,
                                                        const QdqPlacement& placement,
                                                        const QuantRecipe& recipe) {
  std::vector<std::vector<const PlacedWeight*>> all;
  std::map<std::tuple<ValueId, int, std::string_view>, std::size_t> known;
  for (const PlacedWeight& weight : placement.weights) {
    const Node& node = graph.node(weight.node);
    if (recipe.weight(node.name) == nullptr) continue;
    // Groups of channels of a Conv follow from the weight alone only with one group.
    const bool own = int_attribute(node, "group", 1) != 1;
    const auto [at, is_new] =
        known.emplace(std::tuple(node.inputs[1], weight.axis,
                                 own ? std::string_view(node.name) : std::string_view()),
                      all.size());
    if (is_new) all.emplace_back();
    all[at->second].push_back(&weight);
  }
  return all;
}

Watched watch(const Graph& graph, const PlacedWeight& weight, GramBlocks& gram) {
  Watched watched{&weight, weight.input, nullptr, &gram};
  if (graph.node(weight.node).is("Conv")) return watched;
  // A Transpose, too, may be a window into another value, which is never seen.
  watched.value = before_reshapes(graph, weight.input);
  watched.turn = producer_of(graph, watched.value, "Transpose");
  if (watched.turn != nullptr) watched.value = watched.turn->inputs[0];
  return watched;
}

}  // namespace

Result<void> round_weights(FloatModel& model, const QdqPlacement& placement,
                           const SampleSet& samples, QuantRecipe& recipe, bool corrected,
                           const ProgressText& progress) {
  const Graph& graph = model.model.graph;
  const std::vector<std::vector<const PlacedWeight*>> all = by_weight(graph, placement, recipe);
  for (std::size_t next = 0; next < all.size();) {
    std::list<Shared> some;
    std::vector<Watched> watched;
    std::uint64_t bytes = 0;
    for (; next < all.size(); ++next) {
      const PlacedWeight& first = *all[next].front();
      const auto layout = layout_of(graph, graph.node(first.node), first.axis);
      if (!layout || layout->taps > GramBlocks::kMostTaps) continue;
      const std::uint64_t more = GramBlocks::bytes(layout->groups, layout->inputs, layout->taps);
      if (more > kPassBytes) continue;
      if (bytes + more > kPassBytes) break;
      bytes += more;
      some.push_back({all[next], {layout->groups, layout->inputs, layout->taps}});
      for (const PlacedWeight* weight : all[next]) {
        watched.push_back(watch(graph, *weight, some.back().gram));
      }
    }
    if (some.empty()) break;
    VERNIER_TRY(look(model, samples, watched));
    for (const Shared& shared : some) {
      if (shared.gram.observations() < 2) continue;
      const PlacedWeight& first = *shared.nodes.front();
      const Tensor& constant = *graph.value(graph.node(first.node).inputs[1]).constant;
      VERNIER_ASSIGN(const Tensor weight, constant.to_aligned());
      const bool centred =
          corrected && std::all_of(shared.nodes.begin(), shared.nodes.end(),
                                   [](const auto* node) { return node->has_bias; });
      const RoundedWeight rounded = round_by_gram(
          weight.span<float>(), ChannelBlocks(weight.shape(), first.axis), shared.gram, centred);
      for (const PlacedWeight* node : shared.nodes) {
        const std::string& name = graph.node(node->node).name;
        for (RecipeWeight& entry : recipe.weights) {
          if (entry.node != name) continue;
          entry.scales = rounded.scales;
          entry.other = rounded.other;
          entry.method = "gram";
        }
      }
    }
    if (progress) {
      progress("rounding weights: " + std::to_string(next) + " of " + std::to_string(all.size()));
    }
  }
  return {};
}

}  // namespace vernier
