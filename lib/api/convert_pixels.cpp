#include "api/convert_pixels.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>

#include "api/folded_preprocess.h"
#include "api/run_inputs.h"
#include "api/settings.h"
#include "passes/fold_pixels.h"

namespace vernier {
namespace {

constexpr std::size_t kChannels = 3;

Error spec_error(const std::string& text) {
  return usage_error("--fold-preprocess: " + text, "E-CONVERT-PREPROCESS");
}

std::vector<std::string_view> parts_of(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

/// Whether a float32 can hold it (as 0 when it is small).
bool is_float(double value) { return std::abs(value) <= double{std::numeric_limits<float>::max()}; }

/// "0.5" or "1/255".
Result<double> number(std::string_view text) {
  const auto parts = parts_of(text, '/');
  double values[2] = {0.0, 1.0};
  for (std::size_t i = 0; i < std::min<std::size_t>(parts.size(), 2); ++i) {
    const char* end = parts[i].data() + parts[i].size();
    const auto read = std::from_chars(parts[i].data(), end, values[i]);
    if (read.ec != std::errc() || read.ptr != end || !std::isfinite(values[i])) values[1] = 0.0;
  }
  if (parts.size() > 2 || values[1] == 0.0) {
    return spec_error("'" + std::string(text) + "' is no number");
  }
  const double quotient = values[0] / values[1];
  if (!is_float(quotient))
    return spec_error("'" + std::string(text) + "' is too large for a float");
  return quotient;
}

/// One number for all channels, or three with ':' between them.
Result<std::array<double, 3>> numbers(std::string_view text) {
  const auto parts = parts_of(text, ':');
  if (parts.size() != 1 && parts.size() != kChannels) {
    return spec_error("'" + std::string(text) + "' are not 3 numbers (a:b:c) or 1");
  }
  std::array<double, 3> values{};
  for (std::size_t c = 0; c < kChannels; ++c) {
    VERNIER_ASSIGN(values[c], number(parts[parts.size() == 1 ? 0 : c]));
  }
  return values;
}

/// What a text asks for.
struct Spec {
  std::string preset = "raw";
  std::string input;
  std::vector<std::pair<std::string, std::string>> values;
};

Result<Spec> parse_spec(const std::string& text) {
  Spec spec;
  const auto parts = parts_of(text, ',');
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto at = parts[i].find('=');
    if (at == std::string_view::npos && i == 0) {
      spec.preset = parts[i];
      continue;
    }
    if (at == std::string_view::npos) {
      return spec_error("'" + std::string(parts[i]) + "' is not KEY=VALUE");
    }
    const std::string key(parts[i].substr(0, at));
    const std::string value(parts[i].substr(at + 1));
    if (key == "resize") {
      spec.preset = value;
    } else if (key == "input") {
      spec.input = value;
    } else if (key == "scale" || key == "mean" || key == "std" || key == "color") {
      spec.values.emplace_back(key, value);
    } else {
      return spec_error("there is no '" + key + "' (scale, mean, std, color, resize, input)");
    }
  }
  return spec;
}

Result<void> set_value(const std::string& key, const std::string& text, PreprocessValues& values) {
  if (key == "color") {
    if (text != "RGB" && text != "BGR") return spec_error("color is RGB or BGR");
    values.color = text;
  } else if (key == "scale") {
    VERNIER_ASSIGN(values.multiplier, number(text));
    if (values.multiplier == 0.0) return spec_error("scale is 0");
  } else if (key == "mean") {
    VERNIER_ASSIGN(values.mean, numbers(text));
  } else {
    VERNIER_ASSIGN(values.deviation, numbers(text));
    if (std::find(values.deviation.begin(), values.deviation.end(), 0.0) !=
        values.deviation.end()) {
      return spec_error("std has a 0");
    }
  }
  return {};
}

Result<std::size_t> picture_input(const Graph& graph, const std::string& wanted) {
  std::vector<std::size_t> takers;
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    const Port& port = graph.inputs[i];
    const ValueType& type = graph.value(port.value).type;
    const bool fits = picture_layout(port.name, type).has_value();
    if (wanted.empty() ? fits : port.name == wanted) takers.push_back(i);
  }
  if (takers.size() == 1) return takers.front();
  if (!wanted.empty()) return spec_error("the model has no input '" + wanted + "'");
  if (takers.size() > 1) return spec_error("several inputs take pictures: add input=NAME");
  if (graph.inputs.empty()) return spec_error("the model has no input");
  return std::size_t{0};  // refused by its layout
}

std::string joined(const std::array<double, 3>& values) {
  std::string text;
  for (const double value : values) {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    text += (text.empty() ? "" : ":") + std::string(digits.data(), end);
    if (std::all_of(values.begin(), values.end(), [&](double v) { return v == values[0]; })) break;
  }
  return text;
}

std::string text_of(const PreprocessValues& values) {
  return "scale=" + joined({values.multiplier, values.multiplier, values.multiplier}) +
         ",mean=" + joined(values.mean) + ",std=" + joined(values.deviation) +
         ",color=" + values.color;
}

std::string resize_of(const std::string& preset) {
  for (const PreprocessPreset& one : preprocess_presets()) {
    if (one.name == preset) return std::string(one.resize);
  }
  return {};
}

std::string size_text(const Dim& dim) {
  return dim.is_known() ? std::to_string(dim.value) : std::string("free");
}

/// The input after folding.
Result<TensorInfo> pixels_of(const TensorInfo& input) {
  VERNIER_ASSIGN(const PictureLayout layout, picture_layout(input.name, input.type));
  TensorInfo pixels = input;
  pixels.type.dtype = DType::uint8;
  auto& dims = pixels.type.dims;
  if (layout == PictureLayout::channels_first) {
    std::rotate(dims.begin() + 1, dims.begin() + 2, dims.end());
  }
  return pixels;
}

/// (pixel * multiplier - mean) / deviation, in the layout that the model had.
Result<Tensor> scaled(const Tensor& pixels, const PreprocessValues& values, PictureLayout layout,
                      const std::shared_ptr<MemoryBudget>& budget) {
  const Shape& from = pixels.shape();
  const bool first = layout == PictureLayout::channels_first;
  const Shape shape = first ? Shape{from[0], from[3], from[1], from[2]} : from;
  VERNIER_ASSIGN(Tensor tensor, Tensor::allocate(DType::float32, shape, budget));
  auto* to = tensor.mutable_as<float>();
  const auto* pixel = pixels.as<std::uint8_t>();
  const auto area = static_cast<std::size_t>(from[1] * from[2]);
  const auto count = static_cast<std::size_t>(from[0]) * area * kChannels;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t c = i % kChannels;
    const std::size_t at =
        first ? (i / (kChannels * area) * kChannels + c) * area + i / kChannels % area : i;
    const double value = static_cast<double>(pixel[i]) * values.multiplier;
    to[at] = static_cast<float>((value - values.mean[c]) / values.deviation[c]);
  }
  return tensor;
}

