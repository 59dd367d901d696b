#pragma once

#include <optional>

#include <nlohmann/json.hpp>

#include "measure/pipeline.h"

namespace vernier {

/// The report's member `pipeline`.
nlohmann::ordered_json pipeline_json(const PipelineMeasurement& pipeline);

/// Reads it back; figures are derived anew from the samples. Nothing when members are missing or of
/// the wrong type.
std::optional<PipelineMeasurement> pipeline_from(const nlohmann::json& json);

}  // namespace vernier
