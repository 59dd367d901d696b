#include "api/convert_batch.h"

#include <algorithm>
#include <cstring>

#include "api/settings.h"

namespace vernier {
namespace {

using Budget = std::shared_ptr<MemoryBudget>;

constexpr std::size_t kListed = 12;

Error batch_error(std::string text) { return usage_error(std::move(text), "E-CONVERT-BATCH"); }

Result<std::vector<BatchInput>> named_inputs(const Graph& graph, const ConvertOptions& options) {
  std::vector<BatchInput> chosen;
  for (const auto& wanted : options.batch_inputs) {
    const std::string& name = wanted.first;
    const std::size_t axis = wanted.second;
    const auto at = std::find_if(graph.inputs.begin(), graph.inputs.end(),
                                 [&](const Port& port) { return port.name == name; });
    if (at == graph.inputs.end()) return batch_error("the model has no input '" + name + "'");
    const auto times = std::count_if(options.batch_inputs.begin(), options.batch_inputs.end(),
                                     [&](const auto& other) { return other.first == name; });
    if (times > 1) return batch_error("input '" + name + "' is named twice");
    const ValueType& type = graph.value(at->value).type;
    if (!type.ranked || axis >= type.dims.size()) {
      return batch_error("input '" + name + "' has no axis " + std::to_string(axis));
    }
    if (type.dims[axis].is_known()) {
      chosen.push_back({static_cast<std::size_t>(at - graph.inputs.begin()), axis});
    }
  }
  return chosen;
}

/// Rows of an axis: [outer, size, inner] bytes, of which a part of the size is copied.
struct Blocks {
  std::size_t outer = 1;
  std::size_t bytes = 0;  ///< of one element of the axis
};

Blocks blocks_of(const Tensor& tensor, std::size_t axis) {
  Blocks blocks{1, dtype_size(tensor.dtype())};
  for (std::size_t i = 0; i < tensor.shape().size(); ++i) {
    if (i < axis) blocks.outer *= static_cast<std::size_t>(tensor.shape()[i]);
    if (i > axis) blocks.bytes *= static_cast<std::size_t>(tensor.shape()[i]);
  }
  return blocks;
}

Result<Tensor> joined(const std::vector<const Tensor*>& parts, std::size_t axis,
                      const Budget& budget) {
  Shape shape = parts.front()->shape();
  shape[axis] = 0;
  for (const Tensor* part : parts) {
    Shape other = part->shape();
    const bool fits = other.size() == shape.size() && part->dtype() == parts.front()->dtype() &&
                      part->dtype() != DType::string;
    if (fits) {
      shape[axis] += other[axis];
      other[axis] = shape[axis];
    }
    if (!fits || other != shape) {
      return unsupported("inputs of several shapes are no batch: use one shape, or --no-verify",
                         "E-CONVERT-BATCH");
    }
  }
  VERNIER_ASSIGN(Tensor all, Tensor::allocate(parts.front()->dtype(), shape, budget));
  const Blocks blocks = blocks_of(all, axis);
  std::byte* to = all.mutable_as<std::byte>();
  for (std::size_t i = 0; i < blocks.outer; ++i) {
    for (const Tensor* part : parts) {
      const std::size_t bytes = static_cast<std::size_t>(part->shape()[axis]) * blocks.bytes;
      std::memcpy(to, part->data() + i * bytes, bytes);
      to += bytes;
    }
  }
  return all;
}

/// Samples [first, first + count) of an output that has `all` of them.
Result<Tensor> samples_of(const Tensor& tensor, const BatchAxis& axis, std::int64_t first,
                          std::int64_t count, std::int64_t all, const Budget& budget) {
  Shape shape = tensor.shape();
  if (axis.axis >= shape.size() || shape[axis.axis] != axis.multiple() * all ||
      tensor.dtype() == DType::string) {
    return unsupported(
        "an output of shape " + to_string(shape) + " is no batch of " + std::to_string(all),
        "E-CONVERT-BATCH");
  }
  shape[axis.axis] = axis.multiple() * count;
  VERNIER_ASSIGN(Tensor part, Tensor::allocate(tensor.dtype(), shape, budget));
  Blocks blocks = blocks_of(tensor, axis.axis);
  blocks.outer *= static_cast<std::size_t>(axis.outer);
  const std::size_t sample = blocks.bytes * static_cast<std::size_t>(axis.inner);
  const std::size_t taken = sample * static_cast<std::size_t>(count);
  const std::size_t row = sample * static_cast<std::size_t>(all);
  std::byte* to = part.mutable_as<std::byte>();
  for (std::size_t i = 0; i < blocks.outer; ++i) {
    std::memcpy(to + i * taken, tensor.data() + i * row + sample * static_cast<std::size_t>(first),
                taken);
  }
  return part;
}

/// The name may be that of a batch that is free already, but of no other dimension.
Result<void> check_symbol(const Graph& graph, const ConvertOptions& options) {
  for (const Port& port : graph.inputs) {
    std::size_t batch_axis = 0;
    for (const auto& [name, axis] : options.batch_inputs) {
      if (name == port.name) batch_axis = axis;
    }
    const ValueType& type = graph.value(port.value).type;
    for (std::size_t i = 0; i < type.dims.size(); ++i) {
      if (i == batch_axis || type.dims[i].symbol != options.dynamic_batch) continue;
      return batch_error("'" + options.dynamic_batch + "' is dimension " + std::to_string(i) +
                         " of input '" + port.name + "' already: --dynamic-batch=ANOTHER");
    }
  }
  return {};
}

}  // namespace

Result<std::vector<BatchInput>> choose_batch_inputs(const Graph& graph,
                                                    const ConvertOptions& options) {
  std::vector<BatchInput> chosen;
  if (!options.batch_inputs.empty()) {
    VERNIER_ASSIGN(chosen, named_inputs(graph, options));
  } else {
    for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
      const ValueType& type = graph.value(graph.inputs[i].value).type;
      if (type.ranked && !type.dims.empty() && type.dims[0].is_known()) chosen.push_back({i, 0});
    }
  }
  const auto size_of = [&](const BatchInput& input) {
    return graph.value(graph.inputs[input.input].value).type.dims[input.axis].value;
  };
  for (const BatchInput& input : chosen) {
    const std::string& name = graph.inputs[input.input].name;
    if (size_of(input) == 0) return batch_error("the batch of input '" + name + "' is 0");
    if (size_of(input) == size_of(chosen.front())) continue;
    return batch_error("input '" + graph.inputs[chosen.front().input].name + "' has a batch of " +
                       std::to_string(size_of(chosen.front())) + ", '" + name + "' of " +
                       std::to_string(size_of(input)) +
                       ": name the inputs that hold a batch (--batch-input NAME or NAME=AXIS)");
  }
  return chosen;
}

