#include "api/json_parts.h"
#include "api/json_writer.h"
#include "vernier/compare.h"

namespace vernier {
namespace {

void write_comparison(JsonWriter& json, const BenchComparison& row) {
  json.begin_object().member("baseline", row.baseline).member("contender", row.contender);
  json.member_or_null("case", row.case_label).key("ratio");
  if (row.ratio) {
    json.value(*row.ratio).member("ci_low", row.ci_low).member("ci_high", row.ci_high);
  } else {
    json.null().key("ci_low").null().key("ci_high").null();
  }
  json.member("margin", row.margin).member("pairs", row.pairs).member("unit", row.unit);
  json.member_or_null("p_adjusted", row.p_adjusted);
  json.member("verdict", row.verdict).member_or_null("reason", row.reason).key("outputs");
  if (row.outputs_compared) {
    json.begin_object()
        .member("agree", row.outputs_agree)
        .member("max_rel_l2", row.max_rel_l2)
        .member("cosine", row.cosine)
        .end_object();
  } else {
    json.null();
  }
  json.end_object();
}

void write_output(JsonWriter& json, const OutputComparison& row) {
  json.begin_object()
      .member("contender", row.contender)
      .member("output", row.output)
      .member("agree", row.agree)
      .member("rel_l2", row.rel_l2)
      .member("tolerance", row.tolerance)
      .member("snr_db", row.snr_db)
      .member("cosine", row.cosine)
      .member("max_abs", row.max_abs)
      .member_or_null("top1", row.top1)
      .member_or_null("topk", row.topk)
      .member("k", row.k)
      .member_or_null("reason", row.reason)
      .end_object();
}

void write_rows(JsonWriter& json, const char* name, const std::vector<LayerRow>& rows) {
  json.key(name).begin_array();
  for (const LayerRow& row : rows) {
    json.begin_object();
    if (!row.node.empty()) json.member("node", row.node);
    json.member("tensor", row.tensor).key("rel_l2");
    row.compared ? json.value(row.rel_l2) : json.null();
    json.key("snr_db");
    row.compared ? json.value(row.snr_db) : json.null();
    json.key("max_abs");
    row.compared ? json.value(row.max_abs) : json.null();
    json.member_or_null("reason", row.reason).end_object();
  }
  json.end_array();
}

void write_layers(JsonWriter& json, const LayerReport& layers) {
  json.begin_object()
      .member("contender", layers.contender)
      .member("found", layers.found)
      .member_or_null("node", layers.node)
      .member_or_null("op", layers.op)
      .member("opset", layers.opset)
      .member("confirmed", layers.confirmed)
      .member("tolerance", layers.tolerance);
  write_rows(json, "before", layers.before);
  write_rows(json, "after", layers.after);
  write_rows(json, "alone", layers.alone);
  json.key("probes").begin_array();
  for (const LayerProbe& probe : layers.probes) {
    json.begin_object()
        .member("after", probe.after)
        .member("tensors", probe.tensors)
        .member("diverges", probe.diverges)
        .member("worst_rel_l2", probe.worst_rel_l2)
        .member_or_null("error", probe.error)
        .end_object();
  }
  json.end_array();
  write_rows(json, "table", layers.table);
  json.key("notes");
  write_strings(json, layers.notes);
  json.end_object();
}

void write_conditions(JsonWriter& json, const CompareReport& report) {
  json.key("conditions").begin_array();
  for (const ConditionChange& change : report.conditions) {
    json.begin_object()
        .member("path", change.path)
        .member("a", change.a)
        .member("b", change.b)
        .member("severe", change.severe)
        .member_or_null("label", change.label)
        .end_object();
  }
  json.end_array().key("unmatched");
  write_strings(json, report.unmatched);
}

}  // namespace

std::string to_json(const CompareReport& report) {
  JsonWriter json;
  json.begin_object()
      .member("kind", report.kind)
      .member("a", report.a)
      .member_or_null("b", report.b)
      .member("status", report.interrupted ? "interrupted" : "complete")
      .member("comparable", report.comparable);
  write_conditions(json, report);
  json.key("comparisons").begin_array();
  for (const BenchComparison& row : report.comparisons) write_comparison(json, row);
  json.end_array().key("outputs").begin_array();
  for (const OutputComparison& row : report.outputs) write_output(json, row);
  json.end_array().key("layers").begin_array();
  for (const LayerReport& layers : report.layers) write_layers(json, layers);
  json.end_array().key("detections").begin_array();
  for (const DetectionAgreement& row : report.detections) {
    json.begin_object()
        .member("contender", row.contender)
        .member("pseudo_labels", "baseline")
        .member("baseline_boxes", row.baseline_boxes)
        .member("contender_boxes", row.contender_boxes)
        .member("map50", row.map50)
        .member("map50_95", row.map50_95)
        .end_object();
  }
  json.end_array().key("gates").begin_array();
  for (const GateResult& row : report.gates) {
    json.begin_object()
        .member("gate", row.gate)
        .member_or_null("contender", row.contender)
        .member("state", row.state)
        .member("detail", row.detail)
        .end_object();
  }
  json.end_array().key("notes");
  write_strings(json, report.notes);
  json.end_object();
  return json.take();
}

}  // namespace vernier
