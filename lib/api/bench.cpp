#include "vernier/bench.h"

#include <memory>
#include <utility>

#include "api/bench_engines.h"
#include "api/run_inputs.h"
#include "api/settings.h"
#include "base/budget.h"
#include "base/sha256.h"
#include "report/report.h"

namespace vernier {
namespace {

std::string stage_name(MeasureProgress::Stage stage) {
  switch (stage) {
    case MeasureProgress::Stage::load:
      return "load";
    case MeasureProgress::Stage::warm_up:
      return "warm up";
    case MeasureProgress::Stage::measure:
      break;
  }
  return "measure";
}

ReportInput report_input(const NamedTensor& input, const InputOrigin& origin) {
  ReportInput row;
  row.name = input.name;
  row.dtype = dtype_name(input.tensor.dtype());
  for (const std::int64_t dim : input.tensor.shape()) row.shape.push_back(dim);
  if (input.tensor.dtype() != DType::string) {
    row.sha256 = sha256_hex({input.tensor.data(), input.tensor.byte_count()});
  }
  row.source = origin.file.empty() ? "synthetic" : "file";
  row.kind = origin.kind;
  row.file = origin.file;
  if (origin.record) row.preprocess = describe(*origin.record);
  return row;
}

/// One measurement from the open report file to the finished one.
class Bench {
 public:
  Bench(const std::string& path, const BenchOptions& options) : path_(path), options_(options) {}

  Result<BenchReport> run() && {
    result_.model = path_;
    report_.command = options_.command_line;
    VERNIER_ASSIGN(ReportModel model, describe_model(path_));
    report_.models.push_back(std::move(model));
    std::optional<ReportWriter> writer;
    if (!options_.report.empty()) {
      VERNIER_ASSIGN(ReportWriter opened, ReportWriter::open(options_.report));
      writer.emplace(std::move(opened));
    }
    VERNIER_ASSIGN(auto contenders, start_contenders(path_, options_));
    MeasureHooks hooks;
    hooks.interrupt = options_.model.interrupt;
    if (options_.progress) {
      hooks.progress = [this](const MeasureProgress& progress) {
        options_.progress(
            {stage_name(progress.stage), progress.label, progress.round, progress.fraction});
      };
    }
    const auto make = [this](const std::vector<TensorInfo>& inputs) { return make_inputs(inputs); };
    auto measured = measure_engines(contenders, make, measure_settings(options_), hooks);
    if (!measured) return blame_assumed(std::move(measured).error(), result_.assumed);
    report_.measurement = std::move(measured).value();
    describe_measurement(report_.measurement, result_);
    result_.json = to_json(report_);
    if (writer) VERNIER_TRY(writer->finish(report_));
    return std::move(result_);
  }

 private:
  Result<std::vector<NamedTensor>> make_inputs(const std::vector<TensorInfo>& inputs) {
    const InputRequest request{options_.inputs, options_.seed, options_.preprocess,
                               options_.model.shapes, options_.batch};
    const auto budget = std::make_shared<MemoryBudget>(  // shared: tensors give their bytes back
        options_.model.max_memory_bytes > 0 ? options_.model.max_memory_bytes
                                            : default_memory_limit_bytes());
    VERNIER_ASSIGN(GatheredInputs gathered, gather_inputs(inputs, request, budget));
    for (std::size_t i = 0; i < gathered.tensors.size(); ++i) {
      const NamedTensor& input = gathered.tensors[i];
      result_.input_sources.push_back(input.name + " " + describe(input.tensor.view()) + " from " +
                                      gathered.origins[i].text);
      report_.inputs.push_back(report_input(input, gathered.origins[i]));
    }
    result_.assumed = std::move(gathered.assumed);
    result_.notes = std::move(gathered.notes);
    return std::move(gathered.tensors);
  }

  const std::string& path_;
  const BenchOptions& options_;
  Report report_;
  BenchReport result_;
};

}  // namespace

Result<BenchReport> bench(const std::string& path, const BenchOptions& options) {
  return Bench(path, options).run();
}

}  // namespace vernier
