#include "report/export/html/plots.h"

#include <algorithm>
#include <cmath>

#include "measure/block_compare.h"
#include "measure/statistics.h"
#include "report/export/html/svg.h"
#include "report/export/text.h"

namespace vernier::exports {
namespace {

/// Range of a latency axis over all plotted results, up to a quantile, so that a single slow run
/// does not flatten everything else.
struct LatencyRange {
  double low = 0.0;
  double high = 0.0;
  bool logarithmic = false;
  std::int64_t beyond = 0;  ///< runs above `high`
  TimeUnit unit;
};

std::vector<std::int64_t> sorted_runs(const EngineMeasurement& m) {
  std::vector<std::int64_t> all;
  for (const BlockSamples& block : m.blocks)
    all.insert(all.end(), block.ns.begin(), block.ns.end());
  std::sort(all.begin(), all.end());
  return all;
}

std::size_t plotted(const Measurement& m) { return std::min(m.engines.size(), kMaxPlotted); }

LatencyRange latency_range(const std::vector<std::vector<std::int64_t>>& sorted) {
  LatencyRange range;
  for (const auto& runs : sorted) {
    if (runs.empty()) continue;
    const std::size_t at = (runs.size() - 1) * 99 / 100;
    const double low = static_cast<double>(runs.front());
    const double high = static_cast<double>(runs[at]);
    range.low = range.low == 0.0 ? low : std::min(range.low, low);
    range.high = std::max(range.high, high);
  }
  range.logarithmic = range.low > 0.0 && range.high / range.low > 12.0;
  const double pad = (range.high - range.low) * 0.06;
  range.high += range.logarithmic ? range.high * 0.1 : pad;
  range.low -= range.logarithmic ? range.low * 0.1 : std::min(pad, range.low);
  for (const auto& runs : sorted) {
    const auto first = std::upper_bound(runs.begin(), runs.end(),
                                        static_cast<std::int64_t>(std::min(range.high, 9e18)));
    range.beyond += runs.end() - first;
  }
  range.unit = time_unit(range.low > 0.0 ? range.low : range.high);
  return range;
}

/// For logarithmic axes, whose ticks have one digit that counts.
std::string figure_or_whole(double value) {
  return value >= 1.0 ? tick_label(value, 1.0) : figure(value, 1);
}

Axis latency_axis(const Scale& scale, const LatencyRange& range, int wanted) {
  Axis axis;
  axis.scale = &scale;
  axis.ticks = scale.ticks(wanted);
  const double step = axis.ticks.size() > 1 ? axis.ticks[1] - axis.ticks[0] : range.high;
  for (const double tick : axis.ticks) {
    axis.labels.push_back(range.logarithmic
                              ? figure_or_whole(tick / range.unit.ns)
                              : tick_label(tick / range.unit.ns, step / range.unit.ns));
  }
  axis.name = std::string("latency, ") + range.unit.name + (range.logarithmic ? " (log)" : "");
  return axis;
}

std::string ecdf_path(const std::vector<std::int64_t>& sorted, const Scale& x, const Scale& y,
                      std::size_t most) {
  if (sorted.empty()) return {};
  const std::size_t n = sorted.size();
  const std::size_t points = std::min(n, most);
  std::string d = "M" + px(x(static_cast<double>(sorted.front()))) + " " + px(y(0.0));
  for (std::size_t k = 1; k <= points; ++k) {
    const std::size_t rank = std::max<std::size_t>(1, k * n / points);
    d += "H" + px(x(static_cast<double>(sorted[rank - 1]))) + "V" +
         px(y(static_cast<double>(rank) / static_cast<double>(n)));
  }
  return d + "H" + px(x(x.high()));
}

std::string clip(const Frame& f, const std::string& id) {
  return "<clipPath id=\"" + id + "\"><rect x=\"" + px(f.left) + "\" y=\"" + px(f.top - 2) +
         "\" width=\"" + px(f.width - f.left - f.right) + "\" height=\"" +
         px(f.height - f.top - f.bottom + 3) + "\"/></clipPath>";
}

std::string legend(const Measurement& m, const std::vector<std::string>& names) {
  std::string out = "<ul class=\"legend\">";
  for (std::size_t i = 0; i < plotted(m); ++i) {
    out +=
        "<li><svg class=\"key\" viewBox=\"0 0 26 10\" aria-hidden=\"true\"><path class=\"line s" +
        std::to_string(i) + "\" d=\"M1 5H25\"/></svg><bdi>" + markup(names[i]) + "</bdi></li>";
  }
  out += "</ul>";
  if (m.engines.size() > plotted(m)) {
    out += "<p class=\"note\">" + std::to_string(m.engines.size() - plotted(m)) +
           " more results are in the tables only.</p>";
  }
  return out;
}

/// Index and value of runs that stand for all: the smallest and the largest of each bucket.
std::vector<std::pair<double, std::int64_t>> thinned(const EngineMeasurement& m, std::size_t most) {
  std::vector<std::pair<double, std::int64_t>> all;
  for (const BlockSamples& block : m.blocks) {
    const double n = static_cast<double>(block.ns.size());
    for (std::size_t i = 0; i < block.ns.size(); ++i) {
      all.emplace_back(block.round + (static_cast<double>(i) + 0.5) / n, block.ns[i]);
    }
  }
  if (all.size() <= most) return all;
  std::vector<std::pair<double, std::int64_t>> kept;
  const std::size_t buckets = std::max<std::size_t>(1, most / 2);
  const auto by_ns = [](const auto& a, const auto& b) { return a.second < b.second; };
  for (std::size_t k = 0; k < buckets; ++k) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(k * all.size() / buckets);
    const auto end = all.begin() + static_cast<std::ptrdiff_t>((k + 1) * all.size() / buckets);
    if (begin == end) continue;
    const auto [least, largest] = std::minmax_element(begin, end, by_ns);
    kept.push_back(*least);
    if (largest != least) kept.push_back(*largest);
  }
  return kept;
}

std::string series_marks(const EngineMeasurement& m, std::size_t index, const Scale& x,
                         const Scale& y, std::size_t most) {
  std::string dots;
  std::string above;
  for (const auto& [at, ns] : thinned(m, most)) {
    const double value = static_cast<double>(ns);
    if (value > y.high()) {
      const double top = y(y.high());
      above += "M" + px(x(at) - 3) + " " + px(top + 6) + "l3-5 3 5z";
    } else {
      dots += "M" + px(x(at)) + " " + px(y(value)) + "h0";
    }
  }
  std::string line;
  for (const auto& [round, middle] : block_medians(m.blocks)) {
    line += (line.empty() ? "M" : "L") + px(x(round + 0.5)) + " " + px(y(middle));
  }
  const std::string colour = " s" + std::to_string(index) + "\"";
  return "<path class=\"dots" + colour + " d=\"" + dots + "\"/><path class=\"above" + colour +
         " d=\"" + above + "\"/><path class=\"line" + colour + " d=\"" + line + "\"/>";
}

int last_round(const Measurement& m) {
  int last = 0;
  for (std::size_t i = 0; i < plotted(m); ++i) {
    for (const BlockSamples& block : m.engines[i].blocks) last = std::max(last, block.round);
  }
  return last;
}

Axis plain_axis(const Scale& scale, int wanted, const std::string& name, bool share) {
  Axis axis;
  axis.scale = &scale;
  for (const double tick : scale.ticks(wanted)) {
    if (!share && tick != std::floor(tick)) continue;
    axis.ticks.push_back(tick);
    axis.labels.push_back(share ? tick_label(tick * 100.0, 1.0) + " %" : tick_label(tick, 1.0));
  }
  axis.name = name;
  return axis;
}

std::string figure_end(const Measurement& m, const std::vector<std::string>& names,
                       const std::string& caption) {
  return legend(m, names) + "<figcaption>" + caption + "</figcaption></figure>";
}

std::string beyond_text(const LatencyRange& range) {
  if (range.beyond == 0) return {};
  return " " + std::to_string(range.beyond) + (range.beyond == 1 ? " run is" : " runs are") +
         " beyond " + duration(range.high, 3) + ".";
}

}  // namespace

