#include "vernier/inspect.h"

#include <algorithm>
#include <unordered_set>

#include "api/backends.h"
#include "api/job.h"
#include "api/plan_text.h"
#include "api/quantize_model.h"
#include "api/saturation_check.h"
#include "api/settings.h"
#include "base/cpu_features.h"
#include "base/file.h"
#include "base/saturating.h"
#include "base/sha256.h"
#include "engine/inputs.h"
#include "engine/native_engine.h"
#include "engine/native_model.h"
#include "graph/infer.h"
#include "onnx/import.h"
#include "passes/float_islands.h"
#include "passes/fusion_oracle.h"
#include "vernier/vernier.h"

namespace vernier {
namespace {

std::string domain_name(std::string_view domain) {
  return domain.empty() ? "ai.onnx" : std::string(domain);
}

/// Calls f(graph) for the graph and every body in it.
template <class F>
void for_each_graph(const Graph& top, F&& f) {
  std::vector<const Graph*> waiting = {&top};
  while (!waiting.empty()) {
    const Graph& graph = *waiting.back();
    waiting.pop_back();
    f(graph);
    for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
      const auto id = static_cast<NodeId>(i);
      if (!graph.alive(id)) continue;
      for (const GraphPtr& body : graph.node(id).subgraphs) waiting.push_back(body.get());
    }
  }
}

bool counts_as_parameter(DType dtype) {
  return dtype != DType::int64 && dtype != DType::boolean && dtype != DType::string;
}

/// What the file says of itself.
void describe_facts(const Model& model, InspectReport& report) {
  report.ir_version = model.ir_version;
  for (const auto& [domain, version] : model.opset_imports) {
    report.opsets[domain_name(domain)] = version;
  }
  report.producer = model.producer_name;
  if (!model.producer_version.empty()) report.producer += " " + model.producer_version;
  report.graph_name = model.graph_name;
  report.metadata = model.metadata;
  report.notes = model.notes;
}

/// Operators and parameters of the model before any rewriting.
void count_contents(const Model& model, InspectReport& report) {
  std::unordered_set<std::uint64_t> seen;  // a constant that bodies capture counts once
  for_each_graph(model.graph, [&](const Graph& graph) {
    for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
      const auto id = static_cast<NodeId>(i);
      if (!graph.alive(id)) continue;
      const OpDef& op = *graph.node(id).op;
      const std::string name = op.domain.empty()
                                   ? std::string(op.name)
                                   : std::string(op.domain) + "." + std::string(op.name);
      ++report.operators[name];
      ++report.node_count;
    }
    for (std::size_t i = 0; i < graph.value_count(); ++i) {
      const auto id = static_cast<ValueId>(i);
      if (!graph.is_constant(id)) continue;
      const Tensor& tensor = *graph.value(id).constant;
      if (!counts_as_parameter(tensor.dtype()) || !seen.insert(tensor.content_id()).second) {
        continue;
      }
      report.parameter_count += tensor.element_count();
      report.parameter_bytes += tensor.byte_count();
    }
  });
}

/// What inference leaves open is shown as the file declares it.
void complete_type(ValueType& type, const ValueType& declared) {
  if (!declared.ranked || (type.ranked && type.rank() != declared.rank())) return;
  if (!type.ranked) {
    type.ranked = true;
    type.dims.resize(declared.rank());
  }
  for (std::size_t i = 0; i < type.rank(); ++i) {
    if (!type.dims[i].is_known() && type.dims[i].symbol.empty()) type.dims[i] = declared.dims[i];
  }
}

/// Multiply-accumulates of all nodes whose shapes are known.
std::int64_t count_macs(const Graph& top) {
  std::int64_t total = 0;
  for_each_graph(top, [&](const Graph& graph) {
    for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
      const auto id = static_cast<NodeId>(i);
      if (!graph.alive(id) || graph.node(id).op->macs == nullptr) continue;
      const Node& node = graph.node(id);
      std::vector<Shape> inputs;
      std::vector<Shape> outputs;
      bool known = true;
      const auto collect = [&](ValueId value, std::vector<Shape>& shapes) {
        if (value == ValueId::none) {
          shapes.emplace_back();
          return;
        }
        const auto shape = graph.value(value).type.shape();
        known = known && shape.has_value();
        shapes.push_back(shape.value_or(Shape{}));
      };
      for (std::size_t k = 0; k < node.formal_input_count(); ++k) collect(node.inputs[k], inputs);
      for (const ValueId value : node.outputs) collect(value, outputs);
      if (!known) continue;
      total = saturating_add(total, node.op->macs(node.params(), inputs, outputs));
    }
  });
  return total;
}

