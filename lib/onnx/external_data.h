#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/result.h"
#include "onnx/tensor_proto.h"

namespace vernier::onnx {

struct ExternalPayload {
  Bytes bytes;
  std::shared_ptr<const void> owner;
};

/// The bytes that TensorProto.external_data (serialized StringStringEntryProtos) points at: keys
/// location, offset, length and checksum (informational, not verified); any other key, a number
/// that is not one, or a range outside the file is invalid_model E-MODEL-EXTERNAL. The length must
/// be `needed` (it may be left out). Files are opened beneath the model's directory only.
Result<ExternalPayload> read_external(const std::vector<Bytes>& entries, std::size_t needed,
                                      TensorSource& source);

}  // namespace vernier::onnx
