#include "api/json_parts.h"
#include "api/json_writer.h"
#include "vernier/quantize.h"

namespace vernier {
namespace {

void write_tensors(JsonWriter& json, const QuantizeReport& report) {
  json.key("tensors").begin_array();
  for (const QuantizedTensor& tensor : report.tensors) {
    json.begin_object()
        .member("name", tensor.name)
        .member("dtype", tensor.dtype)
        .member("scale", tensor.scale)
        .member("zero_point", tensor.zero_point)
        .member("seen_low", tensor.seen_low)
        .member("seen_high", tensor.seen_high)
        .member("method", tensor.method)
        .member_or_null("sqnr_db", tensor.sqnr_db)
        .member("still_moving", tensor.still_moving)
        .end_object();
  }
  json.end_array();
}

void write_outputs(JsonWriter& json, const QuantizeReport& report) {
  json.key("outputs").begin_array();
  for (const QuantizedOutput& output : report.outputs) {
    json.begin_object()
        .member("name", output.name)
        .member("sqnr_db", output.sqnr_db)
        .member_or_null("top1_agreement_with_fp32", output.top1_agreement)
        .end_object();
  }
  json.end_array();
}

void write_causes(JsonWriter& json, const QuantizeReport& report) {
  json.key("causes").begin_array();
  for (const QuantizeCause& cause : report.causes) {
    json.begin_object().member("cause", cause.cause).member("sqnr_db", cause.sqnr_db).end_object();
  }
  json.end_array().member_or_null("first_broken_tensor", report.first_broken);
}

void write_weights(JsonWriter& json, const QuantizeReport& report) {
  json.member_or_null("weights_only", report.weights_only).member_or_null("form", report.form);
  json.key("weights").begin_array();
  for (const QuantizedWeight& weight : report.weights) {
    json.begin_object().member("name", weight.name).key("nodes");
    write_strings(json, weight.nodes);
    json.member("dtype", weight.dtype)
        .member("block", weight.block)
        .member("sqnr_db", weight.sqnr_db)
        .member("bytes_before", weight.bytes_before)
        .member("bytes_after", weight.bytes_after)
        .end_object();
  }
  json.end_array();
}

void write_loss(JsonWriter& json, const QuantizeReport& report) {
  json.key("loss");
  if (!report.loss) {
    json.null();
    return;
  }
  const QuantizeLoss& loss = *report.loss;
  json.begin_object()
      .member("metric", loss.metric)
      .member("fp32", loss.fp32)
      .member("quantized", loss.quantized)
      .member("drop", loss.drop)
      .member("ci_low", loss.low)
      .member("ci_high", loss.high)
      .member("samples", loss.samples)
      .end_object();
}

void write_budget(JsonWriter& json, const QuantizeReport& report) {
  json.member_or_null("max_drop", report.max_drop).member("budget_met", report.budget_met);
  json.key("reverted");
  write_strings(json, report.reverted);
  json.key("points").begin_array();
  for (const QuantizePoint& point : report.points) {
    json.begin_object()
        .member("float_nodes", point.float_nodes)
        .member("integer_share", point.integer_share)
        .member("drop", point.drop)
        .member("ci_high", point.high)
        .member("pareto", point.pareto)
        .end_object();
  }
  json.end_array().key("sensitivity").begin_array();
  for (const QuantizeSensitivity& node : report.sensitivity) {
    json.begin_object()
        .member("node", node.node)
        .member("op", node.op)
        .member("sqnr_db", node.sqnr_db)
        .member("float_us", node.float_us)
        .end_object();
  }
  json.end_array();
}

}  // namespace

std::string to_json(const QuantizeReport& report) {
  JsonWriter json;
  json.begin_object()
      .member("schema_version", "1.2.0")
      .member("input", report.input)
      .member("output", report.output)
      .member("target", report.target)
      .member("retargeted", report.retargeted)
      .member("range", report.range)
      .member("rounding", report.rounding)
      .member("bias_correction", report.bias_correction)
      .member_or_null("data", report.data)
      .member("samples", report.samples)
      .member("skipped_samples", report.skipped_samples)
      .member("judged_samples", report.judged_samples)
      .member("held_out", report.held_out)
      .member("bytes_before", report.bytes_before)
      .member("bytes_after", report.bytes_after)
      .member("opset", report.opset)
      .member("weighted_nodes", report.weighted_nodes)
      .member("quantized_nodes", report.quantized_nodes)
      .member("equalized_groups", report.equalized_groups)
      .member("weight_channels", report.weight_channels)
      .member("risky_channels", report.risky_channels)
      .member("raised_weight_scales", report.raised_weight_scales)
      .member("calibration_ns", report.calibration_ns)
      .member("ranges_ns", report.ranges_ns)
      .member("rounding_ns", report.rounding_ns)
      .member("correction_ns", report.correction_ns)
      .member("judging_ns", report.judging_ns)
      .member("budget_ns", report.budget_ns);
  write_weights(json, report);
  write_outputs(json, report);
  write_causes(json, report);
  write_loss(json, report);
  write_budget(json, report);
  json.key("warnings");
  write_strings(json, report.warnings);
  json.key("notes");
  write_strings(json, report.notes);
  json.key("float_nodes").begin_array();
  for (const FloatNode& node : report.floats) {
    json.begin_object()
        .member("node", node.node)
        .member("op", node.op)
        .member("reason", node.reason)
        .end_object();
  }
  json.end_array();
  write_tensors(json, report);
  json.end_object();
  return json.take();
}

}  // namespace vernier