PixelScale scale_of(const PreprocessValues& values) {
  PixelScale scale;
  for (std::size_t c = 0; c < kChannels; ++c) {
    scale.factor[c] = values.multiplier / values.deviation[c];
    scale.offset[c] = -values.mean[c] / values.deviation[c];
    if (scale.offset[c] == 0.0) scale.offset[c] = 0.0;  // no -0
  }
  return scale;
}

}  // namespace

Result<PixelFolding> plan_pixel_folding(const Graph& graph, const std::string& text) {
  VERNIER_ASSIGN(const Spec spec, parse_spec(text));
  PixelFolding folding;
  VERNIER_ASSIGN(folding.input, picture_input(graph, spec.input));
  const Port& port = graph.inputs[folding.input];
  const ValueType& type = graph.value(port.value).type;
  VERNIER_TRY(picture_layout(port.name, type));
  folding.name = port.name;
  folding.preset = spec.preset;
  ImageInputSpec input;
  for (const Dim& dim : type.dims) input.dims.push_back(dim.value);
  VERNIER_ASSIGN(folding.values, preprocess_values(spec.preset, input));
  if (folding.values.fills) {
    return unsupported("'" + spec.preset +
                           "' pads with a value that no pixel has; it cannot be "
                           "folded into the model",
                       "E-CONVERT-PREPROCESS");
  }
  folding.is_preset = spec.values.empty();
  for (const auto& [key, value] : spec.values) {
    VERNIER_TRY(set_value(key, value, folding.values));
  }
  const PixelScale scale = scale_of(folding.values);
  for (std::size_t c = 0; c < kChannels; ++c) {
    // The last is what a convolution that pads has in front of it.
    const double all[] = {scale.factor[c], scale.offset[c], scale.offset[c] / scale.factor[c]};
    const bool fits = std::all_of(std::begin(all), std::end(all), is_float);
    if (fits && static_cast<float>(scale.factor[c]) != 0.0F) continue;
    return spec_error("'" + text + "': scale, mean and std make numbers that no float holds");
  }
  return folding;
}

