#pragma once

#include <optional>
#include <vector>

#include "measure/measurement.h"

namespace vernier {

/// Checks of the machine that bear on all engines: CPU governor, load, stolen time.
std::vector<ValidityCheck> check_machine(const Environment& before, const Environment& after);

/// Checks of one engine's samples and settings: enough of them and of processes, threads against
/// cores, drift
/// between the first and the last third of its blocks.
std::vector<ValidityCheck> check_engine(const EngineMeasurement& engine,
                                        const MeasureSettings& settings,
                                        const Environment& environment, bool compared);

}  // namespace vernier
