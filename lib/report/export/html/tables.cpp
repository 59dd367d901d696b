#include "report/export/html/tables.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "report/export/html/plots.h"
#include "report/export/text.h"
#include "report/summary.h"

namespace vernier::exports {
namespace {

/// A table whose rows become cards on a telephone, which is why each cell repeats its heading.
class Table {
 public:
  struct Column {
    std::string name;
    bool number = true;
  };
  explicit Table(std::vector<Column> columns)
      : columns_(std::move(columns)), used_(columns_.size(), false) {
    used_.front() = true;
  }

  /// `head` and `cells` are HTML; one cell for each column after the first.
  void row(const std::string& head, std::vector<std::string> cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (!cells[i].empty() && cells[i] != "-") used_.at(i + 1) = true;
    }
    rows_.push_back({head, std::move(cells)});
  }
  /// Columns in which no row has anything are left out.
  [[nodiscard]] std::string html() const {
    std::string out = "<table class=\"cards\"><thead><tr>";
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (!used_[i]) continue;
      out += std::string("<th scope=\"col\"") + (columns_[i].number ? " class=\"num\"" : "") + ">" +
             markup(columns_[i].name) + "</th>";
    }
    out += "</tr></thead><tbody>\n";
    for (const Row& row : rows_) {
      out += "<tr><th scope=\"row\">" + row.head + "</th>";
      for (std::size_t i = 0; i < row.cells.size(); ++i) {
        if (used_[i + 1]) out += cell(columns_[i + 1], row.cells[i]);
      }
      out += "</tr>\n";
    }
    return out + "</tbody></table>";
  }

 private:
  struct Row {
    std::string head;
    std::vector<std::string> cells;
  };
  static std::string cell(const Column& column, const std::string& content) {
    std::string css = column.number ? "num" : "";
    if (content.empty()) css += css.empty() ? "empty" : " empty";
    return "<td" + (css.empty() ? std::string() : " class=\"" + css + "\"") + " data-label=\"" +
           markup(column.name) + "\"><span>" + content + "</span></td>";
  }
  std::vector<Column> columns_;
  std::vector<bool> used_;
  std::vector<Row> rows_;
};

std::string name_cell(std::size_t index, const std::string& name) {
  const std::string swatch = index < kMaxPlotted ? "<span class=\"sw s" + std::to_string(index) +
                                                       "\" aria-hidden=\"true\"></span>"
                                                 : std::string();
  return swatch + "<bdi>" + markup(name) + "</bdi>";
}

std::string with_interval(const std::string& value, const std::string& low,
                          const std::string& high) {
  return value + "<span class=\"ci\">" + low + " to " + high + "</span>";
}

std::string percentile_cell(const Percentile& p, const TimeUnit& unit) {
  if (!p.value) return "<span class=\"dim\" title=\"" + markup(p.reason) + "\">&#8211;</span>";
  return with_interval(in_unit(static_cast<double>(*p.value), unit),
                       in_unit(static_cast<double>(p.ci_low), unit),
                       in_unit(static_cast<double>(p.ci_high), unit));
}

std::string badge(ValidityCheck::Status status) {
  const std::string name(validity_status_name(status));
  const char* mark = status == ValidityCheck::Status::ok        ? "&#10003; "
                     : status == ValidityCheck::Status::suspect ? "! "
                                                                : "&#10005; ";
  return "<span class=\"badge " + name + "\">" + mark + name + "</span>";
}

ValidityCheck::Status worst_of(const EngineMeasurement& m) {
  ValidityCheck::Status worst = ValidityCheck::Status::ok;
  for (const ValidityCheck& check : m.validity) worst = std::max(worst, check.status);
  return worst;
}

std::string drift_text(const SteadyState& s) {
  if (s.steady == SteadyClass::unknown && !s.drift && !s.bimodal) return {};
  std::string text(steady_class_name(s.steady));
  std::replace(text.begin(), text.end(), '_', ' ');
  if (s.bimodal) {
    text += ": " + duration(s.fast_mode_ns, 3) + " and " + duration(s.slow_mode_ns, 3) + ", " +
            percent(s.slow_mode_share, 2) + " in the slower";
  }
  if (s.drift) {
    text += "<span class=\"ci\">drift " + percent(*s.drift, 2) + " (" + percent(s.drift_low, 2) +
            " to " + percent(s.drift_high, 2) + ")</span>";
  }
  return text;
}

