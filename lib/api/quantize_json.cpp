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

}  // namespace

std::string to_json(const QuantizeReport& report) {
  JsonWriter json;
  json.begin_object()
      .member("schema_version", "1.0.0")
      .member("input", report.input)
      .member("output", report.output)
      .member("target", report.target)
      .member("range", report.range)
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
      .member("raised_weight_scales", report.raised_weight_scales)
      .member("calibration_ns", report.calibration_ns)
      .member("correction_ns", report.correction_ns)
      .member("judging_ns", report.judging_ns);
  write_outputs(json, report);
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
