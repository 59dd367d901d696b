#include "api/settings.h"

#include <algorithm>
#include <map>

#include "base/cpu_quota.h"
#include "base/file.h"
#include "engine/inputs.h"
#include "graph/infer.h"
#include "onnx/import.h"
#include "passes/input_uses.h"

namespace vernier {
namespace {

/// Index of the channel axis of a picture-like type (rank 4 or 3), or -1.
int channel_axis(const ValueType& type) {
  const std::size_t rank = type.dims.size();
  if (rank != 3 && rank != 4) return -1;
  const auto is_channels = [&](std::size_t axis) {
    const std::int64_t size = type.dims[axis].value;
    return size == 1 || size == 3 || size == 4;
  };
  if (rank == 4 && is_channels(1)) return 1;
  if (rank == 4 && is_channels(3)) return 3;
  return -1;
}

/// What constants need; 0: any.
std::int64_t needed_size(const TensorInfo& input, std::size_t axis) {
  return axis < input.needed_sizes.size() ? input.needed_sizes[axis] : 0;
}

std::int64_t assumed_size(const TensorInfo& input, std::size_t axis) {
  if (const std::int64_t needed = needed_size(input, axis); needed > 0) return needed;
  const ValueType& type = input.type;
  const int channels = channel_axis(type);
  if (axis == 0) return 1;
  if (channels >= 0 && axis != static_cast<std::size_t>(channels)) {
    const std::size_t height = channels == 1 ? 2 : 1;
    const bool width_alone = axis == height + 1 && type.dims[height].is_known();
    return width_alone ? 320 : 224;
  }
  const bool tokens = (type.dtype == DType::int64 || type.dtype == DType::int32) &&
                      type.dims.size() == 2 && axis == 1;
  return tokens ? 16 : 1;
}

Error misfit(const TensorInfo& input, const std::vector<std::int64_t>& shape) {
  std::string text;
  for (const std::int64_t dim : shape) text += (text.empty() ? "" : "x") + std::to_string(dim);
  Error error = make_error(Errc::usage, "E-SHAPE",
                           "shape " + (text.empty() ? std::string("(scalar)") : text) +
                               " does not fit " + to_string(input.type));
  error.where.tensor = input.name;
  return error;
}

/// Applies one given shape to an input type and remembers the sizes of its named dimensions.
Result<void> apply_shape(const TensorInfo& input, const std::vector<std::int64_t>& shape,
                         ValueType& type, std::map<std::string, std::int64_t>& symbols) {
  if (!type.ranked) {
    type.ranked = true;
    type.dims.assign(shape.size(), Dim::unknown());
  }
  if (type.dims.size() != shape.size()) return misfit(input, shape);
  for (std::size_t i = 0; i < shape.size(); ++i) {
    Dim& dim = type.dims[i];
    if (shape[i] < 0 || (dim.is_known() && dim.value != shape[i])) return misfit(input, shape);
    if (!dim.symbol.empty() && !dim.is_known()) {
      const auto [at, added] = symbols.emplace(dim.symbol, shape[i]);
      if (!added && at->second != shape[i]) {
        return usage_error("dimension '" + dim.symbol + "' is given as " +
                               std::to_string(at->second) + " and as " + std::to_string(shape[i]),
                           "E-SHAPE");
      }
    }
    dim = Dim::known(shape[i]);
  }
  return {};
}

/// The types of the inputs once given shapes are applied; remembers the sizes of named dimensions.
Result<std::vector<ValueType>> apply_shapes(
    std::span<const TensorInfo> inputs,
    const std::vector<std::pair<std::string, std::vector<std::int64_t>>>& shapes,
    std::map<std::string, std::int64_t>& symbols) {
  std::vector<ValueType> types;
  types.reserve(inputs.size());
  for (const TensorInfo& input : inputs) types.push_back(input.type);
  for (const auto& [name, shape] : shapes) {
    std::size_t at = 0;
    while (at < inputs.size() && inputs[at].name != name) ++at;
    if (at == inputs.size()) {
      return usage_error("the model has no input '" + name + "' (it has: " + names_of(inputs) + ")",
                         "E-INPUT-NAME");
    }
    VERNIER_TRY(apply_shape(inputs[at], shape, types[at], symbols));
  }
  return types;
}

}  // namespace

EngineSettings engine_settings(const ModelOptions& options) {
  EngineSettings settings;
  settings.backend = options.backend;
  settings.precision = options.precision;
  settings.threads = options.threads == 0 ? usable_cpu_count() : options.threads;
  settings.max_memory_bytes = options.max_memory_bytes;
  settings.dims = options.dims;
  if (!options.optimize) settings.options["optimize"] = "0";
  std::string disabled;
  for (const std::string& pass : options.disabled_passes) {
    disabled += (disabled.empty() ? "" : "+") + pass;
  }
  if (!disabled.empty()) settings.options["disable"] = disabled;
  return settings;
}

TensorDescription describe_input(const TensorInfo& info) {
  TensorDescription tensor;
  tensor.name = info.name;
  tensor.dtype = dtype_name(info.type.dtype);
  if (info.type.kind == ValueType::Kind::sequence) tensor.dtype = "sequence of " + tensor.dtype;
  if (info.type.kind == ValueType::Kind::optional) tensor.dtype = "optional " + tensor.dtype;
  tensor.ranked = info.type.ranked;
  for (const Dim& dim : info.type.dims) tensor.dims.push_back({dim.value, dim.symbol});
  return tensor;
}

std::vector<TensorInfo> with_uses(std::vector<TensorInfo> inputs, const Graph& graph) {
  const std::vector<InputUse> uses = input_uses(graph);
  for (TensorInfo& input : inputs) {
    for (std::size_t i = 0; i < uses.size(); ++i) {
      if (graph.inputs[i].name != input.name) continue;
      input.needed_sizes = uses[i].sizes;
      input.table_rows = uses[i].table_rows;
    }
  }
  return inputs;
}

std::vector<TensorInfo> with_uses(std::vector<TensorInfo> inputs, const std::string& model,
                                  std::shared_ptr<MemoryBudget> budget) {
  onnx::ImportOptions options;
  options.budget = std::move(budget);
  const auto imported = onnx::import_model(model, options);
  return imported ? with_uses(std::move(inputs), imported->graph) : inputs;
}

Result<ResolvedInputs> resolve_inputs(
    std::span<const TensorInfo> inputs,
    const std::vector<std::pair<std::string, std::vector<std::int64_t>>>& shapes) {
  ResolvedInputs resolved;
  std::map<std::string, std::int64_t> symbols;
  VERNIER_ASSIGN(resolved.types, apply_shapes(inputs, shapes, symbols));
  // A size that constants need holds for all dimensions of its name.
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const ValueType& type = resolved.types[i];
    for (std::size_t axis = 0; axis < type.dims.size(); ++axis) {
      const Dim& dim = type.dims[axis];
      const std::int64_t needed = needed_size(inputs[i], axis);
      if (dim.is_known() || dim.symbol.empty() || needed == 0) continue;
      if (symbols.emplace(dim.symbol, needed).second) {
        resolved.assumed.emplace_back(dim.symbol, needed);
      }
    }
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    ValueType& type = resolved.types[i];
    if (type.kind != ValueType::Kind::tensor) {
      return unsupported("input '" + inputs[i].name + "' is not a tensor", "E-UNSUPPORTED-INPUT");
    }
    if (!type.ranked) {
      return usage_error("input '" + inputs[i].name +
                             "' has no rank in the model: give its shape (--shape NAME=1x3x8x8)",
                         "E-SHAPE");
    }
    for (std::size_t axis = 0; axis < type.dims.size(); ++axis) {
      Dim& dim = type.dims[axis];
      if (dim.is_known()) continue;
      const std::int64_t guess = assumed_size(inputs[i], axis);
      if (dim.symbol.empty()) {
        resolved.assumed.emplace_back(inputs[i].name + "[" + std::to_string(axis) + "]", guess);
        dim = Dim::known(guess);
        continue;
      }
      const auto [at, added] = symbols.emplace(dim.symbol, guess);
      if (added) resolved.assumed.emplace_back(dim.symbol, guess);
      dim = Dim::known(at->second);
    }
  }
  return resolved;
}

