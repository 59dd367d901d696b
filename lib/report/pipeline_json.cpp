#include "report/pipeline_json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <type_traits>
#include <utility>

#include "report/json_out.h"

namespace vernier {
namespace {

using json_out::finite;
using json_out::Json;
using json_out::latency_json;
using json_out::text_or_null;

/// Sixteen hexadecimal digits: as a JSON number many readers would round it.
std::string hex_of(std::uint64_t bits) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text(16, '0');
  for (std::size_t i = 16; i-- > 0; bits >>= 4U) text[i] = kDigits[bits & 15U];
  return text;
}

std::uint64_t bits_of(const std::string& hex) {
  std::uint64_t bits = 0;
  std::from_chars(hex.data(), hex.data() + hex.size(), bits, 16);
  return bits;
}

Json queues_json(const PipelinePass& pass) {
  Json array = Json::array();
  for (const PipelineQueue& queue : pass.queues) {
    array.push_back(
        {{"after", queue.after}, {"capacity", queue.capacity}, {"max_depth", queue.max_depth}});
  }
  return array;
}

Json pass_json(const PipelinePass& pass) {
  Json json = {{"round", pass.round},
               {"position", pass.position},
               {"complete", pass.complete},
               {"wall_ns", pass.wall_ns},
               {"items", pass.items},
               {"failed", pass.failed},
               {"throughput_per_s", finite(pass.throughput_per_s())},
               {"order_kept", pass.order_kept},
               {"max_in_flight", pass.max_in_flight},
               {"results_digest", hex_of(pass.results_digest)}};
  if (pass.staged) json["queues"] = queues_json(pass);
  json["samples_ns"] = Json::object();
  for (std::size_t i = 0; i < kPipelineStages; ++i) {
    Json samples = Json::array();
    for (const std::int64_t ns : pass.samples_ns[i]) samples.push_back(ns);
    const std::string name(pipeline_stage_name(static_cast<PipelineStage>(i)));
    json["samples_ns"][name] = std::move(samples);
  }
  return json;
}

Json passes_json(const PipelineMeasurement& m, bool staged) {
  Json array = Json::array();
  for (const PipelinePass& pass : m.passes) {
    if (pass.staged == staged) array.push_back(pass_json(pass));
  }
  return array;
}

Json queue_maxima_json(const PipelineMeasurement& m) {
  Json json = Json::object();
  for (const PipelinePass& pass : m.passes) {
    for (const PipelineQueue& queue : pass.queues) {
      const std::size_t before = json.value(queue.after, std::size_t{0});
      json[queue.after] = std::max(before, queue.max_depth);
    }
  }
  return json;
}

Json failures_json(const PipelineMeasurement& m) {
  Json array = Json::array();
  for (const PipelineFailure& row : m.failed) {
    array.push_back({{"index", row.index},
                     {"item", row.item},
                     {"stage", pipeline_stage_name(row.stage)},
                     {"kind", kind_name(row.error.code)},
                     {"id", row.error.id},
                     {"message", row.error.message}});
  }
  return array;
}

Json gain_json(const Comparison& gain) {
  const auto or_null = [](double value) { return value > 0.0 ? finite(value) : Json(nullptr); };
  return {{"ratio", or_null(gain.ratio.value_or(0.0))},
          {"ci_low", or_null(gain.ci_low)},
          {"ci_high", or_null(gain.ci_high)},
          {"confidence", 0.95},
          {"pairs", gain.pairs},
          {"margin", finite(gain.margin)},
          {"verdict", verdict_name(gain.verdict)},
          {"reason", text_or_null(gain.reason)}};
}

/// nlohmann converts any number to an integer, also one that does not fit.
template <class T>
T value_of(const nlohmann::json& value) {
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    if (!value.is_number_integer()) {
      throw nlohmann::json::type_error::create(302, "no integer", &value);
    }
  }
  return value.get<T>();
}

template <class T>
T member(const nlohmann::json& json, const char* key) {
  return value_of<T>(json.at(key));
}

PipelinePass pass_from(const nlohmann::json& json, bool staged) {
  PipelinePass pass;
  pass.staged = staged;
  pass.round = member<int>(json, "round");
  pass.position = member<int>(json, "position");
  pass.complete = member<bool>(json, "complete");
  pass.wall_ns = member<std::int64_t>(json, "wall_ns");
  pass.items = member<std::int64_t>(json, "items");
  pass.failed = member<std::int64_t>(json, "failed");
  pass.order_kept = member<bool>(json, "order_kept");
  pass.max_in_flight = member<std::int64_t>(json, "max_in_flight");
  pass.results_digest = bits_of(member<std::string>(json, "results_digest"));
  for (std::size_t i = 0; i < kPipelineStages; ++i) {
    const std::string name(pipeline_stage_name(static_cast<PipelineStage>(i)));
    for (const auto& ns : json.at("samples_ns").at(name)) {
      pass.samples_ns[i].push_back(value_of<std::int64_t>(ns));
    }
  }
  if (!staged) return pass;
  for (const auto& row : json.at("queues")) {
    pass.queues.push_back({member<std::string>(row, "after"), member<std::size_t>(row, "capacity"),
                           member<std::size_t>(row, "max_depth")});
  }
  return pass;
}

