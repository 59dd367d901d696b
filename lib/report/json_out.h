#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "measure/measurement.h"

namespace vernier::json_out {

using Json = nlohmann::ordered_json;

/// NaN and infinity are no JSON: null.
inline Json finite(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

template <class T>
Json optional_json(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}
inline Json optional_json(const std::optional<double>& value) {
  return value ? finite(*value) : Json(nullptr);
}

inline Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

/// nlohmann would write (key, value) pairs of a braced list as an object or an array by guess.
inline Json strings(const std::vector<std::string>& texts) {
  Json array = Json::array();
  for (const std::string& text : texts) array.push_back(text);
  return array;
}

/// A latency_ns object.
Json latency_json(const LatencySummary& s);

/// One entry of results[].
Json result_json(const EngineMeasurement& m);

}  // namespace vernier::json_out
