#pragma once

#include <cstddef>
#include <memory>
#include <string>
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

/// The locations that tensors of an ONNX file name, in weights, attributes, bodies and functions:
/// sorted, each once, relative to the file's directory, not checked. Of a damaged file those that
/// come before the damage: import_model says what is wrong with it. Error: invalid_data
/// E-FILE-OPEN.
Result<std::vector<std::string>> external_locations(const std::string& path);

}  // namespace vernier::onnx