Errc code_of(const std::string& kind) {
  for (const Errc code : {Errc::usage, Errc::invalid_model, Errc::unsupported, Errc::invalid_data,
                          Errc::limit, Errc::device, Errc::output, Errc::interrupted}) {
    if (kind == kind_name(code)) return code;
  }
  return Errc::internal;
}

PipelineFailure failure_from(const nlohmann::json& json) {
  PipelineFailure failure;
  failure.index = member<std::int64_t>(json, "index");
  failure.item = member<std::string>(json, "item");
  const auto stage = member<std::string>(json, "stage");
  for (std::size_t i = 0; i < kPipelineStages; ++i) {
    if (stage == pipeline_stage_name(static_cast<PipelineStage>(i))) {
      failure.stage = static_cast<PipelineStage>(i);
    }
  }
  failure.error.code = code_of(member<std::string>(json, "kind"));
  failure.error.id = member<std::string>(json, "id");
  failure.error.message = member<std::string>(json, "message");
  return failure;
}

PipelineMeasurement measurement_from(const nlohmann::json& json) {
  PipelineMeasurement m;
  m.source = member<std::string>(json, "source");
  m.kind = member<std::string>(json, "kind");
  m.preprocess = member<std::string>(json, "preprocess");
  m.postprocess = member<std::string>(json, "postprocess");
  m.items = member<std::int64_t>(json, "items");
  m.order_kept = member<bool>(json, "order_kept");
  m.results_equal = member<bool>(json, "results_equal");
  m.status =
      member<bool>(json, "interrupted") ? MeasureStatus::interrupted : MeasureStatus::complete;
  const auto& protocol = json.at("protocol");
  m.settings.queue_capacity = member<std::size_t>(protocol, "queue_capacity");
  m.settings.workers = member<int>(protocol, "workers");
  m.settings.passes = member<int>(protocol, "passes");
  m.settings.max_items = member<std::int64_t>(protocol, "max_items");
  m.settings.warm_up_items = member<std::int64_t>(protocol, "warm_up_items");
  m.settings.seed = member<std::uint64_t>(protocol, "seed");
  m.settings.margin = member<double>(protocol, "margin");
  m.decode_threads = member<int>(json.at("stages").at("decode"), "threads");
  for (const auto& row : json.at("failed")) m.failed.push_back(failure_from(row));
  for (const bool staged : {false, true}) {
    for (const auto& pass : json.at(staged ? "staged" : "sequential").at("passes")) {
      m.passes.push_back(pass_from(pass, staged));
    }
  }
  std::sort(m.passes.begin(), m.passes.end(), [](const PipelinePass& a, const PipelinePass& b) {
    return std::pair(a.round, a.position) < std::pair(b.round, b.position);
  });
  derive_pipeline(m);
  return m;
}

}  // namespace

nlohmann::ordered_json pipeline_json(const PipelineMeasurement& m) {
  Json json = Json::object();
  json["source"] = m.source;
  json["kind"] = m.kind;
  json["preprocess"] = m.preprocess;
  json["postprocess"] = m.postprocess;
  json["items"] = m.items;
  json["interrupted"] = m.status == MeasureStatus::interrupted;
  json["failed"] = failures_json(m);
  json["protocol"] = {
      {"sequential", "one thread takes each item through all stages"},
      {"staged",
       "threads for decode, preprocess, inference and postprocess, bounded queues between"},
      {"inference", "the run by the engine's own clock, in its own process"},
      {"transfer",
       "the rest of bind, run and fetch: copies through shared memory, the pipe, preparing for new "
       "shapes"},
      {"decode", "reading the file, from the page cache, and decoding to RGB"},
      {"queue_capacity", m.settings.queue_capacity},
      {"workers", m.settings.workers},
      {"passes", m.settings.passes},
      {"max_items", m.settings.max_items},
      {"warm_up_items", m.settings.warm_up_items},
      {"seed", m.settings.seed},
      {"margin", finite(m.settings.margin)}};
  json["stages"] = Json::object();
  for (const PipelineStageSummary& row : m.stages) {
    json["stages"][std::string(pipeline_stage_name(row.stage))] = {
        {"threads", row.threads},
        {"busy", finite(row.busy)},
        {"latency_ns", latency_json(row.sequential)},
        {"staged_latency_ns", latency_json(row.staged)}};
  }
  json["sequential"] = {{"throughput_per_s", finite(m.sequential_per_s)},
                        {"passes", passes_json(m, false)}};
  json["staged"] = {{"throughput_per_s", finite(m.staged_per_s)},
                    {"queue_capacity", m.settings.queue_capacity},
                    {"max_depth", queue_maxima_json(m)},
                    {"passes", passes_json(m, true)}};
  json["gain"] = gain_json(m.gain);
  json["order_kept"] = m.order_kept;
  json["results_equal"] = m.results_equal;
  json["bottleneck"] = text_or_null(m.bottleneck);
  return json;
}

std::optional<PipelineMeasurement> pipeline_from(const nlohmann::json& json) {
  try {
    return measurement_from(json);
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

}  // namespace vernier