Result<std::vector<std::string>> fix_sizes(Graph& graph, const ModelOptions& options) {
  std::vector<std::string> fixed;
  if (options.dims.empty() && options.shapes.empty()) return fixed;
  const std::vector<TensorInfo> before = infos_of(graph, graph.inputs);
  VERNIER_TRY(bind_dims(graph, options.dims));
  const std::vector<TensorInfo> inputs = infos_of(graph, graph.inputs);
  std::map<std::string, std::int64_t> symbols;
  VERNIER_ASSIGN(const auto types, apply_shapes(inputs, options.shapes, symbols));
  for (std::size_t i = 0; i < types.size(); ++i) bind_input(graph, i, types[i]);
  for (const auto& [symbol, size] : symbols) bind_symbol(graph, symbol, size);
  graph.bound = true;
  for (std::size_t i = 0; i < types.size(); ++i) {
    const ValueType& type = graph.value(graph.inputs[i].value).type;
    if (type == before[i].type) continue;
    fixed.push_back("'" + before[i].name + "' " + to_string(type));
  }
  return fixed;
}

Error blame_assumed(Error error, const std::vector<std::pair<std::string, std::int64_t>>& assumed) {
  if (error.code != Errc::invalid_model || assumed.empty()) return error;
  std::string dims;
  for (const auto& [name, size] : assumed) {
    dims += (dims.empty() ? "" : ", ") + name + "=" + std::to_string(size);
  }
  error.code = Errc::usage;
  error.message = "the model cannot take the sizes that were assumed for its free dimensions (" +
                  dims + "): " + error.message;
  error.hint = "give them with --dim NAME=N or --shape INPUT=1x2x3";
  error.id = "E-DIM-ASSUMED";
  return error;
}

}  // namespace vernier
