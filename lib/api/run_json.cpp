#include "api/json_parts.h"
#include "api/json_writer.h"
#include "vernier/run.h"

namespace vernier {
namespace {

void write_stats(JsonWriter& json, const std::optional<ValueStats>& stats) {
  json.key("stats");
  if (!stats) {
    json.null();
    return;
  }
  json.begin_object()
      .member("min", stats->min)
      .member("max", stats->max)
      .member("mean", stats->mean)
      .member("stddev", stats->stddev)
      .member("nan", stats->nan)
      .member("inf", stats->inf)
      .member("zeros", stats->zeros)
      .end_object();
}

void write_outputs(JsonWriter& json, const RunReport& report) {
  json.key("outputs").begin_array();
  for (const RunOutput& output : report.outputs) {
    json.begin_object();
    write_tensor_members(json, output.type);
    write_stats(json, output.stats);
    json.member_or_null("member", output.member).end_object();
  }
  json.end_array();
}

void write_classes(JsonWriter& json, const RunReport& report) {
  if (report.topk.empty()) return;
  json.key("topk").begin_array();
  for (const auto& row : report.topk) {
    json.begin_array();
    for (const RankedClass& entry : row) {
      json.begin_object()
          .member("index", entry.index)
          .member_or_null("label", entry.label)
          .member("score", entry.score)
          .member("probability", entry.probability)
          .end_object();
    }
    json.end_array();
  }
  json.end_array();
}

void write_boxes(JsonWriter& json, const RunReport& report) {
  if (!report.decoded) return;
  json.key("boxes").begin_array();
  for (const DetectedBox& box : report.boxes) {
    json.begin_object().key("box").begin_array();
    for (const double edge : {box.x0, box.y0, box.x1, box.y1}) json.value(edge);
    json.end_array()
        .member("score", box.score)
        .member("index", box.index)
        .member_or_null("label", box.label)
        .end_object();
  }
  json.end_array();
}

}  // namespace

std::string to_json(const RunReport& report) {
  JsonWriter json;
  json.begin_object()
      .member("schema_version", "1.0.0")
      .member("model", report.model)
      .member("backend", report.backend)
      .member("isa", report.isa)
      .member("threads", report.threads)
      .member("steps", report.steps)
      .member("load_ns", report.load_ns)
      .member("run_ns", report.run_ns)
      .member("weights_bytes", report.weights_bytes)
      .member("planned_arena_bytes", report.arena_bytes)
      .key("assumed_dims");
  write_dims(json, report.assumed);
  json.key("notes");
  write_strings(json, report.notes);
  json.key("inputs").begin_array();
  for (const RunInput& input : report.inputs) {
    json.begin_object();
    write_tensor_members(json, input.type);
    json.member("source", input.source).end_object();
  }
  json.end_array();
  write_outputs(json, report);
  write_classes(json, report);
  write_boxes(json, report);
  json.key("fallbacks").begin_array();
  for (const NodeInfo& node : report.fallbacks) write_node(json, node);
  json.end_array()
      .member_or_null("output_file", report.output_file)
      .member_or_null("picture_file", report.picture_file)
      .end_object();
  return json.take();
}

}  // namespace vernier
