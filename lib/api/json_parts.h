#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "api/json_writer.h"
#include "vernier/types.h"

namespace vernier {

/// Parts that several documents share; each writes one value.
void write_tensor(JsonWriter& json, const TensorDescription& tensor);
/// The members of a tensor without the braces.
void write_tensor_members(JsonWriter& json, const TensorDescription& tensor);
void write_node(JsonWriter& json, const NodeInfo& node);
void write_strings(JsonWriter& json, const std::vector<std::string>& strings);
void write_counts(JsonWriter& json, const std::map<std::string, std::int64_t>& counts);
void write_dims(JsonWriter& json, const std::vector<std::pair<std::string, std::int64_t>>& dims);

}  // namespace vernier
