#include "ops/arg_max.h"

#include "ops/arg_reduce.h"

namespace vernier {
namespace {

Result<void> reference(EvalContext& context) { return eval_arg_reduce(context, true); }

}  // namespace

const OpDef arg_max_op = {.domain = "",
                          .name = "ArgMax",
                          .since_version = 13,
                          .parse = parse_arg_reduce,
                          .infer = infer_arg_reduce,
                          .reference = reference};

}  // namespace vernier
