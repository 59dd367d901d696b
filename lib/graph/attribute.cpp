#include "graph/attribute.h"

#include <algorithm>

namespace vernier {

template <class T>
Result<const T*> AttrReader::find(std::string_view name, const char* kind) {
  for (std::size_t i = 0; i < attributes_.size(); ++i) {
    if (attributes_[i].name != name) continue;
    read_[i] = true;
    const T* value = std::get_if<T>(&attributes_[i].value);
    if (value == nullptr) {
      return invalid_model("attribute '" + std::string(name) + "' is not " + kind, "E-MODEL-ATTR");
    }
    return value;
  }
  return static_cast<const T*>(nullptr);
}

bool AttrReader::has(std::string_view name) const {
  return std::any_of(attributes_.begin(), attributes_.end(),
                     [&](const Attribute& a) { return a.name == name; });
}

Result<std::int64_t> AttrReader::get_int(std::string_view name, std::int64_t fallback) {
  VERNIER_ASSIGN(const auto* value, find<std::int64_t>(name, "an int"));
  return value != nullptr ? *value : fallback;
}

Result<std::int64_t> AttrReader::get_int_in(std::string_view name, std::int64_t fallback,
                                            std::int64_t low, std::int64_t high) {
  VERNIER_ASSIGN(const std::int64_t value, get_int(name, fallback));
  if (value < low || value > high) {
    return invalid_model("attribute '" + std::string(name) + "' is " + std::to_string(value) +
                             ", expected " + std::to_string(low) + " to " + std::to_string(high),
                         "E-MODEL-ATTR");
  }
  return value;
}

Result<bool> AttrReader::get_bool(std::string_view name, bool fallback) {
  VERNIER_ASSIGN(const std::int64_t value, get_int(name, fallback ? 1 : 0));
  return value != 0;
}

Result<float> AttrReader::get_float(std::string_view name, float fallback) {
  VERNIER_ASSIGN(const auto* value, find<float>(name, "a float"));
  return value != nullptr ? *value : fallback;
}

Result<std::string> AttrReader::get_string(std::string_view name, std::string fallback) {
  VERNIER_ASSIGN(const auto* value, find<std::string>(name, "a string"));
  return value != nullptr ? *value : std::move(fallback);
}

Result<std::vector<std::int64_t>> AttrReader::get_ints(std::string_view name,
                                                       std::vector<std::int64_t> fallback) {
  VERNIER_ASSIGN(const auto* value, find<std::vector<std::int64_t>>(name, "a list of ints"));
  return value != nullptr ? *value : std::move(fallback);
}

Result<std::vector<float>> AttrReader::get_floats(std::string_view name,
                                                  std::vector<float> fallback) {
  VERNIER_ASSIGN(const auto* value, find<std::vector<float>>(name, "a list of floats"));
  return value != nullptr ? *value : std::move(fallback);
}

Result<std::vector<std::string>> AttrReader::get_strings(std::string_view name,
                                                         std::vector<std::string> fallback) {
  VERNIER_ASSIGN(const auto* value, find<std::vector<std::string>>(name, "a list of strings"));
  return value != nullptr ? *value : std::move(fallback);
}

Result<std::optional<Tensor>> AttrReader::get_tensor(std::string_view name) {
  VERNIER_ASSIGN(const auto* value, find<Tensor>(name, "a tensor"));
  if (value == nullptr) return std::optional<Tensor>{};
  return std::optional<Tensor>{*value};
}

Result<DType> AttrReader::get_dtype(std::string_view name, DType fallback) {
  VERNIER_ASSIGN(const auto* value, find<std::int64_t>(name, "an int"));
  if (value == nullptr) return fallback;
  const auto dtype = dtype_from_onnx(*value);
  if (!dtype) {
    return invalid_model(
        "attribute '" + std::string(name) + "' names no data type: " + std::to_string(*value),
        "E-MODEL-DTYPE");
  }
  return *dtype;
}

Result<GraphPtr> AttrReader::get_graph(std::string_view name) {
  VERNIER_ASSIGN(const auto* value, find<GraphPtr>(name, "a graph"));
  return value != nullptr ? *value : GraphPtr{};
}

void AttrReader::ignore(std::string_view name) {
  for (std::size_t i = 0; i < attributes_.size(); ++i) {
    if (attributes_[i].name == name) read_[i] = true;
  }
}

std::vector<std::string> AttrReader::unread() const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < attributes_.size(); ++i) {
    if (!read_[i]) names.push_back(attributes_[i].name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace vernier
