#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// Writes ONNX protobuf messages byte by byte for tests (independent of the reader under test).
/// Field numbers are those of onnx.proto. Every function returns the serialized message as a
/// string.
namespace onnx_writer {

using Bytes = std::string;

inline Bytes varint(std::uint64_t value) {
  Bytes out;
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
  return out;
}
inline Bytes tag(unsigned field, unsigned wire) { return varint(field << 3U | wire); }
inline Bytes number(unsigned field, std::int64_t value) {
  return tag(field, 0) + varint(static_cast<std::uint64_t>(value));
}
inline Bytes text(unsigned field, std::string_view value) {
  return tag(field, 2) + varint(value.size()) + Bytes(value);
}
template <class T>
Bytes little_endian(T value) {
  Bytes out(sizeof value, '\0');
  std::memcpy(out.data(), &value, sizeof value);
  return out;
}
inline Bytes fixed32(unsigned field, float value) { return tag(field, 5) + little_endian(value); }
inline Bytes fixed64(unsigned field, double value) { return tag(field, 1) + little_endian(value); }

/// The elements' bytes one after another, for raw_data.
template <class T>
Bytes raw(const std::vector<T>& values) {
  Bytes out;
  for (const T value : values) out += little_endian(value);
  return out;
}

/// dims, data_type and name of a TensorProto; append data fields to it.
inline Bytes tensor_head(std::string_view name, int dtype, const std::vector<std::int64_t>& dims) {
  Bytes out;
  for (const std::int64_t dim : dims) out += number(1, dim);
  return out + number(2, dtype) + text(8, name);
}
inline Bytes tensor_raw(std::string_view name, int dtype, const std::vector<std::int64_t>& dims,
                        std::string_view payload) {
  return tensor_head(name, dtype, dims) + text(9, payload);
}
inline Bytes tensor_floats(std::string_view name, const std::vector<std::int64_t>& dims,
                           const std::vector<float>& values) {
  return tensor_raw(name, 1, dims, raw(values));
}
inline Bytes tensor_ints(std::string_view name, const std::vector<std::int64_t>& dims,
                         const std::vector<std::int64_t>& values) {
  return tensor_raw(name, 7, dims, raw(values));
}
inline Bytes entry(std::string_view key, std::string_view value) {
  return text(1, key) + text(2, value);
}
/// A TensorProto whose data lies in another file.
inline Bytes tensor_external(std::string_view name, int dtype,
                             const std::vector<std::int64_t>& dims,
                             const std::vector<std::pair<std::string, std::string>>& entries) {
  Bytes out = tensor_head(name, dtype, dims) + number(14, 1);
  for (const auto& [key, value] : entries) out += text(13, entry(key, value));
  return out;
}

// Attributes.
inline Bytes attr_int(std::string_view name, std::int64_t value) {
  return text(1, name) + number(3, value) + number(20, 2);
}
inline Bytes attr_float(std::string_view name, float value) {
  return text(1, name) + fixed32(2, value) + number(20, 1);
}
inline Bytes attr_string(std::string_view name, std::string_view value) {
  return text(1, name) + text(4, value) + number(20, 3);
}
inline Bytes attr_ints(std::string_view name, const std::vector<std::int64_t>& values) {
  Bytes out = text(1, name);
  for (const std::int64_t value : values) out += number(8, value);
  return out + number(20, 7);
}
inline Bytes attr_floats(std::string_view name, const std::vector<float>& values) {
  Bytes out = text(1, name);
  for (const float value : values) out += fixed32(7, value);
  return out + number(20, 6);
}
inline Bytes attr_tensor(std::string_view name, std::string_view tensor) {
  return text(1, name) + text(5, tensor) + number(20, 4);
}
inline Bytes attr_graph(std::string_view name, std::string_view graph) {
  return text(1, name) + text(6, graph) + number(20, 5);
}
/// In a function body: the attribute takes the value of the function's attribute `of`.
inline Bytes attr_ref(std::string_view name, std::string_view of, int type) {
  return text(1, name) + text(21, of) + number(20, type);
}

using Names = std::vector<std::string>;

inline Bytes node(std::string_view op, const Names& inputs, const Names& outputs,
                  const std::vector<Bytes>& attributes = {}, std::string_view name = "",
                  std::string_view domain = "") {
  Bytes out;
  for (const auto& input : inputs) out += text(1, input);
  for (const auto& output : outputs) out += text(2, output);
  if (!name.empty()) out += text(3, name);
  out += text(4, op);
  for (const auto& attribute : attributes) out += text(5, attribute);
  if (!domain.empty()) out += text(7, domain);
  return out;
}

using Dim = std::variant<std::int64_t, const char*>;

/// A ValueInfoProto of a tensor; a dim is a size or a symbol.
inline Bytes value(std::string_view name, int dtype, const std::vector<Dim>& dims) {
  Bytes shape;
  for (const Dim& dim : dims) {
    const auto* size = std::get_if<std::int64_t>(&dim);
    shape += text(1, size != nullptr ? number(1, *size) : text(2, std::get<const char*>(dim)));
  }
  return text(1, name) + text(2, text(1, number(1, dtype) + text(2, shape)));
}

struct GraphParts {
  std::vector<Bytes> nodes = {};
  std::vector<Bytes> inputs = {};
  std::vector<Bytes> outputs = {};
  std::vector<Bytes> initializers = {};
  std::vector<Bytes> values = {};  ///< value_info
};
inline Bytes graph(const GraphParts& parts) {
  Bytes out;
  for (const auto& part : parts.nodes) out += text(1, part);
  out += text(2, "g");
  for (const auto& part : parts.initializers) out += text(5, part);
  for (const auto& part : parts.inputs) out += text(11, part);
  for (const auto& part : parts.outputs) out += text(12, part);
  for (const auto& part : parts.values) out += text(13, part);
  return out;
}

inline Bytes opset_import(std::string_view domain, std::int64_t version) {
  return text(1, domain) + number(2, version);
}

struct FunctionParts {
  std::string domain = {};
  std::string name = {};
  Names inputs = {};
  Names outputs = {};
  Names attributes = {};
  std::vector<Bytes> defaults = {};
  std::vector<Bytes> nodes = {};
  std::int64_t opset = 17;
};
inline Bytes function(const FunctionParts& parts) {
  Bytes out = text(1, parts.name) + text(10, parts.domain);
  for (const auto& name : parts.inputs) out += text(4, name);
  for (const auto& name : parts.outputs) out += text(5, name);
  for (const auto& name : parts.attributes) out += text(6, name);
  for (const auto& attribute : parts.defaults) out += text(11, attribute);
  for (const auto& part : parts.nodes) out += text(7, part);
  return out + text(9, opset_import("", parts.opset)) + text(9, opset_import(parts.domain, 1));
}

inline Bytes model(std::string_view graph_bytes, std::int64_t opset = 17,
                   const std::vector<Bytes>& functions = {}, std::int64_t ir_version = 8) {
  Bytes out = number(1, ir_version) + text(2, "test") + text(7, graph_bytes) +
              text(8, opset_import("", opset));
  for (const auto& part : functions) out += text(25, part);
  if (!functions.empty()) out += text(8, opset_import("local", 1));
  return out;
}
inline Bytes model(const GraphParts& parts, std::int64_t opset = 17,
                   const std::vector<Bytes>& functions = {}, std::int64_t ir_version = 8) {
  return model(graph(parts), opset, functions, ir_version);
}

}  // namespace onnx_writer