std::string outliers_text(const Outliers& o) {
  if (o.mild + o.severe == 0) return "none";
  std::string text = std::to_string(o.severe) + " severe, " + std::to_string(o.mild) + " mild";
  std::string causes;
  for (const auto& [cause, runs] : o.causes) {
    causes += (causes.empty() ? "" : ", ") + markup(cause) + " " + std::to_string(runs);
  }
  return causes.empty() ? text : text + "<span class=\"dim\"> (" + causes + ")</span>";
}

}  // namespace

std::string results_table(const Measurement& m, const std::vector<std::string>& names) {
  const TimeUnit unit = time_unit(smallest_latency(m));
  const std::string in = std::string(", ") + unit.name;
  Table table({{"Result", false},
               {"p50" + in},
               {"p90" + in},
               {"p99" + in},
               {"per second"},
               {"runs"},
               {"peak memory"},
               {"Settings", false},
               {"Status", false}});
  std::vector<std::string> withheld;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const EngineMeasurement& e = m.engines[i];
    const std::string settings = markup(settings_text(e));
    if (e.error) {
      table.row(name_cell(i, names[i]), {"", "", "", "", "", "", settings,
                                         badge(ValidityCheck::Status::invalid) + " <bdi>" +
                                             markup(error_text(*e.error)) + "</bdi>"});
      continue;
    }
    const auto per_s = inferences_per_s(e);
    std::string rate = per_s ? figure(*per_s) : "&#8211;";
    if (e.throughput.per_s > 0.0) {
      rate = with_interval(rate, figure(e.throughput.ci_low), figure(e.throughput.ci_high));
    }
    table.row(name_cell(i, names[i]),
              {percentile_cell(e.latency.p50, unit), percentile_cell(e.latency.p90, unit),
               percentile_cell(e.latency.p99, unit), rate, std::to_string(e.latency.n),
               bytes(e.memory.peak_rss_bytes), settings, badge(worst_of(e))});
    for (const auto& [label, p] : {std::pair("p90", &e.latency.p90), {"p99", &e.latency.p99}}) {
      if (!p->value && e.latency.n > 0) {
        withheld.push_back(std::string(label) + " of " + names[i] + " " + p->reason);
      }
    }
  }
  std::string out = "<section aria-labelledby=\"h-results\"><h2 id=\"h-results\">Results</h2>" +
                    table.html() +
                    "<p class=\"note\">Small figures: 95 % intervals. Percentiles by nearest rank; "
                    "latency from inputs in the engine's memory to outputs complete in memory.</p>";
  if (!withheld.empty()) {
    out += "<p class=\"note\">Withheld: ";
    for (std::size_t i = 0; i < std::min<std::size_t>(withheld.size(), 6); ++i) {
      out += (i > 0 ? "; " : "") + markup(withheld[i]);
    }
    if (withheld.size() > 6) out += "; and " + std::to_string(withheld.size() - 6) + " more";
    out += ".</p>";
  }
  return out + "</section>";
}

std::string course_table(const Measurement& m, const std::vector<std::string>& names) {
  Table table({{"Result", false},
               {"load"},
               {"prepare"},
               {"first inference"},
               {"warm-up"},
               {"Course", false},
               {"Outliers", false},
               {"peak after load"},
               {"weights"},
               {"arena"},
               {"J per inference"}});
  bool any = false;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const EngineMeasurement& e = m.engines[i];
    if (e.latency.n == 0) continue;
    any = true;
    const WarmUp& w = e.warm_up;
    table.row(name_cell(i, names[i]),
              {duration(static_cast<double>(e.load_ns), 3),
               duration(static_cast<double>(e.prepare_ns), 3),
               duration(static_cast<double>(e.first_inference_ns), 3),
               w.runs > 0 ? std::to_string(w.runs) + " runs, " +
                                duration(static_cast<double>(w.time_to_steady_ns), 3)
                          : std::string(),
               drift_text(e.steady), outliers_text(e.outliers), bytes(e.memory.peak_load_bytes),
               bytes(e.facts.weights_bytes), bytes(e.facts.planned_arena_bytes),
               e.energy.joules_per_inference ? figure(*e.energy.joules_per_inference, 3)
                                             : std::string()});
  }
  if (!any) return {};
  return "<section aria-labelledby=\"h-course\"><h2 id=\"h-course\">Phases, steadiness, "
         "memory</h2>" +
         table.html() + "</section>";
}

