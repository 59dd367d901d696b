#include "vernier/run.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>

#include "api/backends.h"
#include "api/job.h"
#include "api/run_inputs.h"
#include "api/run_outputs.h"
#include "api/settings.h"
#include "base/file.h"
#include "data/labels.h"
#include "tensor/npz.h"

namespace vernier {
namespace {

using Clock = std::chrono::steady_clock;

std::int64_t ns_since(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count();
}

Result<void> check_options(const RunOptions& options) {
  if (options.steps < 0) return usage_error("--steps must be at least 1");
  if (!options.carry.empty() && options.steps == 0) return usage_error("--carry needs --steps");
  if (!options.decode.empty() && options.decode != "yolo") {
    return usage_error("there is no decoder '" + options.decode + "' (there is: yolo)",
                       "E-OUTPUT-DECODE");
  }
  if (!options.draw.empty() && options.decode.empty()) {
    return usage_error("--draw needs --decode");
  }
  std::error_code ignored;
  if (!options.draw.empty() && !options.output.empty() &&
      std::filesystem::weakly_canonical(options.draw, ignored) ==
          std::filesystem::weakly_canonical(options.output, ignored)) {
    return usage_error("--draw and --output name the same file");
  }
  return {};
}

/// An input of a run of many steps.
struct SteppedInput {
  std::string name;
  Tensor tensor;
  bool stepped = false;      ///< one entry of the leading axis a step
  std::string carried_from;  ///< output that is fed back; empty: none
};

Result<std::vector<SteppedInput>> plan_steps(std::span<const TensorInfo> model_inputs,
                                             std::span<const TensorInfo> model_outputs,
                                             std::vector<NamedTensor> tensors,
                                             const RunOptions& options) {
  std::vector<SteppedInput> inputs;
  for (NamedTensor& given : tensors) {
    SteppedInput input{given.name, std::move(given.tensor), false, {}};
    for (const TensorInfo& info : model_inputs) {
      if (info.name != input.name || !info.type.ranked) continue;
      const Shape& shape = input.tensor.shape();
      input.stepped = shape.size() == info.type.rank() + 1 && shape[0] == options.steps;
    }
    inputs.push_back(std::move(input));
  }
  for (const auto& pair : options.carry) {
    const std::string& output = pair.first;
    const std::string& name = pair.second;
    const auto at = std::find_if(inputs.begin(), inputs.end(),
                                 [&](const SteppedInput& input) { return input.name == name; });
    const bool known = std::any_of(model_outputs.begin(), model_outputs.end(),
                                   [&](const TensorInfo& info) { return info.name == output; });
    if (at == inputs.end() || !known) {
      std::string text = "--carry ";
      text.append(output).append("=").append(name).append(": the model has no ");
      text += known ? "input '" : "output '";
      text += known ? name : output;
      text += '\'';
      return usage_error(std::move(text), known ? "E-INPUT-NAME" : "E-OUTPUT-NAME");
    }
    if (at->stepped) return usage_error("input '" + name + "' is both stepped and carried");
    at->carried_from = output;
  }
  return inputs;
}

/// Entry `step` of the leading axis.
Result<Tensor> entry_of(const Tensor& tensor, std::int64_t step) {
  TensorView view = tensor.view();
  Shape shape;
  Strides strides;
  for (std::size_t i = 1; i < view.shape.size(); ++i) {
    shape.push_back(view.shape[i]);
    strides.push_back(view.strides[i]);
  }
  view.data += static_cast<std::size_t>(step * view.strides[0]) * dtype_size(view.dtype);
  view.shape = shape;
  view.strides = strides;
  return Tensor::copy_of(view);
}

/// Collects outputs of all steps into tensors with a leading axis of steps.
class Stack {
 public:
  explicit Stack(std::int64_t steps) : steps_(steps) {}
  Result<void> add(std::int64_t step, const std::vector<NamedTensor>& outputs,
                   const std::shared_ptr<MemoryBudget>& budget) {
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const Tensor& one = outputs[i].tensor;
      if (step == 0) {
        Shape shape = {steps_};
        if (one.shape().size() >= kMaxRank) {
          return limit_error("output '" + outputs[i].name + "' has too many dims to be stacked",
                             "E-LIMIT-RANK");
        }
        for (const std::int64_t dim : one.shape()) shape.push_back(dim);
        VERNIER_ASSIGN(Tensor all, Tensor::allocate(one.dtype(), shape, budget));
        stacked_.push_back({outputs[i].name, std::move(all)});
      }
      MutTensorView target = stacked_[i].tensor.mutable_view();
      Shape shape;
      Strides strides;
      for (std::size_t k = 1; k < target.shape.size(); ++k) {
        shape.push_back(target.shape[k]);
        strides.push_back(target.strides[k]);
      }
      if (shape != one.shape() || target.dtype != one.dtype()) {
        return unsupported("output '" + outputs[i].name + "' is " + describe(one.view()) +
                               " in step " + std::to_string(step) +
                               ", another shape than in the steps before, so it can't be stacked",
                           "E-UNSUPPORTED-STACK");
      }
      target.data += static_cast<std::size_t>(step * target.strides[0]) * dtype_size(target.dtype);
      target.shape = shape;
      target.strides = strides;
      copy_elements(one.view(), target);
    }
    return {};
  }
  std::vector<NamedTensor> take() { return std::move(stacked_); }

