#include "ops/reciprocal.h"

#include "ops/unary.h"

namespace vernier {
namespace {

double reciprocal_value(double x, const OpParams&) { return 1.0 / x; }

}  // namespace

const OpDef reciprocal_op = real_unary_op<reciprocal_value>("Reciprocal", 13);

}  // namespace vernier
