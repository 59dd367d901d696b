#include "api/folded_preprocess.h"

#include <algorithm>

#include "onnx/metadata.h"

namespace vernier {
namespace {

constexpr const char* kPreset = "vernier.preprocess";
constexpr const char* kInput = "vernier.preprocess.input";
constexpr const char* kColor = "vernier.preprocess.color";
constexpr const char* kLayout = "vernier.preprocess.layout";
constexpr const char* kSize = "vernier.preprocess.size";
constexpr const char* kResize = "vernier.preprocess.resize";
constexpr const char* kValues = "vernier.preprocess.values";

std::string entry(const Metadata& metadata, const char* key) {
  const auto at = metadata.find(key);
  return at == metadata.end() ? std::string() : at->second;
}

Result<void> check_known(const FoldedPreprocess& folded) {
  const auto& presets = preprocess_presets();
  const bool has_preset = std::any_of(presets.begin(), presets.end(), [&](const auto& preset) {
    return preset.name == folded.preset;
  });
  std::string what;
  if (!has_preset) {
    what = "preprocessing '" + folded.preset;
  } else if (folded.color != "RGB" && folded.color != "BGR") {
    what = "colours in the order '" + folded.color;
  } else if (folded.layout != "NHWC") {
    what = "pixels in the layout '" + folded.layout;
  } else {
    return {};
  }
  return unsupported("the model's metadata asks for " + what + "', which is not known",
                     "E-PREPROCESS-FOLDED");
}

}  // namespace

void write_folded_preprocess(const FoldedPreprocess& folded, const std::string& size,
                             const std::string& resize, Metadata& metadata) {
  metadata[kPreset] = folded.preset;
  metadata[kInput] = folded.input;
  metadata[kColor] = folded.color;
  metadata[kLayout] = "NHWC";
  metadata[kSize] = size;
  metadata[kResize] = resize;
  metadata[kValues] = folded.values;
}

void rename_folded_input(const Renames& renamed, Metadata& metadata) {
  const auto input = metadata.find(kInput);
  if (input == metadata.end()) return;
  for (const auto& [from, to] : renamed) {
    if (input->second != from) continue;
    input->second = to;
    return;
  }
}

std::optional<FoldedPreprocess> folded_preprocess(const Metadata& metadata) {
  FoldedPreprocess folded{entry(metadata, kPreset), entry(metadata, kInput),
                          entry(metadata, kColor)};
  if (folded.preset.empty() || folded.input.empty()) return std::nullopt;
  if (folded.color.empty()) folded.color = "RGB";
  const std::string layout = entry(metadata, kLayout);
  if (!layout.empty()) folded.layout = layout;
  folded.values = entry(metadata, kValues);
  return folded;
}

std::optional<FoldedPreprocess> read_folded_preprocess(const std::string& model) {
  const auto metadata = onnx::read_metadata(model);
  return metadata ? folded_preprocess(*metadata) : std::nullopt;
}

bool takes_pictures(const TensorInfo& input) {
  const std::size_t rank = input.type.dims.size();
  return input.type.ranked && (rank == 3 || rank == 4) && input.type.dtype != DType::string &&
         input.type.dtype != DType::boolean;
}

Result<PicturePlan> plan_picture(const TensorInfo& input, const std::string& asked,
                                 const std::optional<FoldedPreprocess>& folded) {
  PicturePlan plan;
  plan.preset = asked;
  plan.spec.dtype = input.type.dtype;
  for (const Dim& dim : input.type.dims) plan.spec.dims.push_back(dim.value);
  const bool applies = folded && folded->input == input.name && input.type.dtype == DType::uint8;
  if (applies) {
    VERNIER_TRY(check_known(*folded));
    if (!asked.empty() && asked != folded->preset) {
      return usage_error("the model scales pictures itself, for the preprocessing '" +
                             folded->preset + "': '" + asked + "' contradicts that",
                         "E-PREPROCESS-FOLDED");
    }
    plan.preset = folded->preset;
    plan.spec.pixels = folded->color;
  } else if (asked.empty()) {
    plan.preset = is_integer(input.type.dtype) ? "raw" : "unit";
    plan.assumed = true;
  }
  const auto& presets = preprocess_presets();
  std::string names;
  for (const PreprocessPreset& preset : presets) {
    if (preset.name == plan.preset) return plan;
    names.append(names.empty() ? "" : ", ").append(preset.name);
  }
  return usage_error("there is no preset '" + plan.preset + "' (there are: " + names + ")",
                     "E-PREPROCESS-NAME");
}

}  // namespace vernier
