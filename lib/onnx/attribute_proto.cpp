#include <utility>

#include "onnx/reader.h"
#include "onnx/type_proto.h"

namespace vernier::onnx {
namespace {

/// onnx.AttributeProto.AttributeType.
enum Type : std::int64_t {
  kUndefined = 0,
  kFloat = 1,
  kInt = 2,
  kString = 3,
  kTensor = 4,
  kGraph = 5,
  kFloats = 6,
  kInts = 7,
  kStrings = 8,
  kTensors = 9,
  kGraphs = 10,
  kSparseTensor = 11,
  kSparseTensors = 12,
  kTypeProto = 13,
  kTypeProtos = 14,
};

/// An AttributeProto whose messages are not read yet.
struct Raw {
  std::string_view name;
  std::string_view reference;
  std::int64_t type = kUndefined;
  std::int64_t seen = kUndefined;  ///< type that the present fields suggest
  float number = 0;
  std::int64_t integer = 0;
  std::string_view text;
  std::vector<float> floats;
  std::vector<std::int64_t> ints;
  std::vector<std::string> strings;
  std::vector<Bytes> messages;
  std::int64_t messages_type = kUndefined;
};

std::int64_t type_of_field(std::uint32_t number) {
  switch (number) {
    case 2:
      return kFloat;
    case 3:
      return kInt;
    case 4:
      return kString;
    case 5:
      return kTensor;
    case 6:
      return kGraph;
    case 7:
      return kFloats;
    case 8:
      return kInts;
    case 9:
      return kStrings;
    case 10:
      return kTensors;
    case 11:
      return kGraphs;
    case 14:
      return kTypeProto;
    case 15:
      return kTypeProtos;
    case 22:
      return kSparseTensor;
    case 23:
      return kSparseTensors;
    default:
      return kUndefined;
  }
}

bool read_value(const WireField& field, std::int64_t type, Raw& raw) {
  switch (type) {
    case kFloat:
      raw.number = field.as_float();
      return field.type == WireType::fixed32;
    case kInt:
      raw.integer = field.as_int();
      return field.type == WireType::varint;
    case kString:
      raw.text = field.text();
      return field.type == WireType::bytes;
    case kFloats:
      return for_each_fixed<std::uint32_t>(
          field, [&](std::uint32_t bits) { raw.floats.push_back(std::bit_cast<float>(bits)); });
    case kInts:
      return for_each_varint(
          field, [&](std::uint64_t v) { raw.ints.push_back(static_cast<std::int64_t>(v)); });
    case kStrings:
      raw.strings.emplace_back(field.text());
      return field.type == WireType::bytes;
    default:
      raw.messages.push_back(field.bytes);
      raw.messages_type = type;
      return field.type == WireType::bytes;
  }
}

Error attribute_error(const Raw& raw, const std::string& what) {
  return invalid_model("attribute '" + std::string(raw.name) + "' " + what, "E-MODEL-ATTR");
}

/// Reads every message of a list-valued attribute with `read`.
template <class T, class Read>
Result<AttributeValue> read_all(const Raw& raw, Read read) {
  std::vector<T> list;
  for (const Bytes message : raw.messages) {
    VERNIER_ASSIGN(T item, read(message));
    list.push_back(std::move(item));
  }
  return AttributeValue(std::move(list));
}

template <class T, class Read>
Result<AttributeValue> read_one(const Raw& raw, Read read) {
  if (raw.messages.empty()) return attribute_error(raw, "has no value");
  VERNIER_ASSIGN(T item, read(raw.messages.back()));
  return AttributeValue(std::move(item));
}

Result<AttributeValue> make_value(Raw& raw, TensorSource& source) {
  const auto tensor = [&](Bytes message) -> Result<Tensor> {
    VERNIER_ASSIGN(NamedTensor named, read_tensor(message, source));
    VERNIER_ASSIGN(Tensor aligned, named.tensor.to_aligned(source.budget()));
    return aligned;
  };
  const auto sparse = [&](Bytes message) -> Result<SparseTensor> {
    VERNIER_ASSIGN(NamedSparseTensor named, read_sparse_tensor(message, source));
    return std::move(named.tensor);
  };
  const auto type = [&](Bytes message) { return read_type(message, source.origin()); };
  switch (raw.type) {
    case kFloat:
      return AttributeValue(raw.number);
    case kInt:
      return AttributeValue(raw.integer);
    case kString:
      return AttributeValue(std::string(raw.text));
    case kFloats:
      return AttributeValue(std::move(raw.floats));
    case kInts:
      return AttributeValue(std::move(raw.ints));
    case kStrings:
      return AttributeValue(std::move(raw.strings));
    case kTensor:
      return read_one<Tensor>(raw, tensor);
    case kTensors:
      return read_all<Tensor>(raw, tensor);
    case kSparseTensor:
      return read_one<SparseTensor>(raw, sparse);
    case kSparseTensors:
      return read_all<SparseTensor>(raw, sparse);
    case kTypeProto:
      return read_one<ValueType>(raw, type);
    case kTypeProtos:
      return read_all<ValueType>(raw, type);
    default:
      return attribute_error(raw, "has unknown type " + std::to_string(raw.type));
  }
}

}  // namespace

Result<AttributeIr> ModelReader::read_attribute(Bytes message, const Pending& pending) {
  WireReader reader(message, source_.origin());
  Raw raw;
  while (!reader.done()) {
    VERNIER_ASSIGN(const WireField field, reader.next());
    if (field.number == 1) {
      VERNIER_ASSIGN(raw.name, name_of(reader, field));
    } else if (field.number == 21) {
      VERNIER_ASSIGN(raw.reference, name_of(reader, field));
    } else if (field.number == 20) {
      VERNIER_TRY(reader.expect(field, WireType::varint));
      raw.type = field.as_int();
    } else if (const std::int64_t type = type_of_field(field.number); type != kUndefined) {
      raw.seen = type;
      if (!read_value(field, type, raw)) return reader.error("malformed attribute");
    }
  }
  if (raw.name.empty()) return invalid_model("an attribute has no name", "E-MODEL-ATTR");
  AttributeIr attribute;
  attribute.name = raw.name;
  attribute.reference = raw.reference;
  if (!raw.reference.empty()) return attribute;
  if (raw.type == kUndefined) raw.type = raw.seen;
  const bool by_message = raw.type == kTensor || raw.type == kGraph || raw.type >= kTensors;
  if (by_message && !raw.messages.empty() && raw.messages_type != raw.type) {
    return attribute_error(raw, "has another type than it says");
  }
  if (raw.type == kGraph || raw.type == kGraphs) {
    if (raw.type == kGraph && raw.messages.size() != 1) {
      return attribute_error(raw, "must hold one graph");
    }
    attribute.is_graph = raw.type == kGraph;
    attribute.is_graphs = raw.type == kGraphs;
    VERNIER_TRY(attach_graphs(raw.messages, pending, attribute));
    return attribute;
  }
  VERNIER_ASSIGN(attribute.value, make_value(raw, source_));
  return attribute;
}

Result<void> ModelReader::attach_graphs(const std::vector<Bytes>& messages, const Pending& pending,
                                        AttributeIr& attribute) {
  const int depth = model_.graphs[static_cast<std::size_t>(pending.graph)].depth + 1;
  if (depth > options_.max_depth) {
    return limit_error(
        "bodies are nested more than " + std::to_string(options_.max_depth) + " deep",
        "E-LIMIT-DEPTH");
  }
  for (const Bytes message : messages) {
    attribute.graphs.push_back(add_graph(message, depth, pending.opsets));
  }
  return {};
}

}  // namespace vernier::onnx
