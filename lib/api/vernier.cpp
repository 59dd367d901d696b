#include "vernier/vernier.h"

#include "api/json_writer.h"
#include "data/preprocess.h"
#include "passes/pipeline.h"

namespace vernier {

std::string_view version() noexcept { return VERNIER_VERSION; }

std::string error_to_json(const Error& error) {
  JsonWriter json;
  json.begin_object().key("error").begin_object();
  json.member("code", static_cast<int>(error.code))
      .member("kind", kind_name(error.code))
      .member_or_null("id", error.id)
      .member("message", error.message)
      .member_or_null("model", error.where.model)
      .member_or_null("node", error.where.node)
      .member_or_null("op", error.where.op)
      .key("opset");
  if (error.where.opset > 0) {
    json.value(error.where.opset);
  } else {
    json.null();
  }
  json.member_or_null("tensor", error.where.tensor).member_or_null("hint", error.hint);
  json.end_object().end_object();
  return json.take();
}

std::vector<std::string> available_passes() {
  std::vector<std::string> names;
  for (const std::string_view name : pass_names()) names.emplace_back(name);
  return names;
}

std::vector<std::pair<std::string, std::string>> available_presets() {
  std::vector<std::pair<std::string, std::string>> presets;
  for (const PreprocessPreset& preset : preprocess_presets()) {
    presets.emplace_back(preset.name, preset.summary);
  }
  return presets;
}

std::string to_text(const TensorDescription& tensor) {
  if (!tensor.ranked) return tensor.dtype + " (rank unknown)";
  std::string text = tensor.dtype + "[";
  for (std::size_t i = 0; i < tensor.dims.size(); ++i) {
    const Dimension& dim = tensor.dims[i];
    text += i > 0 ? "," : "";
    text += dim.size >= 0 ? std::to_string(dim.size) : dim.name.empty() ? "?" : dim.name;
  }
  return text + "]";
}

}  // namespace vernier
