#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace vernier {

/// A named fact that one layer hands to the report of another without sharing its types.
struct RecordField {
  std::string name;
  std::variant<std::string, std::int64_t, double, std::vector<double>> value;
};

}  // namespace vernier