std::string validity_table(const Measurement& m, const std::vector<std::string>& names) {
  Table table({{"Check", false},
               {"Status", false},
               {"Result", false},
               {"Observed", false},
               {"Limit", false},
               {"What helps", false}});
  struct Line {
    const ValidityCheck* check = nullptr;
    std::string who;
    std::size_t results = 0;
  };
  std::vector<Line> lines;
  std::size_t good = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    for (const ValidityCheck& check : m.engines[i].validity) {
      if (check.status == ValidityCheck::Status::ok) {
        ++good;
        continue;
      }
      const auto same = std::find_if(lines.begin(), lines.end(), [&](const Line& line) {
        return line.check->id == check.id && line.check->status == check.status &&
               line.check->observed == check.observed;
      });
      if (same == lines.end()) {
        lines.push_back({&check, names[i], 1});
      } else {
        same->who += ", " + names[i];
        ++same->results;
      }
    }
  }
  const auto by_status = [](const Line& a, const Line& b) {
    return a.check->status > b.check->status;
  };
  std::stable_sort(lines.begin(), lines.end(), by_status);
  for (const Line& line : lines) {
    const bool all = line.results == names.size() && names.size() > 1;
    table.row(
        markup(line.check->id),
        {badge(line.check->status), "<bdi>" + (all ? "all" : markup(line.who)) + "</bdi>",
         markup(line.check->observed), markup(line.check->limit), markup(line.check->remedy)});
  }
  std::string out =
      "<section aria-labelledby=\"h-valid\"><h2 id=\"h-valid\">Can these numbers be "
      "trusted?</h2>";
  if (!lines.empty()) out += table.html();
  return out + "<p class=\"note\">" + std::to_string(good) + " checks passed" +
         (lines.empty() ? "; nothing was found that speaks against them" : "") + ".</p></section>";
}

std::string switches_table(const Measurement& m, const std::vector<std::string>& names) {
  Table table({{"Result", false},
               {"From", false},
               {"To", false},
               {"prepare"},
               {"first run"},
               {"Shapes seen before", false}});
  bool any = false;
  for (std::size_t i = 0; i < names.size(); ++i) {
    for (const ShapeSwitch& s : m.engines[i].shape_switches) {
      any = true;
      table.row(name_cell(i, names[i]),
                {"<bdi>" + markup(s.from) + "</bdi>", "<bdi>" + markup(s.to) + "</bdi>",
                 duration(static_cast<double>(s.bind_ns), 3),
                 duration(static_cast<double>(s.first_ns), 3), s.seen_before ? "yes" : "no"});
    }
  }
  if (!any) return {};
  return "<section aria-labelledby=\"h-switch\"><h2 id=\"h-switch\">Changing the shapes of the "
         "inputs</h2>" +
         table.html() + "</section>";
}

namespace {

class Definitions {
 public:
  void add(const char* name, std::string_view text) {
    if (!text.empty())
      html_ += std::string("<dt>") + name + "</dt><dd><bdi>" + markup(text) + "</bdi></dd>";
  }
  [[nodiscard]] std::string html() const { return "<dl>" + html_ + "</dl>"; }

