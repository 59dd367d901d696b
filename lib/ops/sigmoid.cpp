#include "ops/sigmoid.h"

#include "ops/activation.h"
#include "ops/unary.h"

namespace vernier {
namespace {

double sigmoid_value(double x, const OpParams&) { return sigmoid_of(x); }

}  // namespace

const OpDef sigmoid_op = real_unary_op<sigmoid_value>("Sigmoid", 13);

}  // namespace vernier