Result<std::vector<std::optional<BatchAxis>>> free_batch(Graph& graph,
                                                         std::span<const BatchInput> inputs,
                                                         const ConvertOptions& options,
                                                         ConvertReport& report) {
  ConvertStep step{"dynamic batch", {}};
  if (inputs.empty()) {
    step.notes.emplace_back("the batch is free already: nothing changes");
    report.steps.push_back(std::move(step));
    return std::vector<std::optional<BatchAxis>>(graph.outputs.size());
  }
  VERNIER_TRY(check_symbol(graph, options));
  VERNIER_ASSIGN(DynamicBatchReport done,
                 make_batch_dynamic(graph, inputs, options.dynamic_batch,
                                    make_memory_budget(options.model.max_memory_bytes)));
  if (!done.blockers.empty()) {
    std::string text = std::to_string(done.blockers.size()) +
                       (done.blockers.size() == 1 ? " node holds" : " nodes hold") +
                       " for one batch only:";
    for (std::size_t i = 0; i < std::min(kListed, done.blockers.size()); ++i) {
      const BatchBlocker& blocker = done.blockers[i];
      text += i > 0 ? ";" : "";
      if (!blocker.op.empty())
        text.append(" '").append(blocker.node).append("' (").append(blocker.op + "):");
      text.append(" ").append(blocker.why);
    }
    if (done.blockers.size() > kListed) text += "; ...";
    return unsupported(std::move(text), "E-CONVERT-BATCH");
  }
  for (const BatchInput& input : inputs) {
    step.notes.push_back("input '" + graph.inputs[input.input].name + "' is " +
                         to_string(graph.value(graph.inputs[input.input].value).type));
  }
  for (std::string& line : done.rewritten) step.notes.push_back(std::move(line));
  report.steps.push_back(std::move(step));
  return std::move(done.outputs);
}

BatchTrial::BatchTrial(const Graph& graph, std::span<const BatchInput> inputs) {
  for (const BatchInput& input : inputs) {
    const Port& port = graph.inputs[input.input];
    inputs_.emplace_back(port.name, input.axis);
    batch_ = graph.value(port.value).type.dims[input.axis].value;
  }
}

void BatchTrial::set_outputs(const Graph& graph,
                             const std::vector<std::optional<BatchAxis>>& axes) {
  outputs_.clear();
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (axes[i]) outputs_.emplace_back(graph.outputs[i].name, *axes[i]);
  }
}

void BatchTrial::share_others(InputSets& runs) const {
  for (std::size_t run = 1; run < runs.size(); ++run) {
    for (NamedTensor& input : runs[run]) {
      const bool holds_batch = std::any_of(inputs_.begin(), inputs_.end(), [&](const auto& known) {
        return known.first == input.name;
      });
      if (holds_batch) continue;
      for (const NamedTensor& first : runs.front()) {
        if (first.name == input.name) input.tensor = first.tensor;
      }
    }
  }
}

Result<std::vector<NamedTensor>> BatchTrial::join(const InputSets& runs,
                                                  const Budget& budget) const {
  std::vector<NamedTensor> all = runs.front();
  for (NamedTensor& input : all) {
    const auto known = std::find_if(inputs_.begin(), inputs_.end(),
                                    [&](const auto& one) { return one.first == input.name; });
    if (known == inputs_.end()) continue;
    std::vector<const Tensor*> parts;
    for (std::size_t i = 0; i < kRuns; ++i) {
      for (const NamedTensor& other : runs[i]) {
        if (other.name == input.name) parts.push_back(&other.tensor);
      }
    }
    VERNIER_ASSIGN(Tensor tensor, joined(parts, known->second, budget));
    input.tensor = std::move(tensor);
  }
  return all;
}

Result<InputSets> BatchTrial::split(const std::vector<NamedTensor>& outputs, const Renames& renamed,
                                    const Budget& budget) const {
  InputSets runs(kRuns, outputs);
  for (const auto& [name, axis] : outputs_) {
    std::string present = name;
    for (const auto& [old, wanted] : renamed) present = old == name ? wanted : present;
    for (std::size_t run = 0; run < kRuns; ++run) {
      for (NamedTensor& output : runs[run]) {
        if (output.name != present) continue;
        const auto first = static_cast<std::int64_t>(run) * batch_;
        VERNIER_ASSIGN(output.tensor,
                       samples_of(output.tensor, axis, first, batch_,
                                  static_cast<std::int64_t>(kRuns) * batch_, budget));
      }
    }
  }
  return runs;
}

}  // namespace vernier