 private:
  std::int64_t steps_;
  std::vector<NamedTensor> stacked_;
};

Result<std::vector<NamedTensor>> run_steps(Engine& engine, std::vector<NamedTensor> tensors,
                                           const RunOptions& options,
                                           const std::shared_ptr<MemoryBudget>& budget,
                                           RunReport& report) {
  VERNIER_ASSIGN(auto inputs,
                 plan_steps(engine.inputs(), engine.outputs(), std::move(tensors), options));
  Stack stack(options.steps);
  for (std::int64_t step = 0; step < options.steps; ++step) {
    std::vector<NamedTensor> bound;
    for (const SteppedInput& input : inputs) {
      bound.push_back({input.name, input.tensor});
      if (!input.stepped) continue;
      VERNIER_ASSIGN(bound.back().tensor, entry_of(input.tensor, step));
    }
    auto start = Clock::now();
    VERNIER_TRY(engine.bind(bound));
    if (step == 0) report.load_ns += ns_since(start);
    start = Clock::now();
    VERNIER_TRY(engine.run());
    report.run_ns += ns_since(start);
    VERNIER_ASSIGN(const auto outputs, engine.fetch_outputs());
    VERNIER_TRY(stack.add(step, outputs, budget));
    for (SteppedInput& input : inputs) {
      for (const NamedTensor& output : outputs) {
        if (output.name == input.carried_from) input.tensor = output.tensor;
      }
    }
  }
  return stack.take();
}

Result<std::vector<NamedTensor>> run_once(Engine& engine, const std::vector<NamedTensor>& tensors,
                                          RunReport& report) {
  auto start = Clock::now();
  VERNIER_TRY(engine.bind(tensors));
  report.load_ns += ns_since(start);
  start = Clock::now();
  VERNIER_TRY(engine.run());
  report.run_ns = ns_since(start);
  return engine.fetch_outputs();
}

void describe_facts(const Engine& engine, const std::string& asked, RunReport& report) {
  const EngineFacts facts = engine.facts();
  report.isa = facts.isa;
  report.weights_bytes = facts.weights_bytes;
  report.arena_bytes = facts.planned_arena_bytes;
  const std::string first = asked.substr(0, asked.find(','));
  for (const NodePlacement& node : facts.placement) {
    if (node.backend == first || node.reason.empty()) continue;
    report.fallbacks.push_back({node.node, node.op, node.backend, node.kernel, "", node.reason});
  }
}

TensorDescription describe_tensor(const NamedTensor& tensor) {
  return describe_input({tensor.name, ValueType::of(tensor.tensor.dtype(), tensor.tensor.shape())});
}

/// What the inference itself made, before anything is written.
struct Inference {
  RunReport report;
  GatheredInputs inputs;
  std::vector<NamedTensor> outputs;
};

/// Loads, binds and runs. May be given up by its caller, so it writes no file.
Result<Inference> infer(const std::string& path, const RunOptions& options) {
  Inference inference;
  RunReport& report = inference.report;
  const auto budget = make_memory_budget(options.model.max_memory_bytes);
  const EngineSettings settings = engine_settings(options.model);
  const auto engine = make_own_engine();
  const auto start = Clock::now();
  VERNIER_TRY(engine->load(path, settings));
  report.load_ns = ns_since(start);
  report.model = path;
  report.backend = settings.backend;
  report.threads = settings.threads;
  report.steps = std::max<std::int64_t>(options.steps, 1);

  const InputRequest request{options.inputs,
                             options.seed,
                             options.preprocess,
                             options.model.shapes,
                             0,
                             read_folded_preprocess(path)};
  const auto inputs =
      options.inputs.empty() ? with_uses(engine->inputs(), path, budget) : engine->inputs();
  VERNIER_ASSIGN(inference.inputs, gather_inputs(inputs, request, budget));
  report.assumed = inference.inputs.assumed;
  report.notes = inference.inputs.notes;
  if (inference.inputs.synthetic && !inputs.empty()) {
    report.notes.emplace_back(
        "the inputs were made up, so the outputs mean nothing (--input NAME=FILE gives real ones)");
  }
  for (std::size_t i = 0; i < inference.inputs.tensors.size(); ++i) {
    report.inputs.push_back(
        {describe_tensor(inference.inputs.tensors[i]), inference.inputs.origins[i].text});
  }
  auto outputs = options.steps > 0
                     ? run_steps(*engine, inference.inputs.tensors, options, budget, report)
                     : run_once(*engine, inference.inputs.tensors, report);
  if (!outputs) return blame_assumed(std::move(outputs).error(), report.assumed);
  inference.outputs = std::move(outputs).value();
  describe_facts(*engine, settings.backend, report);
  return inference;
}

Result<RunReport> run_and_write(const std::string& path, const RunOptions& options) {
  VERNIER_TRY(check_options(options));
  // What is written at the end must be writable; the labels must be there.
  std::optional<NpzWriter> writer;
  if (!options.output.empty()) {
    VERNIER_ASSIGN(NpzWriter opened, NpzWriter::open(options.output));
    writer.emplace(std::move(opened));
  }
  if (!options.draw.empty()) VERNIER_TRY(AtomicFile::open(options.draw));
  std::vector<std::string> labels;
  if (!options.labels.empty()) {
    VERNIER_ASSIGN(labels, read_labels(options.labels));
  }
  VERNIER_ASSIGN(Inference inference,
                 run_job<Inference>([path, options] { return infer(path, options); },
                                    options.model.timeout_s, options.model.interrupt));
  RunReport& report = inference.report;
  for (const NamedTensor& output : inference.outputs) {
    report.outputs.push_back({describe_tensor(output), measure_values(output.tensor), {}});
    if (!writer) continue;
    VERNIER_ASSIGN(report.outputs.back().member, writer->add(output.name, output.tensor.view()));
  }
  VERNIER_TRY(postprocess(inference.outputs, inference.inputs, options, labels, report));
  if (writer) {
    VERNIER_TRY(writer->commit());
    report.output_file = options.output;
  }
  return std::move(report);
}

}  // namespace

Result<RunReport> run_model(const std::string& path, const RunOptions& options) {
  auto report = run_and_write(path, options);
  if (report) return report;
  Error& error = report.error();
  const bool about_model = error.code == Errc::invalid_model || error.code == Errc::unsupported;
  if (about_model && error.where.model.empty()) error.where.model = path;
  return report;
}

}  // namespace vernier
