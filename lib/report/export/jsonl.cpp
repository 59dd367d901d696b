#include <nlohmann/json.hpp>

#include "report/export/formats.h"

namespace vernier::exports {
namespace {

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool tells_events(const EngineMeasurement& m) {
  for (const BlockSamples& block : m.blocks) {
    if (!block.events.empty()) return true;
  }
  return false;
}

std::string event_fields(const BlockSamples& block, std::size_t& next, std::int64_t run,
                         bool told) {
  TimedRuns::Event event;
  if (next < block.events.size() && block.events[next].run == run) event = block.events[next++];
  const auto field = [&](std::int64_t value) { return told ? std::to_string(value) : "null"; };
  return ",\"involuntary_switches\":" + field(event.involuntary_switches) +
         ",\"minor_faults\":" + field(event.minor_faults) +
         ",\"major_faults\":" + field(event.major_faults) + "}\n";
}

}  // namespace

Result<std::string> jsonl(const Report& report) {
  std::string out;
  for (const EngineMeasurement& m : report.measurement.engines) {
    const std::string who = "{\"engine\":" + quoted(m.label) + ",\"model\":" + quoted(m.model) +
                            ",\"case\":" + (m.case_label.empty() ? "null" : quoted(m.case_label));
    const bool told = tells_events(m);
    for (const BlockSamples& block : m.blocks) {
      const std::string where = who + ",\"process\":" + std::to_string(block.process) +
                                ",\"round\":" + std::to_string(block.round) +
                                ",\"position\":" + std::to_string(block.position) + ",\"run\":";
      std::size_t next = 0;
      for (std::size_t run = 0; run < block.ns.size(); ++run) {
        out += where + std::to_string(run) + ",\"ns\":" + std::to_string(block.ns[run]);
        out += event_fields(block, next, static_cast<std::int64_t>(run), told);
      }
    }
  }
  return out;
}

}  // namespace vernier::exports