bool anything_to_plot(const Measurement& measurement) {
  for (std::size_t i = 0; i < plotted(measurement); ++i) {
    if (measurement.engines[i].latency.n > 0) return true;
  }
  return false;
}

std::string ecdf_figure(const Measurement& m, const std::vector<std::string>& names) {
  std::vector<std::vector<std::int64_t>> sorted;
  std::string description = "Medians:";
  for (std::size_t i = 0; i < plotted(m); ++i) {
    sorted.push_back(sorted_runs(m.engines[i]));
    if (sorted.back().empty()) continue;
    description += " " + names[i] + " " +
                   duration(static_cast<double>(sorted.back()[(sorted.back().size() - 1) / 2])) +
                   ";";
  }
  const LatencyRange range = latency_range(sorted);
  std::string out = "<figure><h3>Distribution of latency</h3>";
  for (const Frame& f : {wide_frame(), narrow_frame()}) {
    const std::string id = std::string("ecdf-") + f.css;
    const Scale x(range.low, range.high, f.left, f.width - f.right, range.logarithmic);
    const Scale y(0.0, 1.0, f.height - f.bottom, f.top);
    out +=
        svg_open(f, id, "Share of runs that took at most so long, a curve a result", description);
    out +=
        axes(f, latency_axis(x, range, f.x_ticks), plain_axis(y, f.y_ticks, "share of runs", true));
    out += clip(f, id + "-c") + "<g clip-path=\"url(#" + id + "-c)\">";
    const std::size_t most = kMaxPoints / (f.width > 400 ? 4 : 8);
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      const std::string colour = " s" + std::to_string(i) + "\"";
      out += "<path class=\"line" + colour + " d=\"" + ecdf_path(sorted[i], x, y, most) + "\"/>";
      if (sorted[i].empty()) continue;
      const double middle = static_cast<double>(sorted[i][(sorted[i].size() - 1) / 2]);
      out += "<circle class=\"mark" + colour + " cx=\"" + px(x(middle)) + "\" cy=\"" + px(y(0.5)) +
             "\" r=\"4\"/>";
    }
    out += "</g></svg>";
  }
  return out + figure_end(m, names,
                          "Further left is faster, steeper is steadier. Dots: medians." +
                              beyond_text(range));
}