/// Adds the steps of a plan and of the plans of its bodies.
void describe_steps(const Plan& top, bool list_nodes, InspectReport& report) {
  std::vector<const Plan*> waiting = {&top};
  while (!waiting.empty()) {
    const Plan& plan = *waiting.back();
    waiting.pop_back();
    for (const PlanStep& step : plan.steps) {
      ++report.placement.nodes[step.backend];
      if (!step.reason.empty()) ++report.placement.reasons[step.op + ": " + step.reason];
      const auto island = report.float_islands.find(step.node);
      if (island != report.float_islands.end()) {
        ++report.placement.float_islands[step.op + ": " + island->second];
      }
      if (list_nodes) report.nodes.push_back(describe_step(plan, step));
      for (const auto& body : step.bodies) {
        if (body) waiting.push_back(body.get());
      }
    }
  }
}

Result<void> plan_model(NativeModel& model, std::span<const ValueType> types,
                        const InspectOptions& options, InspectReport& report) {
  VERNIER_ASSIGN(const Graph graph, model.specialize(types));
  report.macs = count_macs(graph);
  report.float_islands = float_islands(graph);
  report.optimized_node_count = static_cast<std::int64_t>(graph.node_count());
  VERNIER_ASSIGN(const auto plan, model.plan(graph));
  report.memory.weights_bytes = plan->memory.weights_bytes;
  report.memory.constants_bytes = plan->memory.constants_bytes;
  report.memory.arena_bytes = plan->memory.arena_bytes;
  report.memory.peak_bytes = model.planned_bytes(*plan) + model.budget()->used_bytes();
  describe_steps(*plan, options.nodes, report);
  if (options.dump_plan) report.plan_text = plan_text(*plan);
  model.abandon();
  report.planned = true;
  return {};
}

/// Turns the refusal of a valid model into a part of the report; other errors stay errors.
Result<void> note_refusal(Error error, const onnx::ImportFindings* findings,
                          InspectReport& report) {
  if (error.code != Errc::unsupported) return error;
  if (findings != nullptr) {
    describe_facts(findings->model, report);
    report.operators = findings->operators;
    for (const auto& [name, count] : findings->operators) report.node_count += count;
    for (const onnx::UnsupportedOperator& op : findings->unsupported) {
      report.unsupported.push_back(
          {domain_name(op.domain), op.op, op.opset, op.nodes, op.first_node, op.why});
    }
  }
  if (report.unsupported.empty()) {
    const ErrorWhere& where = error.where;
    const bool one = !where.op.empty() || !where.node.empty();
    report.unsupported.push_back(
        {domain_name(""), where.op, where.opset, one ? 1 : 0, where.node, error.message});
  }
  if (error.where.model.empty()) error.where.model = report.path;
  report.refusal = std::move(error);
  return {};
}

Result<NativeModelOptions> native_options(const InspectOptions& options,
                                          const EngineSettings& settings) {
  NativeModelOptions native;
  VERNIER_ASSIGN(native.backends, choose_backends(all_backends(), settings.backend));
  VERNIER_ASSIGN(native.lower.isa, effective_isa_tier());
  native.lower.threads = settings.threads;
  native.max_memory_bytes = settings.max_memory_bytes;
  native.dims = settings.dims;
  native.optimize = options.model.optimize;
  native.disabled_passes = options.model.disabled_passes;
  return native;
}

