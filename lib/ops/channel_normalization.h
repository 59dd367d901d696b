#pragma once

#include "graph/op_def.h"

namespace vernier {

/// What InstanceNormalization and GroupNormalization share. Inputs X [N,C,...], scale [C], bias
/// [C].
Result<void> infer_channel_normalization(InferContext& context);
/// `channels_per_group` channels of one sample are normalised together; it divides C.
Result<void> normalize_groups(EvalContext& context, std::int64_t channels_per_group, float epsilon);

}  // namespace vernier
