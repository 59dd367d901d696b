#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "measure/measurement.h"

namespace vernier::json_in {

using Json = nlohmann::json;

/// Reads members of an object; the first failure is kept and everything after it is ignored.
class Reader {
 public:
  [[nodiscard]] bool failed() const noexcept { return !problem_.empty(); }
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

  void fail(const std::string& path, const char* wanted) {
    if (problem_.empty()) problem_ = "'" + path + "' is missing or no " + wanted;
  }

  /// A member that must be there; a shared null otherwise.
  const Json& at(const Json& object, const char* key, const char* wanted,
                 bool (Json::*is)() const) {
    static const Json kNull;
    const auto it = object.is_object() ? object.find(key) : object.end();
    if (!object.is_object() || it == object.end() || !((*it).*is)()) {
      fail(key, wanted);
      return kNull;
    }
    return *it;
  }
  const Json& object(const Json& parent, const char* key) {
    return at(parent, key, "object", &Json::is_object);
  }
  const Json& array(const Json& parent, const char* key) {
    return at(parent, key, "list", &Json::is_array);
  }
  std::string text(const Json& parent, const char* key) {
    const Json& value = at(parent, key, "text", &Json::is_string);
    return value.is_string() ? value.get<std::string>() : std::string();
  }
  std::int64_t integer(const Json& parent, const char* key) {
    const Json& value = at(parent, key, "integer", &Json::is_number_integer);
    const bool fits = !value.is_number_unsigned() ||
                      value.get<std::uint64_t>() <=
                          static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (value.is_number_integer() && fits) return value.get<std::int64_t>();
    if (value.is_number_integer()) fail(key, "integer of 63 bits");
    return 0;
  }

  // Members that may be null or absent.
  static std::string text_or_empty(const Json& parent, const char* key) {
    const auto it = parent.is_object() ? parent.find(key) : parent.end();
    if (!parent.is_object() || it == parent.end() || !it->is_string()) return {};
    return it->get<std::string>();
  }
  static std::optional<double> number(const Json& parent, const char* key) {
    if (!parent.is_object()) return std::nullopt;
    const auto it = parent.find(key);
    if (it == parent.end() || !it->is_number()) return std::nullopt;
    return it->get<double>();
  }
  static std::int64_t integer_or(const Json& parent, const char* key, std::int64_t fallback) {
    if (!parent.is_object()) return fallback;
    const auto it = parent.find(key);
    if (it == parent.end() || !it->is_number_integer()) return fallback;
    return it->get<std::int64_t>();
  }
  static std::uint64_t bytes_or_zero(const Json& parent, const char* key) {
    if (!parent.is_object()) return 0;
    const auto it = parent.find(key);
    return it != parent.end() && it->is_number_unsigned() ? it->get<std::uint64_t>() : 0;
  }
  static bool flag_or(const Json& parent, const char* key, bool fallback) {
    if (!parent.is_object()) return fallback;
    const auto it = parent.find(key);
    return it != parent.end() && it->is_boolean() ? it->get<bool>() : fallback;
  }
  /// A member that may be absent; a shared null then.
  static const Json& member(const Json& parent, const char* key) {
    static const Json kNull;
    if (!parent.is_object()) return kNull;
    const auto it = parent.find(key);
    return it == parent.end() ? kNull : *it;
  }
  static std::vector<std::string> texts(const Json& parent, const char* key) {
    std::vector<std::string> list;
    const auto it = parent.is_object() ? parent.find(key) : parent.end();
    if (!parent.is_object() || it == parent.end() || !it->is_array()) return list;
    for (const Json& item : *it) {
      if (item.is_string()) list.push_back(item.get<std::string>());
    }
    return list;
  }

 private:
  std::string problem_;
};

inline int as_int(std::int64_t value) {
  return static_cast<int>(std::clamp<std::int64_t>(value, std::numeric_limits<int>::min(),
                                                   std::numeric_limits<int>::max()));
}

/// One entry of results[].
EngineMeasurement result_of(Reader& r, const Json& result);

}  // namespace vernier::json_in
