#pragma once

#include <string>

#include "api/side_by_side.h"
#include "base/result.h"
#include "vernier/compare.h"

namespace vernier {

/// The first node where engine `contender` of `both`, which has run, goes another way than the
/// first engine. Errors: those of reading the model, unsupported where no cut of it can be written
/// or run, interrupted.
Result<LayerReport> find_first_layer(const std::string& model, SideBySide& both,
                                     std::size_t contender, double tolerance, LayerSearch search);

}  // namespace vernier
