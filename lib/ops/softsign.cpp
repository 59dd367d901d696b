#include "ops/softsign.h"

#include <cmath>

#include "ops/unary.h"

namespace vernier {
namespace {

double softsign_value(double x, const OpParams&) { return x / (1.0 + std::fabs(x)); }

}  // namespace

const OpDef softsign_op = real_unary_op<softsign_value>("Softsign", 22);

}  // namespace vernier
