#include "api/json_parts.h"
#include "api/json_writer.h"
#include "vernier/inspect.h"

namespace vernier {
namespace {

void write_file(JsonWriter& json, const InspectReport& report) {
  json.key("model").begin_object();
  json.member("path", report.path)
      .member("bytes", report.file_bytes)
      .member("sha256", report.sha256)
      .member("ir_version", report.ir_version)
      .key("opsets")
      .begin_object();
  for (const auto& [domain, version] : report.opsets) json.member(domain, version);
  json.end_object()
      .member_or_null("producer", report.producer)
      .member_or_null("graph", report.graph_name)
      .key("metadata")
      .begin_object();
  for (const auto& [name, text] : report.metadata) json.member(name, text);
  json.end_object().end_object();
}

void write_tensors(JsonWriter& json, const char* name,
                   const std::vector<TensorDescription>& tensors) {
  json.key(name).begin_array();
  for (const TensorDescription& tensor : tensors) write_tensor(json, tensor);
  json.end_array();
}

void write_unsupported(JsonWriter& json, const InspectReport& report) {
  json.begin_array();
  for (const UnsupportedOp& op : report.unsupported) {
    json.begin_object()
        .member_or_null("op", op.op)
        .member("domain", op.domain)
        .member("opset", op.opset)
        .member("nodes", op.nodes)
        .member("first_node", op.first_node)
        .member("why", op.why)
        .end_object();
  }
  json.end_array();
}

void write_plan(JsonWriter& json, const InspectReport& report) {
  json.key("passes").begin_array();
  for (const PassInfo& pass : report.passes) {
    json.begin_object().member("name", pass.name).member("applied", pass.applied).key("blocked");
    write_counts(json, pass.blocked);
    json.end_object();
  }
  json.end_array().key("assumed_dims");
  write_dims(json, report.assumed);
  json.member("isa", report.isa).member("threads", report.threads);
  json.key("plan");
  if (!report.planned) {
    json.null().member_or_null("plan_problem", report.plan_problem);
    return;
  }
  json.begin_object()
      .member("macs", report.macs)
      .member("nodes", report.optimized_node_count)
      .key("memory")
      .begin_object()
      .member("weights_bytes", report.memory.weights_bytes)
      .member("constants_bytes", report.memory.constants_bytes)
      .member("arena_bytes", report.memory.arena_bytes)
      .member("peak_bytes", report.memory.peak_bytes)
      .member("limit_bytes", report.memory.limit_bytes)
      .member("fits", report.memory.fits())
      .end_object()
      .key("placement")
      .begin_object()
      .key("nodes");
  write_counts(json, report.placement.nodes);
  json.key("reasons");
  write_counts(json, report.placement.reasons);
  json.key("float_islands").begin_object();
  for (const auto& [node, why] : report.float_islands) json.member(node, why);
  json.end_object();
  json.end_object().end_object();
}

void write_fusion(JsonWriter& json, const FusionReport& fusion) {
  json.begin_object()
      .member("target", fusion.target)
      .key("summary")
      .begin_object()
      .member("integer", fusion.integer)
      .member("float", fusion.floating)
      .member("island", fusion.island)
      .end_object()
      .key("nodes")
      .begin_array();
  for (const FusionNodeInfo& node : fusion.nodes) {
    json.begin_object()
        .member("node", node.node)
        .member("op", node.op)
        .member("output", node.output)
        .member("verdict", node.verdict)
        .member("rule", node.rule)
        .member("reason", node.reason)
        .member_or_null("fix", node.fix)
        .end_object();
  }
  json.end_array().end_object();
}

void write_saturation(JsonWriter& json, const SaturationReport& saturation) {
  json.begin_object()
      .member_or_null("data", saturation.data)
      .member("samples", saturation.samples)
      .key("nodes")
      .begin_array();
  for (const SaturationNode& node : saturation.nodes) {
    json.begin_object()
        .member("node", node.node)
        .member("op", node.op)
        .member("channels", node.channels)
        .member("risky_channels", node.risky_channels)
        .member("worst_pair", node.worst_pair)
        .member("outputs", node.outputs)
        .member("changed", node.changed)
        .member_or_null("sqnr_db", node.sqnr_db)
        .end_object();
  }
  json.end_array().key("outputs").begin_array();
  for (const SaturationOutput& output : saturation.outputs) {
    json.begin_object()
        .member("name", output.name)
        .member("sqnr_db", output.sqnr_db)
        .member_or_null("top1_agreement", output.top1)
        .end_object();
  }
  json.end_array().end_object();
}

}  // namespace

std::string to_json(const InspectReport& report) {
  JsonWriter json;
  json.begin_object().member("schema_version", "1.0.0");
  write_file(json, report);
  write_tensors(json, "inputs", report.inputs);
  write_tensors(json, "outputs", report.outputs);
  json.member("nodes", report.node_count).key("operators");
  write_counts(json, report.operators);
  json.member("parameters", report.parameter_count)
      .member("parameter_bytes", report.parameter_bytes)
      .key("unsupported");
  write_unsupported(json, report);
  json.key("notes");
  write_strings(json, report.notes);
  write_plan(json, report);
  if (!report.nodes.empty()) {
    json.key("steps").begin_array();
    for (const NodeInfo& node : report.nodes) write_node(json, node);
    json.end_array();
  }
  if (!report.plan_text.empty()) json.member("plan_text", report.plan_text);
  if (!report.fusion.empty()) {
    json.key("fusion").begin_array();
    for (const FusionReport& fusion : report.fusion) write_fusion(json, fusion);
    json.end_array();
  }
  if (report.saturation) {
    json.key("saturation");
    write_saturation(json, *report.saturation);
  }
  json.end_object();
  return json.take();
}

}  // namespace vernier
