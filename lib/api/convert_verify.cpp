#include "api/convert_verify.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "api/backends.h"
#include "api/settings.h"
#include "base/counter_random.h"
#include "measure/agreement.h"
#include "ops/cast_elements.h"

namespace vernier {
namespace {

constexpr double kSameNumbers = 1e-5;   ///< relative L2 where the precision is kept
constexpr double kRoundingNoise = 8.0;  ///< times what one step of the inputs changes
constexpr double kMostNoise = 1e-3;     ///< relative L2 that no rounding excuses

const std::string& renamed_of(const Renames& renamed, const std::string& name) {
  for (const auto& [old, wanted] : renamed) {
    if (old == name) return wanted;
  }
  return name;
}

Result<Tensor> as_type(const Tensor& tensor, DType dtype) {
  if (tensor.dtype() == dtype || !is_floating(tensor.dtype()) || !is_floating(dtype)) return tensor;
  return cast_tensor(tensor, dtype);
}

/// Every float32 but zero goes to the next number above or below.
Result<Tensor> moved_by_one(const Tensor& tensor, std::uint64_t key) {
  if (tensor.dtype() != DType::float32) return tensor;
  VERNIER_ASSIGN(Tensor moved, Tensor::copy_of(tensor.view()));
  float* const values = moved.mutable_as<float>();
  for (std::int64_t i = 0; i < moved.element_count(); ++i) {
    const bool up = (counter_random(key, static_cast<std::uint64_t>(i)) & 1U) != 0;
    constexpr float kEnd = std::numeric_limits<float>::infinity();
    if (values[i] != 0.0F) values[i] = std::nextafter(values[i], up ? kEnd : -kEnd);
  }
  return moved;
}

bool has_wild_values(const Tensor& tensor) {
  if (tensor.dtype() != DType::float32) return false;
  const auto all = tensor.span<float>();
  return std::any_of(all.begin(), all.end(), [](float x) { return !std::isfinite(x); });
}

}  // namespace

std::size_t count_inputs(const ConvertOptions& options, std::size_t at_least) {
  const std::size_t wanted =
      options.data.empty() ? static_cast<std::size_t>(options.samples) : options.data.size();
  return std::max(wanted, at_least);
}

Result<InputSets> conversion_inputs(const std::vector<TensorInfo>& ports,
                                    const ConvertOptions& options,
                                    const std::optional<FoldedPreprocess>& folded,
                                    std::size_t at_least) {
  const auto budget = make_memory_budget(options.model.max_memory_bytes);
  InputSets sets;
  const std::size_t count = count_inputs(options, at_least);
  for (std::size_t i = 0; i < count; ++i) {
    InputRequest request;
    request.seed = options.seed + i;
    request.preprocess = options.preprocess;
    request.shapes = options.model.shapes;
    request.folded = folded;
    if (i < options.data.size()) {
      request.files = {options.data[i]};
    } else if (!options.data.empty()) {
      request = fill_request(sets.front(), options, i);
    }
    VERNIER_ASSIGN(GatheredInputs gathered, gather_inputs(ports, request, budget));
    sets.push_back(std::move(gathered.tensors));
  }
  return sets;
}

InputRequest fill_request(const std::vector<NamedTensor>& like, const ConvertOptions& options,
                          std::size_t at) {
  InputRequest request;
  request.seed = options.seed + at;
  for (const NamedTensor& input : like) {
    const Shape& shape = input.tensor.shape();
    request.shapes.emplace_back(input.name, std::vector<std::int64_t>(shape.begin(), shape.end()));
  }
  return request;
}

namespace {

/// A model file with its own engine.
class FileRunner {
 public:
  static Result<FileRunner> load(const std::string& path, const ConvertOptions& options, RunAs as) {
    FileRunner runner;
    EngineSettings settings = engine_settings(options.model);
    settings.dims.clear();  // the inputs bring their sizes
    if (as == RunAs::written) settings.options["optimize"] = "0";
    VERNIER_TRY(runner.engine_->load(path, settings));
    return runner;
  }