Result<void> fold_preprocess(Model& model, const PixelFolding& folding, ConvertReport& report,
                             const std::shared_ptr<MemoryBudget>& budget) {
  VERNIER_ASSIGN(auto notes,
                 fold_pixels(model.graph, folding.input, scale_of(folding.values), budget));
  const auto& dims = model.graph.value(model.graph.inputs[folding.input].value).type.dims;
  const std::string values = text_of(folding.values);
  FoldedPreprocess folded{folding.preset, folding.name, folding.values.color};
  folded.values = values;
  write_folded_preprocess(folded, size_text(dims[1]) + "x" + size_text(dims[2]),
                          resize_of(folding.preset), model.metadata);
  notes.push_back("values: " + values);
  notes.push_back("outside the model: resizing as '" + folding.preset + "' does (" +
                  resize_of(folding.preset) + "), pixels in the order " + folding.values.color);
  report.steps.push_back({"fold preprocessing", std::move(notes)});
  return {};
}

Result<FoldedInputs> folded_inputs(const std::vector<TensorInfo>& ports,
                                   const PixelFolding& folding, const ConvertOptions& options,
                                   std::size_t at_least) {
  const auto budget = make_memory_budget(options.model.max_memory_bytes);
  std::vector<TensorInfo> after = ports;
  TensorInfo& port = after[folding.input];
  VERNIER_ASSIGN(const PictureLayout layout, picture_layout(port.name, port.type));
  VERNIER_ASSIGN(port, pixels_of(port));
  port.needed_sizes.clear();  // its dims have another order
  FoldedInputs sets;
  const std::size_t count = count_inputs(options, at_least);
  for (std::size_t i = 0; i < count; ++i) {
    InputRequest request;
    request.seed = options.seed + i;
    const bool given = i < options.data.size();
    if (!given && i > 0) request = fill_request(sets.after.front(), options, i);
    request.folded = FoldedPreprocess{folding.preset, folding.name, folding.values.color};
    if (given) request.files = {options.data[i]};
    VERNIER_ASSIGN(GatheredInputs pixels, gather_inputs(after, request, budget));
    std::vector<NamedTensor> before = pixels.tensors;
    for (NamedTensor& input : before) {
      if (input.name != folding.name) continue;
      if (input.tensor.dtype() != DType::uint8 || input.tensor.shape().size() != 4) {
        return spec_error("verification takes pictures, or uint8 pixels [N,H,W,3]");
      }
      VERNIER_ASSIGN(input.tensor, scaled(input.tensor, folding.values, layout, budget));
    }
    if (given && folding.is_preset && pixels.picture) {
      request.folded.reset();
      request.preprocess = folding.preset;
      VERNIER_ASSIGN(GatheredInputs whole, gather_inputs(ports, request, budget));
      before = std::move(whole.tensors);
    }
    sets.before.push_back(std::move(before));
    sets.after.push_back(std::move(pixels.tensors));
  }
  return sets;
}

}  // namespace vernier
