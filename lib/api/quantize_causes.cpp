#include "api/quantize_causes.h"

#include <algorithm>

#include "api/quantize_act.h"

namespace vernier {
namespace {

constexpr std::size_t kMostSamples = 16;
constexpr std::uint64_t kKeptBytes = std::uint64_t{256} << 20U;

}  // namespace

Result<std::vector<CauseError>> split_error(FloatModel& model, const QdqPlacement& placement,
                                            const SampleSet& samples, const QuantRecipe& recipe) {
  const std::span<const std::int64_t> all(samples.judging);
  const auto some = all.subspan(0, std::min(all.size(), kMostSamples));
  VERNIER_ASSIGN(const auto wanted, float_samples(model, *samples.source, some, kKeptBytes));
  QuantRecipe weights = recipe;
  weights.tensors.clear();
  QuantRecipe tensors = recipe;
  tensors.weights.clear();
  tensors.biases.clear();
  struct Part {
    const char* cause;
    const QuantRecipe* recipe;
    ActOnTensor act;
  };
  std::vector<CauseError> causes;
  for (const Part& part :
       {Part{"weights", &weights, fake_quantize}, Part{"tensors", &tensors, fake_quantize},
        Part{"clipping", &tensors, clip_to_range}}) {
    VERNIER_ASSIGN(ActedModel acted, ActedModel::load(model, placement, *part.recipe, part.act));
    VERNIER_ASSIGN(const double worst, acted.worst_db(wanted));
    causes.push_back({part.cause, worst});
  }
  return causes;
}

}  // namespace vernier
