#include "report/report.h"

#include "base/sha256.h"

namespace vernier {

Result<ReportModel> describe_model(const std::string& path) {
  VERNIER_ASSIGN(const auto file, MappedFile::open(path));
  return ReportModel{path, sha256_hex(file->bytes()), file->bytes().size()};
}

Result<Report> read_report(const std::string& path) {
  VERNIER_ASSIGN(const std::string text, read_text_file(path, kMaxReportBytes));
  auto report = report_from_json(text);
  if (report) return report;
  Error error = std::move(report).error();
  error.message = "'" + path + "': " + error.message;
  return error;
}

Result<ReportWriter> ReportWriter::open(const std::string& path) {
  VERNIER_ASSIGN(AtomicFile file, AtomicFile::open(path));
  return ReportWriter(std::move(file));
}

Result<void> ReportWriter::update(const Report& report) {
  VERNIER_TRY(file_.rewind());
  return file_.write(to_json(report));
}

Result<void> ReportWriter::finish(const Report& report) {
  VERNIER_TRY(update(report));
  return file_.commit();
}

}  // namespace vernier
