#pragma once

#include <map>
#include <string>

#include "base/result.h"

namespace vernier::onnx {

/// The metadata_props of an ONNX file; the rest of it is skipped unread. Errors: invalid_data
/// E-FILE-OPEN, invalid_model E-MODEL-PARSE.
Result<std::map<std::string, std::string>> read_metadata(const std::string& path);

}  // namespace vernier::onnx
