#include "ops/blackman_window.h"

namespace vernier {
namespace {

Result<void> reference(EvalContext& context) {
  return eval_cosine_window(context, {0.42, 0.5, 0.08});
}

}  // namespace

const OpDef blackman_window_op{
    .domain = "",
    .name = "BlackmanWindow",
    .since_version = 17,
    .inputs = {1, 1},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse_cosine_window,
    .infer = infer_cosine_window,
    .reference = reference,
};

}  // namespace vernier
