#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "graph/graph.h"
#include "onnx/node_form.h"

namespace vernier::onnx {

/// Bytes of TensorProto.raw_data: elements of `stored`, little endian, sub-byte types packed with
/// the first element in the low bits. 0 for strings, which have a field of their own.
std::uint64_t payload_bytes(const Tensor& tensor, DType stored);

/// Calls `sink` with the payload piece by piece (at most 1 MiB each), casting floating elements to
/// `stored` on the way; pages of a mapped file are dropped behind it.
Result<void> write_payload(const Tensor& tensor, DType stored,
                           const std::function<Result<void>(std::span<const std::byte>)>& sink);

/// Where the payload of a tensor lies outside the model file.
struct ExternalPlace {
  std::string location;  ///< file name relative to the model
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// An onnx.TensorProto up to its payload: name, dims, type, strings, the external place if any.
std::string tensor_head(std::string_view name, const Tensor& tensor, DType stored,
                        const ExternalPlace* external = nullptr);
/// A whole TensorProto with its payload in it; for small tensors and attributes.
std::string tensor_message(std::string_view name, const Tensor& tensor);

/// Names of a graph's values in the file, parallel to the values.
using ValueNames = std::vector<std::string>;

/// Encoded bodies, by graph.
using BodyMessages = std::map<const Graph*, std::string>;

/// An onnx.NodeProto that makes what `node` makes, by the operator `op`. `inputs` are the names of
/// what the form reads, parallel to form.inputs.
std::string node_message(const Node& node, const OpDef& op, const NodeForm& form,
                         std::span<const std::string> inputs, const ValueNames& names,
                         const BodyMessages& bodies);

}  // namespace vernier::onnx
