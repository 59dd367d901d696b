#include "ops/hann_window.h"

namespace vernier {
namespace {

Result<void> reference(EvalContext& context) {
  return eval_cosine_window(context, {0.5, 0.5, 0.0});
}

}  // namespace

const OpDef hann_window_op{
    .domain = "",
    .name = "HannWindow",
    .since_version = 17,
    .inputs = {1, 1},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse_cosine_window,
    .infer = infer_cosine_window,
    .reference = reference,
};

}  // namespace vernier