std::string series_figure(const Measurement& m, const std::vector<std::string>& names) {
  std::vector<std::vector<std::int64_t>> sorted;
  for (std::size_t i = 0; i < plotted(m); ++i) sorted.push_back(sorted_runs(m.engines[i]));
  const LatencyRange range = latency_range(sorted);
  std::string out = "<figure><h3>Latency over time</h3>";
  for (const Frame& f : {wide_frame(), narrow_frame()}) {
    const std::string id = std::string("series-") + f.css;
    const Scale x(0.0, last_round(m) + 1.0, f.left, f.width - f.right);
    const Scale y(range.low, range.high, f.height - f.bottom, f.top, range.logarithmic);
    out += svg_open(f, id, "Latency of the runs in the order of measuring",
                    "Dots are runs, lines the medians of blocks, by round.");
    out += axes(f, plain_axis(x, f.x_ticks, "round", false), latency_axis(y, range, f.y_ticks));
    const std::size_t most =
        (f.width > 400 ? kMaxPoints : kMaxPoints / 3) / std::max<std::size_t>(1, sorted.size());
    for (std::size_t i = 0; i < sorted.size(); ++i)
      out += series_marks(m.engines[i], i, x, y, most);
    out += "</svg>";
  }
  return out +
         figure_end(
             m, names,
             "Dots: runs (many are thinned, extremes kept); lines: medians of blocks. The "
             "axis does not start at zero." +
                 (range.beyond > 0 ? beyond_text(range) + " Triangles mark them." : std::string()));
}

}  // namespace vernier::exports
