#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/record_field.h"
#include "base/result.h"
#include "measure/measurement.h"
#include "measure/pipeline.h"

namespace vernier {

/// Version of the report's JSON (semantic versioning; readers take every 1.x).
inline constexpr std::string_view kReportSchemaVersion = "1.2.0";
/// Reports above this size are not read.
inline constexpr std::size_t kMaxReportBytes = std::size_t{512} << 20U;

struct ReportModel {
  std::string file;
  std::string sha256;
  std::uint64_t bytes = 0;
};

/// One input tensor and where it came from.
struct ReportInput {
  std::string name;
  std::string dtype;
  std::vector<std::int64_t> shape;
  std::string sha256;  ///< of the tensor's bytes; empty for strings
  std::string source;  ///< "synthetic" | "file"
  std::string kind;    ///< synthetic kind; empty for files
  std::string file;
  std::vector<RecordField> preprocess;  ///< empty when the tensor was taken as it was
  std::string case_label{};             ///< setting of the inputs it belongs to
};

/// What a comparison was allowed; absent members were not asked for.
struct ReportGate {
  std::optional<double> max_regression;  ///< share of latency: 0.05 allows 5 % more
  std::optional<double> max_rel_l2;
};

/// A whole report.
struct Report {
  std::string schema_version{kReportSchemaVersion};
  std::string kind = "bench";        ///< "bench" | "compare" | "sweep"
  std::vector<std::string> command;  ///< the command line
  std::vector<ReportModel> models;   ///< at least one
  std::vector<ReportInput> inputs;
  std::optional<ReportGate> gate;
  Measurement measurement;
  std::optional<PipelineMeasurement> pipeline;  ///< pictures through all steps
};

/// Size and SHA-256 of a model file. Error: invalid_data E-FILE-OPEN.
Result<ReportModel> describe_model(const std::string& path);

/// Pretty JSON that ends in a newline and fits schema/vernier-report.schema.json. Numbers that are
/// not finite become null, with a reason beside them; text that is not UTF-8 is replaced.
std::string to_json(const Report& report);

/// Reads a report. Errors: invalid_data E-REPORT-FORMAT (no JSON, missing or mistyped members),
/// unsupported E-REPORT-VERSION (another major version), limit E-LIMIT-FILE. Unknown members are
/// ignored.
Result<Report> report_from_json(std::string_view text);
Result<Report> read_report(const std::string& path);

/// A report's file: opened before measuring, so that a path that cannot be written costs no
/// measurement; whole or absent.
class ReportWriter {
 public:
  /// Error: output E-OUTPUT-OPEN.
  static Result<ReportWriter> open(const std::string& path);
  /// Replaces the contents, unseen until finish().
  Result<void> update(const Report& report);
  /// update() and the file appears.
  Result<void> finish(const Report& report);

 private:
  explicit ReportWriter(AtomicFile file) : file_(std::move(file)) {}
  AtomicFile file_;
};

}  // namespace vernier
