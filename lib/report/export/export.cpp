#include "report/export/export.h"

#include <array>

#include "report/export/formats.h"

namespace vernier {
namespace {

Result<std::string> report_json(const Report& report) { return to_json(report); }

constexpr std::array kExporters{
    Exporter{"html", ".html", "self-contained page with plots", exports::html},
    Exporter{"markdown", ".md", "tables for a pull request", exports::markdown},
    Exporter{"csv", ".csv", "one row a result", exports::csv},
    Exporter{"jsonl", ".jsonl", "every sample, one a line", exports::jsonl},
    Exporter{"json", ".json", "the report itself", report_json},
    Exporter{"junit", ".xml", "test results for CI servers", exports::junit},
    Exporter{"github-annotations", ".txt", "workflow commands of GitHub Actions",
             exports::github_annotations},
    Exporter{"step-summary", ".md", "markdown, appended to $GITHUB_STEP_SUMMARY",
             exports::markdown},
    Exporter{"github-action-benchmark", ".json", "customSmallerIsBetter",
             exports::github_action_benchmark},
    Exporter{"bmf", ".json", "Bencher Metric Format", exports::bencher},
    Exporter{"google-benchmark", ".json", "for Google Benchmark's compare.py",
             exports::google_benchmark},
};

}  // namespace

std::span<const Exporter> exporters() noexcept { return kExporters; }

Result<std::string> export_report(const Report& report, std::string_view format) {
  std::string known;
  for (const Exporter& exporter : kExporters) {
    if (exporter.name == format) return exporter.write(report);
    known += (known.empty() ? "" : ", ") + std::string(exporter.name);
  }
  return make_error(Errc::usage, "E-REPORT-EXPORT",
                    "there is no report format '" + std::string(format) + "'; there are: " + known);
}

}  // namespace vernier
