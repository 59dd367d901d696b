#pragma once

#include <string>

#include "base/result.h"
#include "report/report.h"

namespace vernier::exports {

/// One JSON object a line and sample: engine, model, case, round, position, run, ns and what the
/// kernel did to the run (null when the engine does not tell).
Result<std::string> jsonl(const Report& report);

/// One row a result, RFC 4180 with CRLF. Texts that a spreadsheet would take for a formula get an
/// apostrophe in front.
Result<std::string> csv(const Report& report);

/// Tables for GitHub-flavoured Markdown; below GitHub's limit of 1 MiB for a step summary.
Result<std::string> markdown(const Report& report);

/// A test suite each for results and comparisons. An engine's error is an error, disagreeing
/// outputs and gate_failure() are failures, an inconclusive comparison is skipped.
Result<std::string> junit(const Report& report);

/// Workflow commands (::error, ::warning, ::notice); at most 10 of a kind, which is what GitHub
/// shows of a step, the last one then counting the rest.
Result<std::string> github_annotations(const Report& report);

/// github-action-benchmark's customSmallerIsBetter: p50 and peak memory of each result.
Result<std::string> github_action_benchmark(const Report& report);

/// Bencher Metric Format: latency (ns), throughput (per second), peak-memory (bytes).
Result<std::string> bencher(const Report& report);

/// Google Benchmark's JSON: a repetition is a block, with the mean time of its runs, so that
/// compare.py's U test sees independent values. cpu_time repeats real_time (see the context).
Result<std::string> google_benchmark(const Report& report);

/// One self-contained page: no script, nothing from outside, plots as inline SVG.
Result<std::string> html(const Report& report);

}  // namespace vernier::exports
