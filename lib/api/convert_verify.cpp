#include "api/convert_verify.h"

#include <algorithm>
#include <cmath>

#include "api/backends.h"
#include "api/settings.h"
#include "measure/agreement.h"
#include "ops/cast_elements.h"

namespace vernier {
namespace {

const std::string& renamed_of(const std::vector<std::pair<std::string, std::string>>& renamed,
                              const std::string& name) {
  for (const auto& [old, wanted] : renamed) {
    if (old == name) return wanted;
  }
  return name;
}

Result<Tensor> as_type(const Tensor& tensor, DType dtype) {
  if (tensor.dtype() == dtype || !is_floating(tensor.dtype()) || !is_floating(dtype)) return tensor;
  return cast_tensor(tensor, dtype);
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

/// Many a model does not run with any sizes, and that is not its fault.
Error with_made_up_inputs(Error error, const std::vector<NamedTensor>& inputs) {
  error.message += "; the inputs were made up:";
  for (const NamedTensor& input : inputs) {
    error.message += " " + input.name + " " + to_string(input.tensor.shape());
  }
  error.message += " (sizes: --dim or --shape; real ones: --input)";
  return error;
}

}  // namespace

Result<InputSets> run_sets(const std::string& path, const ConvertOptions& options,
                           const InputSets& inputs,
                           const std::vector<std::pair<std::string, std::string>>& renamed) {
  const auto engine = make_own_engine();
  EngineSettings settings = engine_settings(options.model);
  settings.dims.clear();  // the inputs bring their sizes
  VERNIER_TRY(engine->load(path, settings));
  InputSets results;
  for (const auto& set : inputs) {
    std::vector<NamedTensor> bound;
    for (const NamedTensor& input : set) {
      const std::string& name = renamed_of(renamed, input.name);
      const auto& ports = engine->inputs();
      const auto port = std::find_if(ports.begin(), ports.end(),
                                     [&](const TensorInfo& info) { return info.name == name; });
      if (port == ports.end()) continue;  // a cut model needs fewer
      VERNIER_ASSIGN(Tensor tensor, as_type(input.tensor, port->type.dtype));
      bound.push_back({name, std::move(tensor)});
    }
    const auto run = [&]() -> Result<std::vector<NamedTensor>> {
      VERNIER_TRY(engine->bind(bound));
      VERNIER_TRY(engine->run());
      return engine->fetch_outputs();
    };
    auto made = run();
    if (!made && options.data.empty()) return with_made_up_inputs(std::move(made).error(), bound);
    VERNIER_ASSIGN(auto outputs, std::move(made));
    results.push_back(std::move(outputs));
  }
  return results;
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

void judge_conversion(const InputSets& before, const InputSets& after, double tolerance,
                      const std::vector<std::pair<std::string, std::string>>& renamed,
                      ConvertReport& report) {
  report.outputs.clear();
  report.agrees = true;
  report.verified = true;
  report.samples = static_cast<int>(before.size());
  report.tolerance = tolerance;
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
      if (row == report.outputs.end()) row = report.outputs.insert(row, ConvertOutput{name});
      const auto cast = as_type(actual->tensor, expected.tensor.dtype());
      const Tensor& seen = cast ? *cast : actual->tensor;
      const TensorDifference difference = compare_tensors(seen.view(), expected.tensor.view());
      row->max_rel_l2 = std::max(row->max_rel_l2, difference.rel_l2);
      row->finite = row->finite && (!has_wild_values(seen) || has_wild_values(expected.tensor));
      if (!(difference.rel_l2 <= tolerance)) report.agrees = false;
    }
  }
}

}  // namespace vernier
