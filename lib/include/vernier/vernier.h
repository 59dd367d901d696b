#pragma once

/// Everything that libvernier offers.

#include <string>
#include <string_view>
#include <vector>

#include "vernier/bench.h"
#include "vernier/convert.h"
#include "vernier/doctor.h"
#include "vernier/error.h"
#include "vernier/export.h"
#include "vernier/inspect.h"
#include "vernier/quantize.h"
#include "vernier/report.h"
#include "vernier/result.h"
#include "vernier/run.h"
#include "vernier/types.h"
#include "vernier/worker.h"

namespace vernier {

/// "0.1.0".
VERNIER_API std::string_view version() noexcept;

/// The error as a JSON document: {"error": {code, kind, id, message, model, node, op, opset,
/// tensor, hint}}; what is unknown is null.
VERNIER_API std::string error_to_json(const Error& error);

/// Names of the rewriting passes, in order.
VERNIER_API std::vector<std::string> available_passes();

/// Presets for pictures: name and one line.
VERNIER_API std::vector<std::pair<std::string, std::string>> available_presets();

}  // namespace vernier
