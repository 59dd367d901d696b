#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"
#include "measure/measurement.h"

namespace vernier {

/// Inputs of one setting of the shapes.
struct ShapeCase {
  std::string label;
  std::vector<NamedTensor> inputs;
};

/// What changing shapes within one session of a loaded engine costs: visits every ordered pair of
/// cases (each case first seen once, then again from every other one) and times the preparation and
/// the first run after each change, with `settle_runs` runs between changes. At most kMaxCases
/// cases.
Result<std::vector<ShapeSwitch>> measure_shape_switches(Engine& engine,
                                                        const std::vector<ShapeCase>& cases,
                                                        int settle_runs = 3);
inline constexpr std::size_t kMaxSwitchCases = 16;

}  // namespace vernier
