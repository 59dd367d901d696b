#pragma once

#include <memory>

#include "backend/backend.h"
#include "ops/pool.h"

namespace vernier {

/// MaxPool of uint8 or int8 in channels-last order.
std::unique_ptr<Step> make_byte_max_pool(const ResolvedPool& pool, const ValueDesc& x,
                                         const ValueDesc& y, const LowerOptions& options);

}  // namespace vernier
