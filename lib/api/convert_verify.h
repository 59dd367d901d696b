#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/convert_ports.h"
#include "api/folded_preprocess.h"
#include "api/run_inputs.h"
#include "base/result.h"
#include "engine/engine.h"
#include "vernier/convert.h"

namespace vernier {

using InputSets = std::vector<std::vector<NamedTensor>>;

/// Relative L2 by which outputs may differ.
struct Tolerance {
  double usual = 0.0;
  std::map<std::string, double> wider;  ///< of outputs, by their names before the conversion

  [[nodiscard]] double of(const std::string& output) const {
    const auto at = wider.find(output);
    return at == wider.end() ? usual : at->second;
  }
};

/// Relative L2 of outputs, by their names before the conversion.
using OutputNoise = std::map<std::string, double>;

/// How the engine runs a model file.
enum class RunAs : std::uint8_t {
  written,    ///< node by node
  rewritten,  ///< with the engine's own rewrites
};

/// Inputs that a conversion looks at: the files of the options (each one inference), or the wanted
/// number of seeded ones; no fewer than `at_least`.
std::size_t count_inputs(const ConvertOptions& options, std::size_t at_least);
/// What makes up input number `at` with the shapes of one that is there.
InputRequest fill_request(const std::vector<NamedTensor>& like, const ConvertOptions& options,
                          std::size_t at);
/// Those inputs; seeded ones follow where the files are fewer than `at_least`. `ports` are the
/// model's inputs, `folded` what it does to pictures.
Result<InputSets> conversion_inputs(const std::vector<TensorInfo>& ports,
                                    const ConvertOptions& options,
                                    const std::optional<FoldedPreprocess>& folded,
                                    std::size_t at_least);
/// Error: invalid_data E-INPUT-VALUE for NaN or infinity, which would make everything agree.
Result<void> check_finite(const InputSets& sets);

/// Outputs of a model file for each set of inputs, on vernier's own engine. Inputs are cast to
/// the file's types.
Result<InputSets> run_sets(const std::string& path, const ConvertOptions& options, RunAs as,
                           const InputSets& inputs, const Renames& renamed);
/// The same of the model that is converted. Where it does not take inputs that were made up (those
/// of the sets after the files of the options), the error names them and their sizes.
Result<InputSets> run_original(const std::string& path, const ConvertOptions& options, RunAs as,
                               const InputSets& inputs);

/// Relative L2 of each float output, at most, when every element but zero of the float32 inputs
/// moves to one of the two numbers next to it: what rounding alone can do to it. 0 for outputs
/// whose shape or finiteness changes with it. `outputs`: what the model gives for `inputs`.
Result<OutputNoise> rounding_noise(const std::string& path, const ConvertOptions& options, RunAs as,
                                   const InputSets& inputs, const InputSets& outputs);

/// What the options say; otherwise what their precision can be expected to reach, and more than
/// that where types stay and the noise is larger.
Tolerance conversion_tolerance(const ConvertOptions& options, const OutputNoise& noise);

/// Compares by position of the name after renaming; fills report.outputs and report.agrees. Returns
/// the set with the largest difference.
std::size_t judge_conversion(const InputSets& before, const InputSets& after,
                             const Tolerance& tolerance, const Renames& renamed,
                             ConvertReport& report);

/// The largest difference of an output in units of its tolerance: above 1 exactly when the report
/// does not agree, infinite when an output is missing.
double excess_of(const ConvertReport& report);

}  // namespace vernier
