#include "api/plan_text.h"

#include <vector>

#include "base/dtype.h"
#include "base/error.h"
#include "tensor/shape.h"

namespace vernier {
namespace {

std::string slot_type(const Slot& slot) {
  if (slot.kind == Slot::Kind::dynamic) return "(dynamic)";
  return std::string(dtype_name(slot.dtype)) + to_string(slot.shape);
}

std::string slot_place(const Plan& plan, SlotId id) {
  if (id == kNoSlot) return "-";
  const Slot& slot = plan.slots[static_cast<std::size_t>(id)];
  const std::string offset = std::to_string(slot.offset);
  std::string text;
  switch (slot.kind) {
    case Slot::Kind::arena:
      text = "arena+" + offset;
      break;
    case Slot::Kind::input:
      text = "input" + std::to_string(slot.index) + (slot.offset > 0 ? "+" + offset : "");
      break;
    case Slot::Kind::constant:
      text = "const" + std::to_string(slot.index) + (slot.offset > 0 ? "+" + offset : "");
      break;
    case Slot::Kind::dynamic:
      return "dyn" + std::to_string(slot.index);
  }
  text += ":" + slot_type(slot);
  if (!is_dense(slot.shape, slot.strides)) text += " strides " + to_string(slot.strides);
  return text;
}

void append_plan(const Plan& plan, const std::string& title, std::string& text,
                 std::vector<std::pair<const Plan*, std::string>>& bodies) {
  text += title + ": arena " + std::to_string(plan.arena_bytes) + " bytes, " +
          std::to_string(plan.steps.size()) + " steps\n";
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const PlanStep& step = plan.steps[i];
    std::string line = std::to_string(i) + " " + (step.node.empty() ? "(copy)" : step.node) + " " +
                       step.op + " [" + step.backend +
                       (step.kernel.empty() ? "" : " " + step.kernel) + "] (";
    for (std::size_t k = 0; k < step.inputs.size(); ++k) {
      line += (k > 0 ? ", " : "") + slot_place(plan, step.inputs[k]);
    }
    line += ") -> ";
    for (std::size_t k = 0; k < step.outputs.size(); ++k) {
      line += (k > 0 ? ", " : "") + slot_place(plan, step.outputs[k]);
    }
    text += "  " + escape_for_terminal(line) + "\n";
    for (std::size_t k = 0; k < step.bodies.size(); ++k) {
      if (!step.bodies[k]) continue;
      bodies.emplace_back(step.bodies[k].get(),
                          escape_for_terminal("body " + std::to_string(k) + " of " + step.node));
    }
  }
  for (const PlanPort& port : plan.outputs) {
    text +=
        "  output " + escape_for_terminal(port.name) + " = " + slot_place(plan, port.slot) + "\n";
  }
}

}  // namespace

NodeInfo describe_step(const Plan& plan, const PlanStep& step) {
  NodeInfo info;
  info.node = step.node;
  info.op = step.op;
  info.backend = step.backend;
  info.kernel = step.kernel;
  info.reason = step.reason;
  if (!step.outputs.empty() && step.outputs[0] != kNoSlot) {
    info.output = slot_type(plan.slots[static_cast<std::size_t>(step.outputs[0])]);
  }
  return info;
}

std::string plan_text(const Plan& plan) {
  std::string text;
  std::vector<std::pair<const Plan*, std::string>> waiting = {{&plan, "plan"}};
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    const auto [current, title] = waiting[i];
    append_plan(*current, title, text, waiting);
  }
  return text;
}

}  // namespace vernier
