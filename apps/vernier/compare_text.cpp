#include "compare_text.h"

#include <cmath>

#include <fmt/format.h>

#include "text.h"

namespace vernier::cli {
namespace {

std::string figure(double value) {
  return std::isfinite(value) ? fmt::format("{:.3g}", value) : value > 0.0 ? "inf" : "-inf";
}

std::string share(const std::optional<double>& value) {
  return value ? fmt::format("{:.1f} %", *value * 100.0) : "-";
}

std::string conditions_text(const CompareReport& report) {
  if (report.conditions.empty()) return "";
  Table table({"condition", "baseline", "contender", "severe"});
  for (const ConditionChange& change : report.conditions) {
    table.add({change.path, change.a.empty() ? "-" : change.a, change.b.empty() ? "-" : change.b,
               change.severe ? "yes" : "no"});
  }
  std::string text = table.text();
  if (!report.comparable) text += "not comparable: conditions differ severely\n";
  return text + "\n";
}

std::string speed_text(const CompareReport& report) {
  std::string text;
  for (const BenchComparison& row : report.comparisons) {
    std::string line = row.contender + " against " + row.baseline;
    if (!row.case_label.empty()) line += " (" + row.case_label + ")";
    line += ": " + row.verdict;
    if (row.ratio) {
      line += fmt::format(", ratio {:.3f} (95 % interval {:.3f} to {:.3f})", *row.ratio, row.ci_low,
                          row.ci_high);
    }
    if (!row.reason.empty()) line += ": " + row.reason;
    text += escape_for_terminal(line) + "\n";
  }
  return text;
}

std::string outputs_text(const CompareReport& report) {
  if (report.outputs.empty()) return "";
  Table table({"contender", "output", "", ">relative L2", ">SNR dB", ">cosine", ">max abs",
               ">top-1", ">top-k"});
  std::string reasons;
  for (const OutputComparison& row : report.outputs) {
    table.add({row.contender, row.output, row.agree ? "agrees" : "DIFFERS", figure(row.rel_l2),
               figure(row.snr_db), fmt::format("{:.6f}", row.cosine), figure(row.max_abs),
               share(row.top1), share(row.topk)});
    if (!row.reason.empty()) reasons += escape_for_terminal(row.output + ": " + row.reason) + "\n";
  }
  return table.text() + reasons;
}

std::string rows_text(const std::string& title, const std::vector<LayerRow>& rows) {
  std::string text;
  for (const LayerRow& row : rows) {
    std::string line = "  " + title + " '" + row.tensor + "': ";
    line += row.compared ? "relative L2 " + figure(row.rel_l2) : "not compared";
    if (!row.reason.empty()) line += " (" + row.reason + ")";
    text += escape_for_terminal(line) + "\n";
  }
  return text;
}

std::string layers_text(const LayerReport& layers) {
  std::string text;
  if (!layers.table.empty()) {
    Table table({"node", "tensor", ">relative L2", ">SNR dB", ""});
    for (const LayerRow& row : layers.table) {
      table.add({row.node, row.tensor, row.compared ? figure(row.rel_l2) : "-",
                 row.compared ? figure(row.snr_db) : "-",
                 row.compared && !(row.rel_l2 <= layers.tolerance) ? "DIFFERS" : row.reason});
    }
    text += table.text() + "\n";
  }
  if (layers.found) {
    text += escape_for_terminal(fmt::format("first node that diverges in {}: '{}' ({}, opset {}){}",
                                            layers.contender, layers.node, layers.op, layers.opset,
                                            layers.confirmed ? "" : ", not confirmed")) +
            "\n";
    text += rows_text("input ", layers.before) + rows_text("output", layers.after) +
            rows_text("alone ", layers.alone);
  } else {
    text += escape_for_terminal("no node of " + layers.contender + " diverges") + "\n";
  }
  text += fmt::format("  cuts that were run (tolerance {}):\n", figure(layers.tolerance));
  for (const LayerProbe& probe : layers.probes) {
    std::string line = "    after " + probe.after + ": ";
    if (!probe.error.empty()) {
      line += "cannot be run: " + probe.error;
    } else {
      line += fmt::format("{} (worst relative L2 of {} tensor{}: {})",
                          probe.diverges ? "DIFFERS" : "agrees", probe.tensors,
                          probe.tensors == 1 ? "" : "s", figure(probe.worst_rel_l2));
    }
    text += escape_for_terminal(line) + "\n";
  }
  for (const std::string& note : layers.notes) {
    text += escape_for_terminal("  note: " + note) + "\n";
  }
  return text;
}

}  // namespace

std::string compare_text(const CompareReport& report) {
  std::string text = conditions_text(report) + outputs_text(report);
  for (const DetectionAgreement& row : report.detections) {
    text += escape_for_terminal(fmt::format(
                "{}: {} boxes, the baseline has {}; with the baseline's boxes as pseudo-labels "
                "mAP@0.5 {:.4f}, mAP@0.5:0.95 {:.4f}",
                row.contender, row.contender_boxes, row.baseline_boxes, row.map50, row.map50_95)) +
            "\n";
  }
  text += speed_text(report);
  for (const LayerReport& layers : report.layers) text += layers_text(layers);
  for (const std::string& label : report.unmatched) {
    text += escape_for_terminal("only in one report: " + label) + "\n";
  }
  for (const GateResult& row : report.gates) {
    text +=
        escape_for_terminal(row.gate + (row.contender.empty() ? "" : " (" + row.contender + ")") +
                            ": " + row.state + ": " + row.detail) +
        "\n";
  }
  return text;
}

}  // namespace vernier::cli
