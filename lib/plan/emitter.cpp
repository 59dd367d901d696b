#include "plan/emitter.h"

#include <algorithm>

#include "plan/views.h"

namespace vernier {

PlanEmitter::PlanEmitter(const Graph& graph, const AssignmentTable& table,
                         const LayoutDecisions& decisions, const PlanOptions& options,
                         WeightStore& weights)
    : graph_(graph),
      table_(table),
      decisions_(decisions),
      options_(options),
      weights_(weights),
      plan_(std::make_shared<Plan>()),
      locations_(graph.value_count()) {
  const auto add_input = [&](const std::string& name, ValueId value) {
    const std::size_t index = plan_->inputs.size();
    plan_->inputs.push_back(kNoSlot);
    plan_->input_names.push_back(name);
    plan_->input_types.push_back(value == ValueId::none ? ValueType{} : graph.value(value).type);
    if (value == ValueId::none || graph.is_constant(value)) return;
    Location location;
    location.kind = is_static_value(graph, value) ? Slot::Kind::input : Slot::Kind::dynamic;
    location.index = index;
    location.dtype = graph.value(value).type.dtype;
    if (location.kind == Slot::Kind::dynamic) {
      location.index = plan_->dynamic_count++;
    } else {
      location.shape = *graph.value(value).type.shape();
      location.strides = dense_strides(location.shape);
    }
    plan_->inputs.back() = slot_of(location);
    locations_[index_of(value)] = std::move(location);
  };
  for (const Port& port : graph.inputs) add_input(port.name, port.value);
  for (const ValueId capture : graph.captures) {
    add_input(capture == ValueId::none ? std::string() : graph.value(capture).name, capture);
  }
}

SlotId PlanEmitter::slot_of(const Location& location) {
  Slot slot;
  slot.kind = location.kind;
  slot.index = location.index;
  slot.dtype = location.dtype;
  slot.shape = location.shape;
  slot.strides = location.strides;
  slot.offset = static_cast<std::size_t>(location.offset) * dtype_size(location.dtype);
  plan_->slots.push_back(slot);
  return static_cast<SlotId>(plan_->slots.size() - 1);
}

void PlanEmitter::touch(const Location& location, int step) {
  if (location.kind != Slot::Kind::arena) return;
  BufferLifetime& root = roots_[location.index];
  root.first = std::min(root.first, step);
  root.last = std::max(root.last, step);
}

ValueDesc PlanEmitter::desc_of(const Location& location, const Tensor* constant) {
  ValueDesc desc;
  desc.dtype = location.dtype;
  desc.shape = location.shape;
  desc.strides = location.strides;
  desc.constant = constant;
  return desc;
}

Result<std::size_t> PlanEmitter::new_root(DType dtype, const Shape& shape) {
  const auto bytes = checked_byte_count(dtype, shape);
  if (!bytes) {
    return limit_error("a tensor of shape " + to_string(shape) + " is too large", "E-LIMIT-TENSOR");
  }
  BufferLifetime root;
  root.bytes = *bytes;
  root.first = static_cast<int>(plan_->steps.size());
  root.last = root.first;
  roots_.push_back(root);
  return roots_.size() - 1;
}

Result<PlanEmitter::Location> PlanEmitter::fresh(DType dtype, const Shape& shape, Layout layout) {
  Location location;
  VERNIER_ASSIGN(location.index, new_root(dtype, shape));
  location.dtype = dtype;
  location.shape = shape;
  location.strides = strides_for(layout, shape);
  return location;
}

Result<PlanEmitter::Location> PlanEmitter::output_location(ValueId value, Layout layout) {
  const ValueType& type = graph_.value(value).type;
  if (!is_static_value(graph_, value)) {
    Location location;
    location.kind = Slot::Kind::dynamic;
    location.index = plan_->dynamic_count++;
    location.dtype = type.dtype;
    return location;
  }
  const Shape shape = *type.shape();
  const auto placement = decisions_.placements.find(value);
  if (placement == decisions_.placements.end()) {
    if (const auto anchor = anchors_.find(value); anchor != anchors_.end()) {
      Location location;  // parts were written before the concatenation itself
      location.index = anchor->second;
      location.dtype = type.dtype;
      location.shape = shape;
      location.strides = strides_for(layout, shape);
      return location;
    }
    VERNIER_ASSIGN(Location location, fresh(type.dtype, shape, layout));
    return location;
  }
  const ValueId anchor = placement->second.anchor;
  if (!anchors_.contains(anchor)) {
    VERNIER_ASSIGN(const std::size_t root,
                   new_root(type.dtype, *graph_.value(anchor).type.shape()));
    anchors_[anchor] = root;
  }
  Location location;
  location.index = anchors_[anchor];
  location.offset = placement->second.offset;
  location.dtype = type.dtype;
  location.shape = shape;
  location.strides = placement->second.strides;
  return location;
}

Result<PlanEmitter::Location> PlanEmitter::locate(ValueId value) {
  auto& known = locations_[index_of(value)];
  if (known) return *known;
  const Value& v = graph_.value(value);
  if (!v.constant) {
    return invalid_model("value '" + v.name + "' is read but never produced", "E-MODEL-VALUE");
  }
  Location location;
  location.kind = Slot::Kind::constant;
  location.index = plan_->constants.size();
  location.dtype = v.constant->dtype();
  location.shape = v.constant->shape();
  location.strides = dense_strides(location.shape);
  plan_->constants.push_back(*v.constant);
  known = location;
  return location;
}

Result<void> PlanEmitter::emit_copy(const Location& from, const Location& to) {
  const ValueDesc source = desc_of(from, nullptr);
  const ValueDesc destination = desc_of(to, nullptr);
  PlanStep step;
  step.op = "Copy";
  for (const Backend* backend : options_.backends) {
    step.step = backend->lower_copy(source, destination, options_.lower);
    step.backend = backend->name();
    if (step.step) break;
  }
  if (!step.step) return unsupported("no backend copies " + std::string(dtype_name(from.dtype)));
  step.kernel = step.step->kernel();
  const auto at = static_cast<int>(plan_->steps.size());
  touch(from, at);
  touch(to, at);
  step.inputs = {slot_of(from)};
  step.outputs = {slot_of(to)};
  plan_->steps.push_back(std::move(step));
  return {};
}

Result<PlanEmitter::Location> PlanEmitter::in_layout(ValueId value, Layout layout) {
  VERNIER_ASSIGN(Location location, locate(value));
  if (location.kind == Slot::Kind::dynamic || satisfies(layout, location.shape, location.strides)) {
    return location;
  }
  const std::pair key(value, layout);
  if (const auto at = copies_.find(key); at != copies_.end()) return at->second;
  const Layout order = layout == Layout::channels_last ? layout : Layout::dense;
  VERNIER_ASSIGN(Location copy, fresh(location.dtype, location.shape, order));
  VERNIER_TRY(emit_copy(location, copy));
  copies_[key] = copy;
  return copy;
}

Result<void> PlanEmitter::emit_view(std::size_t index) {
  const NodeAssignment& a = table_.nodes[index];
  const Node& node = graph_.node(a.id);
  VERNIER_ASSIGN(Location source, locate(node.inputs[0]));
  std::vector<ValueDesc> inputs = a.inputs;
  inputs[0].strides = source.strides;
  auto views = view_of(node, inputs, a.outputs);
  if (!views) {
    VERNIER_ASSIGN(source, in_layout(node.inputs[0], Layout::dense));
    inputs[0].strides = source.strides;
    views = view_of(node, inputs, a.outputs);
  }
  if (!views) return internal_error("a view was promised and cannot be made");
  for (std::size_t k = 0; k < node.outputs.size(); ++k) {
    if (node.outputs[k] == ValueId::none) continue;
    Location window = source;
    window.shape = a.outputs[k].shape;
    window.strides = (*views)[k].strides;
    window.offset = source.offset + (*views)[k].offset;
    locations_[index_of(node.outputs[k])] = window;
  }
  return {};
}

Result<void> PlanEmitter::emit_concat(std::size_t index) {
  const NodeAssignment& a = table_.nodes[index];
  const Node& node = graph_.node(a.id);
  VERNIER_ASSIGN(const Location whole,
                 output_location(node.outputs[0], decisions_.nodes[index].output));
  std::size_t axis = 0;
  while (axis + 1 < whole.shape.size() && a.inputs[0].shape[axis] == whole.shape[axis]) ++axis;
  std::int64_t position = 0;
  bool copied = false;
  for (std::size_t k = 0; k < node.formal_input_count(); ++k) {
    if (node.inputs[k] == ValueId::none) continue;
    VERNIER_ASSIGN(const Location part, locate(node.inputs[k]));
    Location window = whole;
    window.shape = part.shape;
    window.offset = whole.offset + position * whole.strides[axis];
    position += part.shape[axis];
    if (element_count(part.shape) == 0) continue;
    const bool in_place = part.kind == Slot::Kind::arena && part.index == window.index &&
                          part.offset == window.offset && part.strides == window.strides;
    if (in_place) continue;
    VERNIER_TRY(emit_copy(part, window));
    copied = true;
  }
  // Where parts are placed no step completes the whole; with copies, the last one does.
  if (!options_.place_concats && copied) {
    PlanStep& last = plan_->steps.back();
    last.outputs.push_back(slot_of(whole));
    last.values = {ValueId::none, node.outputs[0]};
  }
  locations_[index_of(node.outputs[0])] = whole;
  return {};
}

Result<void> PlanEmitter::emit_kernel(std::size_t index,
                                      std::vector<std::shared_ptr<Plan>> bodies) {
  const NodeAssignment& a = table_.nodes[index];
  const Node& node = graph_.node(a.id);
  const NodeLayout& layout = decisions_.nodes[index];
  std::vector<Location> places;
  std::vector<ValueDesc> inputs;
  // Captured values follow the formal inputs; only the executor's bodies read them.
  for (std::size_t k = 0; k < node.inputs.size(); ++k) {
    if (node.inputs[k] == ValueId::none) {
      places.emplace_back();
      inputs.emplace_back();
      continue;
    }
    const Value& value = graph_.value(node.inputs[k]);
    if (value.constant) {
      // Not located yet: a packed weight never becomes a slot.
      Location constant;
      constant.kind = Slot::Kind::constant;
      constant.dtype = value.constant->dtype();
      constant.shape = value.constant->shape();
      constant.strides = dense_strides(constant.shape);
      inputs.push_back(desc_of(constant, &*value.constant));
      places.push_back(std::move(constant));
      continue;
    }
    const Layout want = k < layout.inputs.size() ? layout.inputs[k] : Layout::any;
    VERNIER_ASSIGN(Location place, in_layout(node.inputs[k], want));
    inputs.push_back(desc_of(place, nullptr));
    places.push_back(std::move(place));
  }
  std::vector<Location> results;
  std::vector<ValueDesc> outputs;
  for (const ValueId output : node.outputs) {
    if (output == ValueId::none) {
      results.emplace_back();
      outputs.emplace_back();
      continue;
    }
    VERNIER_ASSIGN(Location place, output_location(output, layout.output));
    outputs.push_back(desc_of(place, nullptr));
    results.push_back(std::move(place));
  }
  const std::size_t formal = node.formal_input_count();
  VERNIER_ASSIGN(LoweredNode lowered, a.backend->lower(node, std::span(inputs).first(formal),
                                                       outputs, options_.lower, weights_));
  PlanStep step;
  step.node = node.name;
  step.op = node.op->name;
  step.backend = a.backend->name();
  step.kernel = lowered.step ? std::string(lowered.step->kernel()) : a.kernel;
  step.reason = a.reason;
  step.bodies = std::move(bodies);
  if (!lowered.step) step.source = std::make_shared<const Node>(node);
  for (std::size_t k = 0; k < node.inputs.size(); ++k) {
    const bool packed = k < lowered.packed_inputs.size() && lowered.packed_inputs[k];
    if (node.inputs[k] == ValueId::none || packed) {
      step.inputs.push_back(kNoSlot);
      continue;
    }
    if (places[k].kind == Slot::Kind::constant && graph_.is_constant(node.inputs[k])) {
      const Layout want = k < layout.inputs.size() ? layout.inputs[k] : Layout::any;
      VERNIER_ASSIGN(places[k], in_layout(node.inputs[k], want));
    }
    step.inputs.push_back(slot_of(places[k]));
  }
  // Copies of constants may have been added above, so the step's own number is taken now.
  const auto at = static_cast<int>(plan_->steps.size());
  for (std::size_t k = 0; k < places.size(); ++k) {
    if (step.inputs[k] != kNoSlot) touch(places[k], at);
  }
  for (std::size_t k = 0; k < results.size(); ++k) {
    if (node.outputs[k] == ValueId::none) {
      step.outputs.push_back(kNoSlot);
      continue;
    }
    touch(results[k], at);
    step.outputs.push_back(slot_of(results[k]));
    locations_[index_of(node.outputs[k])] = results[k];
  }
  if (lowered.step && lowered.step->workspace_bytes() > 0) {
    BufferLifetime workspace;
    workspace.bytes = lowered.step->workspace_bytes();
    workspace.first = workspace.last = at;
    roots_.push_back(workspace);
    workspace_roots_[plan_->steps.size()] = roots_.size() - 1;
  }
  step.step = std::move(lowered.step);
  step.values = node.outputs;
  plan_->steps.push_back(std::move(step));
  return {};
}

Result<void> PlanEmitter::emit_node(std::size_t index, std::vector<std::shared_ptr<Plan>> bodies) {
  const NodeAssignment& a = table_.nodes[index];
  if (a.view) return emit_view(index);
  if (a.concat) return emit_concat(index);
  return emit_kernel(index, std::move(bodies));
}

Result<void> PlanEmitter::emit_outputs() {
  std::vector<std::size_t> taken;  // roots that are an output already
  for (const Port& port : graph_.outputs) {
    VERNIER_ASSIGN(Location place, locate(port.value));
    const bool own = place.kind == Slot::Kind::arena &&
                     std::find(taken.begin(), taken.end(), place.index) == taken.end();
    const bool ready =
        place.kind == Slot::Kind::dynamic || (own && is_dense(place.shape, place.strides));
    if (!ready) {
      VERNIER_ASSIGN(const Location copy, fresh(place.dtype, place.shape, Layout::dense));
      VERNIER_TRY(emit_copy(place, copy));
      place = copy;
    }
    if (place.kind == Slot::Kind::arena) taken.push_back(place.index);
    plan_->outputs.push_back({port.name, slot_of(place)});
  }
  // Outputs stay readable after the last step.
  for (const std::size_t root : taken) roots_[root].last = static_cast<int>(plan_->steps.size());
  return {};
}

Result<void> PlanEmitter::account_memory() {
  std::int64_t sum = 0;
  for (const BufferLifetime& root : roots_) {
    const auto next = checked_add(sum, static_cast<std::int64_t>(root.bytes) + 64);
    if (!next) return limit_error("the activations are too large", "E-LIMIT-TENSOR");
    sum = *next;
  }
  plan_->arena_bytes = plan_arena(roots_);
  plan_->memory.arena_bytes = plan_->arena_bytes;
  for (const Tensor& constant : plan_->constants) {
    plan_->memory.constants_bytes += constant.byte_count();
  }
  for (const PlanStep& step : plan_->steps) {
    for (const auto& body : step.bodies) {
      if (!body) continue;
      plan_->memory.arena_bytes += body->memory.arena_bytes;
      plan_->memory.constants_bytes += body->memory.constants_bytes;
    }
  }
  return {};
}

Result<std::shared_ptr<Plan>> PlanEmitter::finish() {
  VERNIER_TRY(emit_outputs());
  VERNIER_TRY(account_memory());
  for (Slot& slot : plan_->slots) {
    if (slot.kind == Slot::Kind::arena) slot.offset += roots_[slot.index].offset;
  }
  for (const auto& [step, root] : workspace_roots_) {
    plan_->steps[step].workspace_offset = roots_[root].offset;
  }
  return plan_;
}

}  // namespace vernier