 private:
  std::string html_;
};

std::string section(const char* title, const std::string& body) {
  return std::string("<section><details><summary>") + title + "</summary>" + body +
         "</details></section>";
}

std::string environment_part(const Environment& e) {
  Definitions d;
  d.add("Processor", e.cpu_model);
  std::string features;
  for (const std::string& feature : e.cpu_features)
    features += (features.empty() ? "" : ", ") + feature;
  d.add("Instruction sets", features);
  d.add("Cores", std::to_string(e.allowed_cores) + " allowed of " +
                     std::to_string(e.logical_cores) +
                     (e.cgroup_cpus ? ", quota " + figure(*e.cgroup_cpus, 3) : ""));
  d.add("Governor", e.governor.empty() ? "not told" : e.governor);
  d.add("Memory", bytes(e.memory_bytes));
  if (e.cgroup_memory_bytes) d.add("Memory limit", bytes(*e.cgroup_memory_bytes));
  d.add("System", e.os + ", " + e.kernel);
  d.add("Hypervisor", e.hypervisor);
  d.add("Huge pages", e.transparent_huge_pages);
  d.add("Load at the start", figure(e.load_1min, 3));
  d.add("vernier", e.tool_version + (e.git_commit.empty() ? "" : ", commit " + e.git_commit));
  d.add("Built with", e.compiler + ", " + e.build_type);
  return d.html();
}

std::string model_part(const Report& report) {
  Definitions d;
  for (const ReportModel& model : report.models) {
    d.add("Model", model.file + ", " + bytes(model.bytes) + ", sha256 " + model.sha256);
  }
  for (const ReportInput& input : report.inputs) {
    std::string text = input.name + " " + input.dtype + "[";
    for (std::size_t i = 0; i < input.shape.size(); ++i) {
      text += (i > 0 ? "," : "") + std::to_string(input.shape[i]);
    }
    text += "], " + input.source;
    if (!input.kind.empty()) text += " " + input.kind;
    if (!input.file.empty()) text += " " + input.file;
    d.add("Input", text);
  }
  std::string command;
  for (const std::string& word : report.command) command += (command.empty() ? "" : " ") + word;
  d.add("Command", command);
  return d.html();
}

std::string protocol_part(const Report& report) {
  const MeasureSettings& s = report.measurement.settings;
  Definitions d;
  d.add(
      "Order",
      "each engine in a process of its own, blocks of all engines in random order within a round");
  d.add("Seed", std::to_string(s.seed));
  d.add("Warm-up",
        "at least " + std::to_string(s.warmup_runs) + " runs and " + figure(s.warmup_s, 3) + " s");
  d.add("Measured", figure(s.min_time_s, 3) + " to " + figure(s.max_time_s, 3) +
                        " s of each engine, at least " + std::to_string(s.min_runs) + " runs");
  if (s.processes > 1) {
    d.add("Processes", std::to_string(s.processes) +
                           " of each engine, one after the other; what is compared is processes");
  }
  d.add("Blocks", figure(s.block_time_s, 3) + " s each, after " + std::to_string(s.lead_in_runs) +
                      " untimed lead-in runs");
  d.add("Margin", percent(s.margin, 3) + ": smaller differences count as none");
  if (const auto& plan = report.measurement.plan) {
    d.add("Plan", std::to_string(plan->rounds) +
                      (plan->unit == PairUnit::process ? " processes in " : " rounds in ") +
                      figure(plan->seconds, 3) + " s for " + percent(plan->resolve, 3) +
                      (plan->possible
                           ? ""
                           : "; not possible, reachable " + percent(plan->reachable_resolve, 3)));
  }
  return d.html();
}

std::string placement_part(const Measurement& m, const std::vector<std::string>& names) {
  Definitions d;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const EngineMeasurement& e = m.engines[i];
    std::map<std::string, std::int64_t> counts;
    for (const NodePlacement& node : e.facts.placement) ++counts[node.backend];
    std::string text =
        names[i] + ": " + e.name + " " + e.version + ", backend " + e.settings.backend;
    if (!e.facts.isa.empty()) text += ", " + e.facts.isa;
    for (const auto& [backend, count] : counts)
      text += ", " + std::to_string(count) + " nodes on " + backend;
    for (const auto& [key, value] : e.settings.options) text += ", " + key + "=" + value;
    if (!e.stop_reason.empty()) text += "; stopped: " + e.stop_reason;
    d.add("Engine", text);
    for (const std::string& note : e.facts.notes) d.add("", note);
  }
  return d.html();
}

}  // namespace

std::string details(const Report& report, const std::vector<std::string>& names) {
  return section("Machine and build", environment_part(report.measurement.environment)) +
         section("Model, inputs, command", model_part(report)) +
         section("How it was measured", protocol_part(report)) +
         section("Engines", placement_part(report.measurement, names));
}

}  // namespace vernier::exports