/// Ports, passes and plan of the optimised model.
Result<void> describe_native(Model imported, std::shared_ptr<MemoryBudget> budget,
                             const InspectOptions& options, const EngineSettings& settings,
                             InspectReport& report) {
  VERNIER_ASSIGN(NativeModelOptions native, native_options(options, settings));
  report.isa = isa_tier_name(native.lower.isa);
  report.threads = settings.threads;
  if (options.saturation) {
    VERNIER_ASSIGN(report.saturation,
                   check_saturation(imported, *options.saturation, budget, native));
  }
  const auto declared = infos_of(imported.graph, imported.graph.outputs);
  auto inputs = with_uses(infos_of(imported.graph, imported.graph.inputs), imported.graph);
  VERNIER_ASSIGN(const auto model,
                 NativeModel::load(std::move(imported), std::move(budget), std::move(native)));
  const Graph& graph = model->model().graph;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    inputs[i].type = graph.value(graph.inputs[i].value).type;
    report.inputs.push_back(describe_input(inputs[i]));
  }
  auto outputs = infos_of(graph, graph.outputs);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    complete_type(outputs[i].type, declared[i].type);
    report.outputs.push_back(describe_input(outputs[i]));
  }
  for (const PassReport& pass : model->passes()) {
    report.passes.push_back({pass.name, pass.applied, pass.blocked});
  }
  report.memory.limit_bytes = model->budget()->limit_bytes();
  auto resolved = resolve_inputs(inputs, options.model.shapes);
  auto planned = resolved ? plan_model(*model, resolved->types, options, report)
                          : Result<void>(resolved.error());
  if (resolved) report.assumed = resolved->assumed;
  if (planned) return {};
  // A size that was only assumed may not suit the model: say so and report the rest.
  if (!resolved ? !options.model.shapes.empty() : report.assumed.empty()) {
    return std::move(planned).error();
  }
  report.plan_problem = format_error(blame_assumed(std::move(planned).error(), report.assumed))
                            .substr(std::string_view("error: ").size());
  report.macs = 0;
  report.placement = {};
  return {};
}

Result<void> describe_fusion(Graph graph, const std::vector<std::string>& targets,
                             InspectReport& report) {
  if (targets.empty()) return {};
  if (auto inferred = infer_types(graph); !inferred) {
    // What vernier cannot infer it cannot run either: the refusal says so.
    if (inferred.error().code == Errc::unsupported) return {};
    return std::move(inferred).error();
  }
  if (std::find(targets.begin(), targets.end(), "openvino") != targets.end() &&
      is_quantized(graph)) {
    const std::string risk = free_sizes_risk(graph);
    if (!risk.empty()) {
      report.notes.push_back(risk + "vernier convert IN OUT --dim NAME=N or --shape fixes them");
    }
  }
  for (const std::string& target : targets) {
    VERNIER_ASSIGN(const auto nodes, predict_fusion(graph, target));
    FusionReport fusion;
    fusion.target = target;
    for (const FusionNode& node : nodes) {
      std::int64_t& count = node.verdict == FusionVerdict::integer  ? fusion.integer
                            : node.verdict == FusionVerdict::island ? fusion.island
                                                                    : fusion.floating;
      ++count;
      fusion.nodes.push_back({node.node, node.op, node.output,
                              std::string(fusion_verdict_name(node.verdict)), node.rule,
                              node.reason, node.fix, node.reached});
    }
    report.fusion.push_back(std::move(fusion));
  }
  return {};
}

Result<InspectReport> inspect_now(const std::string& path, const InspectOptions& options) {
  InspectReport report;
  report.path = path;
  {
    VERNIER_ASSIGN(const auto file, MappedFile::open(path));
    report.file_bytes = file->bytes().size();
    report.sha256 = sha256_hex(file->bytes());
  }
  const EngineSettings settings = engine_settings(options.model);
  onnx::ImportFindings findings;
  onnx::ImportOptions import;
  import.findings = &findings;
  import.budget = make_memory_budget(settings.max_memory_bytes);
  auto model = onnx::import_model(path, import);
  if (!model) {
    VERNIER_TRY(note_refusal(std::move(model).error(), &findings, report));
    return report;
  }
  describe_facts(*model, report);
  count_contents(*model, report);
  VERNIER_TRY(describe_fusion(model->graph, options.targets, report));
  auto described =
      describe_native(std::move(model).value(), import.budget, options, settings, report);
  if (!described) VERNIER_TRY(note_refusal(std::move(described).error(), nullptr, report));
  return report;
}

}  // namespace

Result<InspectReport> inspect(const std::string& path, const InspectOptions& options) {
  auto report = run_job<InspectReport>([path, options] { return inspect_now(path, options); },
                                       options.model.timeout_s, options.model.interrupt);
  if (!report && report.error().where.model.empty() && report.error().code != Errc::usage) {
    report.error().where.model = path;
  }
  return report;
}

}  // namespace vernier
