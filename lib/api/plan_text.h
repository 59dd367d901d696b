#pragma once

#include <string>

#include "plan/plan.h"
#include "vernier/types.h"

namespace vernier {

NodeInfo describe_step(const Plan& plan, const PlanStep& step);

/// A plan for people: memory, one line a step with its kernel and where its operands live. Bodies
/// of control flow follow as sections of their own. Escaped for terminals.
std::string plan_text(const Plan& plan);

}  // namespace vernier
