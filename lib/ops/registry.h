#pragma once

#include <span>
#include <string_view>

#include "graph/op_def.h"

namespace vernier {

/// Every operator that vernier knows, sorted by (domain, name), unique.
std::span<const OpDef* const> all_ops();

/// nullptr when unknown. The default domain is "" ("ai.onnx" is accepted as its alias).
const OpDef* find_op(std::string_view domain, std::string_view name);

}  // namespace vernier
