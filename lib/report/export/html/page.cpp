#include <algorithm>

#include "report/export/formats.h"
#include "report/export/html/plots.h"
#include "report/export/html/style.h"
#include "report/export/html/tables.h"
#include "report/export/text.h"
#include "report/summary.h"

namespace vernier::exports {
namespace {

std::string fact(std::string_view text) {
  return text.empty() ? std::string() : "<li><bdi>" + markup(text) + "</bdi></li>";
}

std::string page_title(const Report& report) {
  std::string title;
  for (std::size_t i = 0; i < std::min<std::size_t>(report.models.size(), 2); ++i) {
    title += (i > 0 ? ", " : "") + file_name(report.models[i].file);
  }
  if (report.models.size() > 2)
    title += " and " + std::to_string(report.models.size() - 2) + " more";
  return title.empty() ? "report" : title;
}

std::string head(const Report& report) {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
         "'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
         "<meta name=\"referrer\" content=\"no-referrer\">\n<title>" +
         markup(page_title(report)) + " &#8211; vernier " + markup(report.kind) +
         "</title>\n<style>" + std::string(style_sheet()) + "</style>\n</head>\n";
}

std::string header(const Report& report) {
  const Environment& e = report.measurement.environment;
  std::string when = e.created_utc;
  std::replace(when.begin(), when.end(), 'T', ' ');
  if (!when.empty() && when.back() == 'Z') when = when.substr(0, when.size() - 1) + " UTC";
  return "<header><p class=\"kicker\">vernier " + markup(report.kind) + "</p><h1><bdi>" +
         markup(page_title(report)) + "</bdi></h1><ul class=\"facts\">" + fact(e.cpu_model) +
         fact(std::to_string(e.allowed_cores) + (e.allowed_cores == 1 ? " core" : " cores")) +
         fact(e.os) + fact(when) + "</ul></header>\n";
}

std::string banner(const Measurement& m) {
  std::string out;
  if (m.status == MeasureStatus::interrupted) {
    out +=
        "<section class=\"banner\"><p><strong>Interrupted.</strong> These are the results until "
        "then.</p></section>\n";
  }
  const OverallValidity overall = overall_validity(m);
  if (overall.status == ValidityCheck::Status::ok) return out;
  std::string ids;
  for (const OverallValidity::Check& check : overall.checks) {
    if (check.status != ValidityCheck::Status::ok) ids += (ids.empty() ? "" : ", ") + check.id;
  }
  const auto failed = std::count_if(m.engines.begin(), m.engines.end(),
                                    [](const EngineMeasurement& e) { return e.error.has_value(); });
  std::string text;
  if (failed > 0) {
    text += std::to_string(failed) + " of " + std::to_string(m.engines.size()) +
            " engines did not get to the end. ";
  }
  if (!ids.empty()) text += "Take care with these numbers: " + ids + ".";
  const bool invalid = overall.status == ValidityCheck::Status::invalid;
  return out + "<section class=\"banner" + (invalid ? " invalid" : "") + "\"><p>" +
         (invalid ? "&#10005; " : "! ") + markup(text) + "</p></section>\n";
}

}  // namespace

Result<std::string> html(const Report& report) {
  const Measurement& m = report.measurement;
  const auto names = unique_names(m);
  std::string out = head(report) + "<body>\n" + header(report) + "<main>\n" + banner(m);
  if (const std::string rows = forest(report); !rows.empty()) {
    out +=
        "<section aria-labelledby=\"h-compare\"><h2 id=\"h-compare\">Comparison</h2>" + rows +
        "<p class=\"note\">Ratio: baseline latency over contender latency, with its 95 % interval; "
        "the band is the margin in which differences count as none.</p></section>\n";
  }
  out += results_table(m, names) + "\n";
  if (anything_to_plot(m)) {
    out += "<div class=\"figs\">" + ecdf_figure(m, names) + "\n" + series_figure(m, names) +
           "</div>\n";
  }
  out += course_table(m, names) + "\n" + switches_table(m, names) + "\n" +
         validity_table(m, names) + "\n" + details(report, names) +
         "\n</main>\n<footer><p>Made by vernier " + markup(m.environment.tool_version) +
         " from a report that holds every sample. This page is one file: no script, nothing is "
         "loaded.</p></footer>\n</body>\n</html>\n";
  return out;
}

}  // namespace vernier::exports