  Result<std::vector<NamedTensor>> run(const std::vector<NamedTensor>& set,
                                       const Renames& renamed) {
    std::vector<NamedTensor> bound;
    for (const NamedTensor& input : set) {
      const std::string& name = renamed_of(renamed, input.name);
      const auto& ports = engine_->inputs();
      const auto port = std::find_if(ports.begin(), ports.end(),
                                     [&](const TensorInfo& info) { return info.name == name; });
      if (port == ports.end()) continue;  // a cut model needs fewer
      VERNIER_ASSIGN(Tensor tensor, as_type(input.tensor, port->type.dtype));
      bound.push_back({name, std::move(tensor)});
    }
    VERNIER_TRY(engine_->bind(bound));
    VERNIER_TRY(engine_->run());
    return engine_->fetch_outputs();
  }

  [[nodiscard]] bool takes(const std::string& name) const {
    const auto& ports = engine_->inputs();
    return std::any_of(ports.begin(), ports.end(),
                       [&](const TensorInfo& info) { return info.name == name; });
  }

 private:
  std::unique_ptr<Engine> engine_ = make_own_engine();
};

/// The same memory: one was taken over from the other.
bool is_same(const NamedTensor& a, const NamedTensor& b) {
  return a.name == b.name && a.tensor.view().data == b.tensor.view().data;
}

/// Many a model does not run with any sizes or values, and that is not its fault. `real`: inputs
/// from files, of which some may have been taken over.
Error with_made_up_inputs(Error error, const FileRunner& runner,
                          const std::vector<NamedTensor>& inputs,
                          const std::vector<NamedTensor>& real) {
  if (error.code != Errc::invalid_model && error.code != Errc::invalid_data) return error;
  std::string names;
  for (const NamedTensor& input : inputs) {
    const bool given = std::any_of(real.begin(), real.end(),
                                   [&](const NamedTensor& one) { return is_same(one, input); });
    if (given || !runner.takes(input.name)) continue;
    names += " " + input.name + " " + to_string(input.tensor.shape());
  }
  if (names.empty()) return error;
  error.message += "; these inputs were made up:" + names;
  error.message += " (sizes: --dim or --shape; real ones: --input)";
  return error;
}

/// `explain(error, runner, i)` is what comes of the error of set i.
template <class Explain>
Result<InputSets> run_all(const std::string& path, const ConvertOptions& options, RunAs as,
                          const InputSets& inputs, const Renames& renamed, const Explain& explain) {
  VERNIER_ASSIGN(FileRunner runner, FileRunner::load(path, options, as));
  InputSets results;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    auto outputs = runner.run(inputs[i], renamed);
    if (!outputs) return explain(std::move(outputs).error(), runner, i);
    results.push_back(std::move(outputs).value());
  }
  return results;
}

}  // namespace

Result<InputSets> run_sets(const std::string& path, const ConvertOptions& options, RunAs as,
                           const InputSets& inputs, const Renames& renamed) {
  return run_all(path, options, as, inputs, renamed,
                 [](Error error, const FileRunner&, std::size_t) { return error; });
}

Result<InputSets> run_original(const std::string& path, const ConvertOptions& options, RunAs as,
                               const InputSets& inputs) {
  const auto explain = [&](Error error, const FileRunner& runner, std::size_t i) {
    if (i < options.data.size()) return error;
    const auto real = options.data.empty() ? std::vector<NamedTensor>() : inputs.front();
    return with_made_up_inputs(std::move(error), runner, inputs[i], real);
  };
  return run_all(path, options, as, inputs, {}, explain);
}

