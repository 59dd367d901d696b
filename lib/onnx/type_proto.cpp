#include "onnx/type_proto.h"

#include <optional>

namespace vernier::onnx {
namespace {

Result<Dim> read_dim(Bytes message, const std::byte* origin) {
  WireReader reader(message, origin);
  Dim dim;
  while (!reader.done()) {
    VERNIER_ASSIGN(const WireField field, reader.next());
    if (field.number == 1) {
      VERNIER_TRY(reader.expect(field, WireType::varint));
      if (field.as_int() < -1) {
        return invalid_model("negative dim " + std::to_string(field.as_int()), "E-MODEL-SHAPE");
      }
      dim = field.as_int() < 0 ? Dim::unknown() : Dim::known(field.as_int());
    } else if (field.number == 2) {
      VERNIER_TRY(reader.expect(field, WireType::bytes));
      dim = Dim::named(std::string(field.text()));
    }
  }
  return dim;
}

Result<void> read_shape(Bytes message, const std::byte* origin, ValueType& type) {
  type.ranked = true;
  type.dims.clear();
  WireReader reader(message, origin);
  while (!reader.done()) {
    VERNIER_ASSIGN(const WireField field, reader.next());
    if (field.number != 1) continue;
    VERNIER_TRY(reader.expect(field, WireType::bytes));
    if (type.dims.size() >= kMaxRank) {
      return limit_error("a declared type has more than " + std::to_string(kMaxRank) + " dims",
                         "E-LIMIT-RANK");
    }
    VERNIER_ASSIGN(Dim dim, read_dim(field.bytes, origin));
    type.dims.push_back(std::move(dim));
  }
  return {};
}

Result<void> read_element(Bytes message, const std::byte* origin, ValueType& type) {
  WireReader reader(message, origin);
  while (!reader.done()) {
    VERNIER_ASSIGN(const WireField field, reader.next());
    if (field.number == 1) {
      VERNIER_TRY(reader.expect(field, WireType::varint));
      const auto dtype = dtype_from_onnx(field.as_int());
      if (!dtype && field.as_int() != 0) {
        return invalid_model("unknown element type " + std::to_string(field.as_int()),
                             "E-MODEL-DTYPE");
      }
      type.dtype = dtype.value_or(DType::undefined);
    } else if (field.number == 2) {
      VERNIER_TRY(reader.expect(field, WireType::bytes));
      VERNIER_TRY(read_shape(field.bytes, origin, type));
    }
  }
  return {};
}

/// The element type message inside a sequence (1), optional (1) or map (2) type.
Result<Bytes> inner_type(Bytes message, const std::byte* origin, std::uint32_t number) {
  WireReader reader(message, origin);
  Bytes inner;
  while (!reader.done()) {
    VERNIER_ASSIGN(const WireField field, reader.next());
    if (field.number == number && field.type == WireType::bytes) inner = field.bytes;
  }
  return inner;
}

}  // namespace

Result<ValueType> read_type(Bytes message, const std::byte* origin) {
  constexpr int kMaxDepth = 32;
  ValueType type;
  bool outermost = true;
  const auto enter = [&](ValueType::Kind kind) {
    if (outermost) type.kind = kind;
    outermost = false;
  };
  for (int depth = 0; depth < kMaxDepth; ++depth) {
    WireReader reader(message, origin);
    std::optional<Bytes> next;
    while (!reader.done()) {
      VERNIER_ASSIGN(const WireField field, reader.next());
      switch (field.number) {
        case 1:
        case 8:
          VERNIER_TRY(reader.expect(field, WireType::bytes));
          enter(field.number == 1 ? ValueType::Kind::tensor : ValueType::Kind::sparse_tensor);
          VERNIER_TRY(read_element(field.bytes, origin, type));
          break;
        case 4:
        case 5:
        case 9: {
          VERNIER_TRY(reader.expect(field, WireType::bytes));
          enter(field.number == 4   ? ValueType::Kind::sequence
                : field.number == 5 ? ValueType::Kind::map
                                    : ValueType::Kind::optional);
          VERNIER_ASSIGN(next, inner_type(field.bytes, origin, field.number == 5 ? 2 : 1));
          break;
        }
        default:
          break;
      }
    }
    if (!next) return type;
    message = *next;
  }
  return limit_error("a declared type is nested too deeply", "E-LIMIT-DEPTH");
}

}  // namespace vernier::onnx
