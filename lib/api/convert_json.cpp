#include "api/json_writer.h"
#include "vernier/convert.h"
#include "vernier/vernier.h"

namespace vernier {

std::string to_json(const ConvertReport& report) {
  JsonWriter json;
  json.begin_object();
  json.member("tool", "vernier").member("version", version());
  json.member("input", report.input).member_or_null("output", report.output);
  json.member("bytes_before", report.bytes_before).member("bytes_after", report.bytes_after);
  json.member_or_null("external_file", report.external_file);
  json.member("opset_before", report.opset_before).member("opset_after", report.opset_after);
  json.member("ir_version", report.ir_version);
  json.member("nodes_before", report.nodes_before).member("nodes_after", report.nodes_after);
  json.key("steps").begin_array();
  for (const ConvertStep& step : report.steps) {
    json.begin_object().member("name", step.name).key("notes").begin_array();
    for (const std::string& note : step.notes) json.value(note);
    json.end_array().end_object();
  }
  json.end_array().key("kept_fp32").begin_array();
  for (const ConvertKept& node : report.kept) {
    json.begin_object().member("node", node.node).member("op", node.op);
    json.member("reason", node.reason).end_object();
  }
  json.end_array().key("verification").begin_object();
  json.member("done", report.verified).member_or_null("reason", report.not_verified);
  json.member("agrees", report.agrees).member("samples", report.samples);
  json.member("tolerance_rel_l2", report.tolerance).key("outputs").begin_array();
  for (const ConvertOutput& output : report.outputs) {
    json.begin_object().member("name", output.name).member("max_rel_l2", output.max_rel_l2);
    json.member("tolerance_rel_l2", output.tolerance);
    json.member("finite", output.finite).end_object();
  }
  json.end_array().key("rolled_back").begin_array();
  for (const std::string& name : report.rolled_back) json.value(name);
  json.end_array().end_object().key("notes").begin_array();
  for (const std::string& note : report.notes) json.value(note);
  json.end_array().end_object();
  return json.take();
}

}  // namespace vernier