Result<OutputNoise> rounding_noise(const std::string& path, const ConvertOptions& options, RunAs as,
                                   const InputSets& inputs, const InputSets& outputs) {
  InputSets moved = inputs;
  std::uint64_t key = options.seed;
  for (std::vector<NamedTensor>& set : moved) {
    for (NamedTensor& input : set) {
      VERNIER_ASSIGN(input.tensor, moved_by_one(input.tensor, key++));
    }
  }
  VERNIER_ASSIGN(const auto after, run_sets(path, options, as, moved, {}));
  ConvertReport report;
  judge_conversion(outputs, after, {}, {}, report);
  OutputNoise noise;
  for (const ConvertOutput& output : report.outputs) {
    noise[output.name] = std::isfinite(output.max_rel_l2) ? output.max_rel_l2 : 0.0;
  }
  // Where a class or a flag flips, rounding is no measure of how far it may be off.
  for (const NamedTensor& output : outputs.front()) {
    if (!is_floating(output.tensor.dtype())) noise[output.name] = 0.0;
  }
  return noise;
}

Tolerance conversion_tolerance(const ConvertOptions& options, const OutputNoise& noise) {
  if (options.max_rel_l2) return {*options.max_rel_l2, {}};
  if (options.to == "fp16" || options.to == "bf16") return {default_max_rel_l2(options.to), {}};
  Tolerance tolerance{kSameNumbers, {}};
  for (const auto& [output, off] : noise) {
    tolerance.wider[output] = std::clamp(kRoundingNoise * off, kSameNumbers, kMostNoise);
  }
  return tolerance;
}

Result<void> check_finite(const InputSets& sets) {
  for (const std::vector<NamedTensor>& set : sets) {
    for (const NamedTensor& input : set) {
      if (!has_wild_values(input.tensor)) continue;
      return invalid_data("input '" + input.name + "' has values that are not finite",
                          "E-INPUT-VALUE");
    }
  }
  return {};
}

double excess_of(const ConvertReport& report) {
  double worst = 0.0;
  for (const ConvertOutput& output : report.outputs) {
    if (!(output.max_rel_l2 > 0.0)) continue;
    worst = std::max(worst, output.max_rel_l2 / output.tolerance);
  }
  return report.agrees || worst > 1.0 ? worst : std::numeric_limits<double>::infinity();
}

std::size_t judge_conversion(const InputSets& before, const InputSets& after,
                             const Tolerance& tolerance, const Renames& renamed,
                             ConvertReport& report) {
  std::size_t worst = 0;
  double furthest = 0.0;
  report.outputs.clear();
  report.agrees = true;
  report.verified = true;
  report.samples = static_cast<int>(before.size());
  report.tolerance = tolerance.usual;
  for (std::size_t set = 0; set < before.size(); ++set) {
    for (const NamedTensor& expected : before[set]) {
      const std::string& name = renamed_of(renamed, expected.name);
      const auto actual =
          std::find_if(after[set].begin(), after[set].end(),
                       [&](const NamedTensor& output) { return output.name == name; });
      if (actual == after[set].end()) {
        report.agrees = false;
        continue;
      }
      auto row = std::find_if(report.outputs.begin(), report.outputs.end(),
                              [&](const ConvertOutput& output) { return output.name == name; });
      if (row == report.outputs.end()) {
        row = report.outputs.insert(row, ConvertOutput{name});
        row->tolerance = tolerance.of(expected.name);
      }
      const auto cast = as_type(actual->tensor, expected.tensor.dtype());
      const Tensor& seen = cast ? *cast : actual->tensor;
      const TensorDifference difference = compare_tensors(seen.view(), expected.tensor.view());
      row->max_rel_l2 = std::max(row->max_rel_l2, difference.rel_l2);
      row->finite = row->finite && (!has_wild_values(seen) || has_wild_values(expected.tensor));
      if (!(difference.rel_l2 <= row->tolerance)) report.agrees = false;
      if (!(difference.rel_l2 <= furthest)) {
        worst = set;
        furthest = difference.rel_l2;
      }
    }
  }
  return worst;
}

}  // namespace vernier
