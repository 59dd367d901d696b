#pragma once

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
Result<InputSets> run_sets(const std::string& path, const ConvertOptions& options,
                           const InputSets& inputs, const Renames& renamed);
/// The same of the model that is converted. Where it does not take inputs that were made up (those
/// of the sets after the files of the options), the error names them and their sizes.
Result<InputSets> run_original(const std::string& path, const ConvertOptions& options,
                               const InputSets& inputs);

/// Relative L2 of the outputs, at most, when every element of the float32 inputs moves to one of
/// the two numbers next to it: what rounding alone can do to this model. `outputs`: what it gives
/// for `inputs`.
Result<double> rounding_noise(const std::string& path, const ConvertOptions& options,
                              const InputSets& inputs, const InputSets& outputs);

/// Compares by position of the name after renaming; fills report.outputs and report.agrees. Returns
/// the set with the largest difference.
std::size_t judge_conversion(const InputSets& before, const InputSets& after, double tolerance,
                             const Renames& renamed, ConvertReport& report);

}  // namespace vernier
