#include "ops/arg_min.h"

#include "ops/arg_reduce.h"

namespace vernier {
namespace {

Result<void> reference(EvalContext& context) { return eval_arg_reduce(context, false); }

}  // namespace

const OpDef arg_min_op = {.domain = "",
                          .name = "ArgMin",
                          .since_version = 13,
                          .parse = parse_arg_reduce,
                          .infer = infer_arg_reduce,
                          .reference = reference};

}  // namespace vernier
