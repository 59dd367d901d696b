#pragma once

#include "api/quantize_model.h"

namespace vernier {

/// Rounds the weights of a recipe so that the outputs of their nodes change least on what
/// calibration samples feed them (round_by_gram): the float model runs over at most 64 of the
/// samples, evenly chosen, and about 4,096 positions of each node's input are looked at. Nodes
/// whose moments together fit in 48 MiB are done in one pass over the samples. Left as they are:
/// weights whose input is only seen through a view that moves it, convolutions over three axes, and
/// those whose moments alone would not fit. `corrected`: a bias correction follows, which takes up
/// means.
Result<void> round_weights(FloatModel& model, const QdqPlacement& placement,
                           const SampleSet& samples, QuantRecipe& recipe, bool corrected,
                           const ProgressText& progress);

}  // namespace vernier
