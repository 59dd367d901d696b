#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "graph/value_type.h"
#include "onnx/wire.h"

namespace vernier::onnx {

/// Reads a serialized onnx.TypeProto: tensors, and sequences, optionals and maps of them (kind is
/// the outermost one, dtype and dims are those of the tensor inside). A dim of -1, which some
/// exporters write for "any", is unknown. Errors: invalid_model E-MODEL-SHAPE, E-MODEL-DTYPE,
/// E-MODEL-PARSE; limit E-LIMIT-RANK, E-LIMIT-DEPTH.
Result<ValueType> read_type(Bytes message, const std::byte* origin);

}  // namespace vernier::onnx
