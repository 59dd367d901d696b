#include "ops/hamming_window.h"

namespace vernier {
namespace {

Result<void> reference(EvalContext& context) {
  return eval_cosine_window(context, {25.0 / 46.0, 21.0 / 46.0, 0.0});
}

}  // namespace

const OpDef hamming_window_op{
    .domain = "",
    .name = "HammingWindow",
    .since_version = 17,
    .inputs = {1, 1},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse_cosine_window,
    .infer = infer_cosine_window,
    .reference = reference,
};

}  // namespace vernier
