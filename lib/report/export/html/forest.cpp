#include <algorithm>
#include <cmath>

#include "report/export/html/plots.h"
#include "report/export/html/svg.h"
#include "report/export/text.h"
#include "report/summary.h"

namespace vernier::exports {
namespace {

/// Strips have no viewBox: their coordinates are percents, so they fit any width undistorted.
std::string at(const Scale& scale, double value) {
  return px(std::clamp(scale(value), 0.0, 100.0)) + "%";
}

struct Row {
  std::string title;  ///< HTML
  std::string verdict_class;
  std::string verdict;
  std::string numbers;
  std::optional<double> ratio;
  double low = 0.0;
  double high = 0.0;
  double margin = 0.0;
  std::string note;
};

Row comparison_row(const Comparison& c) {
  Row row;
  row.title = "<bdi>" + markup(display_name(c.contender, c.case_label)) +
              "</bdi> <span class=\"dim\">against</span> <bdi>" + markup(c.baseline) + "</bdi>";
  row.verdict = verdict_name(c.verdict);
  std::replace(row.verdict.begin(), row.verdict.end(), '_', ' ');
  row.verdict_class = verdict_name(c.verdict);
  row.ratio = c.ratio;
  row.low = c.ci_low;
  row.high = c.ci_high;
  row.margin = c.margin;
  if (c.ratio)
    row.numbers = figure(*c.ratio) + " (" + figure(c.ci_low) + " to " + figure(c.ci_high) + ")";
  row.note = headline(c) + ".";
  if (c.verdict == Verdict::disagrees || c.outputs.compared) {
    row.note += c.outputs.agree ? " Outputs agree" : " Outputs differ";
    row.note += " (relative L2 " + scientific(c.outputs.max_rel_l2) + ", allowed " +
                scientific(c.outputs.tolerance) + ").";
  } else {
    row.note += " Outputs were not compared.";
  }
  const std::string units = c.unit == PairUnit::process ? " processes" : " pairs";
  if (c.pairs > 0) row.note += " " + std::to_string(c.pairs) + units;
  if (c.pairs > 0 && c.p_adjusted) row.note += ", adjusted p " + scientific(*c.p_adjusted);
  if (c.pairs > 0) row.note += ".";
  if (c.pairs_needed) row.note += " " + std::to_string(*c.pairs_needed) + units + " would decide.";
  if (!c.reason.empty()) row.note += " " + c.reason + ".";
  return row;
}

Row noise_row(const NoiseFloor& n) {
  Row row;
  row.title = "<bdi>" + markup(n.label) + "</bdi> <span class=\"dim\">against itself</span>";
  row.verdict = "noise floor";
  row.verdict_class = "noise";
  row.ratio = n.ratio;
  row.low = n.ci_low;
  row.high = n.ci_high;
  row.numbers = figure(*n.ratio) + " (" + figure(n.ci_low) + " to " + figure(n.ci_high) + ")";
  row.note = "Two processes of the same engine with the same settings: what differs is noise.";
  if (n.resolution) row.note += " Differences from " + percent(*n.resolution) + " on can be told.";
  return row;
}

std::string strip(const Row& row, const Scale& x, const std::vector<double>& ticks) {
  std::string out = "<svg class=\"strip\" role=\"img\" aria-label=\"" +
                    markup(row.numbers.empty() ? "no ratio" : "ratio " + row.numbers) + "\">";
  if (row.margin > 0.0) {
    const double low = std::clamp(x(1.0 / (1.0 + row.margin)), 0.0, 100.0);
    const double high = std::clamp(x(1.0 + row.margin), 0.0, 100.0);
    out += "<rect class=\"band\" x=\"" + px(low) + "%\" y=\"0\" width=\"" +
           px(std::max(high - low, 0.2)) + "%\" height=\"100%\"/>";
  }
  for (const double tick : ticks) {
    out += "<line class=\"grid\" x1=\"" + at(x, tick) + "\" x2=\"" + at(x, tick) +
           "\" y1=\"0\" y2=\"100%\"/>";
  }
  out += "<line class=\"one\" x1=\"" + at(x, 1.0) + "\" x2=\"" + at(x, 1.0) +
         "\" y1=\"0\" y2=\"100%\"/>";
  if (row.ratio) {
    const std::string css = "class=\"ci v-" + row.verdict_class + "\"";
    out += "<line " + css + " x1=\"" + at(x, row.low) + "\" x2=\"" + at(x, row.high) +
           "\" y1=\"50%\" y2=\"50%\"/>";
    for (const double end : {row.low, row.high}) {
      out += "<line " + css + " x1=\"" + at(x, end) + "\" x2=\"" + at(x, end) +
             "\" y1=\"32%\" y2=\"68%\"/>";
    }
    out += "<circle class=\"point v-" + row.verdict_class + "\" cx=\"" + at(x, *row.ratio) +
           "\" cy=\"50%\" r=\"5\"/>";
  }
  return out + "</svg>";
}

std::string axis_row(const Scale& x, const std::vector<double>& ticks) {
  std::string out = "<div class=\"fr-axis\" aria-hidden=\"true\"><svg class=\"strip\">";
  const double step = ticks.size() > 1 ? ticks[1] - ticks[0] : 0.1;
  for (const double tick : ticks) {
    const double place = x(tick);
    const char* anchor = place < 4.0 ? "start" : place > 96.0 ? "end" : "middle";
    out += "<text class=\"tick\" x=\"" + at(x, tick) + "\" y=\"14\" text-anchor=\"" + anchor +
           "\">" + tick_label(tick, step) + "</text>";
  }
  return out +
         "</svg><div class=\"ends\"><span>&#8592; contender slower</span><span>contender faster "
         "&#8594;</span></div></div>";
}

}  // namespace

std::string forest(const Report& report) {
  std::vector<Row> rows;
  for (const Comparison& c : report.measurement.comparisons) rows.push_back(comparison_row(c));
  if (report.measurement.noise.ratio) rows.push_back(noise_row(report.measurement.noise));
  if (rows.empty()) return {};
  double reach = std::log(1.03);
  for (const Row& row : rows) {
    if (!row.ratio) continue;
    for (const double value : {row.low, row.high, *row.ratio, 1.0 + row.margin}) {
      if (value > 0.0) reach = std::max(reach, std::abs(std::log(value)));
    }
  }
  reach = std::min(reach * 1.1, std::log(1000.0));
  const Scale x(std::exp(-reach), std::exp(reach), 0.0, 100.0, true);
  const std::vector<double> ticks = x.ticks(5);
  std::string out = "<div class=\"forest\">";
  for (const Row& row : rows) {
    out += "<div class=\"fr\"><div class=\"fr-head\"><span class=\"fr-name\">" + row.title +
           "</span><span class=\"verdict v-" + row.verdict_class + "\">" + row.verdict +
           "</span></div><div class=\"fr-plot\">" + strip(row, x, ticks) +
           "</div><div class=\"fr-num\">" + (row.numbers.empty() ? "no ratio" : row.numbers) +
           "</div><p class=\"note fr-note\">" + markup(row.note) + "</p></div>";
  }
  return out + axis_row(x, ticks) + "</div>";
}

}  // namespace vernier::exports
