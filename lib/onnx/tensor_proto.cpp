#include "onnx/tensor_proto.h"

#include <array>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "base/checked_math.h"
#include "onnx/external_data.h"
#include "onnx/tensor_payload.h"
#include "tensor/texts.h"

namespace vernier::onnx {
namespace {

/// Field numbers of onnx.TensorProto.
enum Field : std::uint32_t {
  kDims = 1,
  kDataType = 2,
  kSegment = 3,
  kFloatData = 4,
  kInt32Data = 5,
  kStringData = 6,
  kInt64Data = 7,
  kName = 8,
  kRawData = 9,
  kDoubleData = 10,
  kUint64Data = 11,
  kExternalData = 13,
  kDataLocation = 14,
};

struct Header {
  std::vector<std::int64_t> dims;
  std::int64_t data_type = 0;
  std::string_view name;
  std::optional<Bytes> raw;
  std::int64_t location = 0;
  std::vector<Bytes> external;
  std::array<std::size_t, 16> typed{};  ///< elements seen in each typed data field
  bool segment = false;
};

/// Counts the elements of one typed data field; false when it is malformed.
bool count_typed(const WireField& field, Header& header) {
  std::size_t& count = header.typed[field.number];
  switch (field.number) {
    case kFloatData:
      return for_each_fixed<std::uint32_t>(field, [&](std::uint32_t) { ++count; });
    case kDoubleData:
      return for_each_fixed<std::uint64_t>(field, [&](std::uint64_t) { ++count; });
    case kStringData:
      ++count;
      return field.type == WireType::bytes;
    default:
      return for_each_varint(field, [&](std::uint64_t) { ++count; });
  }
}

Result<Header> read_header(Bytes message, const std::byte* origin) {
  Header header;
  WireReader reader(message, origin);
  bool too_many_dims = false;
  while (!reader.done()) {
    VERNIER_ASSIGN(const WireField field, reader.next());
    bool ok = true;
    switch (field.number) {
      case kDims:
        ok = for_each_varint(field, [&](std::uint64_t v) {
          if (header.dims.size() < kMaxRank) {
            header.dims.push_back(static_cast<std::int64_t>(v));
          } else {
            too_many_dims = true;
          }
        });
        break;
      case kDataType:
        ok = field.type == WireType::varint;
        header.data_type = field.as_int();
        break;
      case kSegment:
        header.segment = true;
        break;
      case kName:
        ok = field.type == WireType::bytes;
        header.name = field.text();
        break;
      case kRawData:
        ok = field.type == WireType::bytes;
        header.raw = field.bytes;
        break;
      case kDataLocation:
        ok = field.type == WireType::varint;
        header.location = field.as_int();
        break;
      case kExternalData:
        ok = field.type == WireType::bytes;
        header.external.push_back(field.bytes);
        break;
      case kFloatData:
      case kInt32Data:
      case kStringData:
      case kInt64Data:
      case kDoubleData:
      case kUint64Data:
        ok = count_typed(field, header);
        break;
      default:
        break;
    }
    if (!ok) return reader.error("malformed tensor field " + std::to_string(field.number));
  }
  if (too_many_dims) {
    return limit_error("a tensor has more than " + std::to_string(kMaxRank) + " dims",
                       "E-LIMIT-RANK");
  }
  return header;
}

Error payload_error(const std::string& what) { return invalid_model(what, "E-MODEL-TENSOR"); }

std::uint32_t typed_field_of(DType dtype) {
  switch (dtype) {
    case DType::float32:
    case DType::complex64:
      return kFloatData;
    case DType::float64:
    case DType::complex128:
      return kDoubleData;
    case DType::int64:
      return kInt64Data;
    case DType::uint32:
    case DType::uint64:
      return kUint64Data;
    case DType::string:
      return kStringData;
    default:
      return kInt32Data;
  }
}

/// True when an int32_data or uint64_data number fits an element of `bits` bits, signed or not.
bool fits(std::uint64_t value, int bits) {
  if (bits >= 64) return true;
  const auto number = static_cast<std::int64_t>(value);
  return number < (std::int64_t{1} << bits) && number >= -(std::int64_t{1} << (bits - 1));
}

/// Appends little-endian numbers of `width` bytes to a buffer of known size.
struct Sink {
  std::byte* at;
  void put(std::uint64_t value, std::size_t width) {
    std::memcpy(at, &value, width);
    at += width;
  }
};

/// Second pass over the message: writes the typed elements (already counted) to `out`, `bits` bits
/// each. False when a number does not fit.
bool fill_typed(Bytes message, const std::byte* origin, std::uint32_t wanted, int bits,
                std::byte* out) {
  WireReader reader(message, origin);
  Sink sink{out};
  bool ok = true;
  const std::size_t width = static_cast<std::size_t>(bits) / 8;
  while (!reader.done()) {
    const auto field = reader.next();
    if (!field) return false;
    if (field->number != wanted) continue;
    if (wanted == kFloatData) {
      for_each_fixed<std::uint32_t>(*field, [&](std::uint32_t v) { sink.put(v, 4); });
    } else if (wanted == kDoubleData) {
      for_each_fixed<std::uint64_t>(*field, [&](std::uint64_t v) { sink.put(v, 8); });
    } else {
      for_each_varint(*field, [&](std::uint64_t v) {
        ok = ok && fits(v, bits);
        sink.put(v, width);
      });
    }
  }
  return ok;
}

void fill_strings(Bytes message, const std::byte* origin, std::string* out) {
  WireReader reader(message, origin);
  while (!reader.done()) {
    const auto field = reader.next();
    if (!field) return;
    if (field->number == kStringData) *out++ = std::string(field->text());
  }
}

Result<Tensor> read_typed(Bytes message, const Header& header, DType dtype, const Shape& shape,
                          TensorSource& source) {
  const std::uint32_t wanted = typed_field_of(dtype);
  for (std::size_t i = 0; i < header.typed.size(); ++i) {
    if (i != wanted && header.typed[i] > 0) {
      return payload_error("a tensor of type " + std::string(dtype_name(dtype)) +
                           " has data in a field of another type");
    }
  }
  const auto elements = static_cast<std::size_t>(element_count(shape));
  std::size_t expected = elements;
  if (dtype == DType::complex64 || dtype == DType::complex128) expected *= 2;
  if (is_sub_byte(dtype)) {
    const auto packed = checked_packed_byte_count(dtype, shape);
    if (!packed) return limit_error("tensor of " + to_string(shape) + " is too large");
    expected = *packed;
  }
  if (header.typed[wanted] != expected) {
    return payload_error("the data has " + std::to_string(header.typed[wanted]) + " entries, but " +
                         std::string(dtype_name(dtype)) + to_string(shape) + " needs " +
                         std::to_string(expected));
  }
  VERNIER_ASSIGN(Tensor tensor, Tensor::allocate(dtype, shape, source.budget()));
  const Error misfit =
      payload_error("a number does not fit the type " + std::string(dtype_name(dtype)));
  if (dtype == DType::string) {
    fill_strings(message, source.origin(), tensor.mutable_as<std::string>());
    VERNIER_TRY(charge_texts(tensor, source.budget()));
  } else if (is_sub_byte(dtype)) {
    std::vector<std::byte> packed(expected);
    if (!fill_typed(message, source.origin(), wanted, 8, packed.data())) return misfit;
    unpack_sub_byte(packed, dtype, elements, tensor.mutable_as<std::byte>());
  } else {
    const int bits = dtype == DType::complex64    ? 32
                     : dtype == DType::complex128 ? 64
                                                  : dtype_bits(dtype);
    if (!fill_typed(message, source.origin(), wanted, bits, tensor.mutable_as<std::byte>())) {
      return misfit;
    }
    if (dtype == DType::boolean) {
      return bool_tensor({tensor.data(), elements}, shape, source.budget());
    }
  }
  return tensor;
}

}  // namespace

Result<std::shared_ptr<const MappedFile>> TensorSource::external(const std::string& location) {
  if (const auto at = files_.find(location); at != files_.end()) return at->second;
  if (directory_.empty()) {
    return invalid_model(
        "the model refers to external data '" + location + "', but it was not read from a file",
        "E-MODEL-EXTERNAL");
  }
  VERNIER_ASSIGN(auto file, MappedFile::open_beneath(directory_, location));
  files_.emplace(location, file);
  return file;
}

Result<NamedTensor> read_tensor(Bytes message, TensorSource& source) {
  VERNIER_ASSIGN(const Header header, read_header(message, source.origin()));
  const auto named = [&](Error error) {
    if (error.where.tensor.empty()) error.where.tensor = std::string(header.name);
    return error;
  };
  if (header.segment) {
    return named(unsupported("tensors stored in segments", "E-UNSUPPORTED-TENSOR"));
  }
  const auto dtype = dtype_from_onnx(header.data_type);
  if (!dtype) {
    return named(
        invalid_model("unknown element type " + std::to_string(header.data_type), "E-MODEL-DTYPE"));
  }
  for (const std::int64_t dim : header.dims) {
    if (dim < 0) {
      return named(invalid_model("negative dim " + std::to_string(dim), "E-MODEL-SHAPE"));
    }
  }
  const Shape shape{std::span<const std::int64_t>(header.dims)};
  const auto packed = checked_packed_byte_count(*dtype, shape);
  if (!packed || !checked_byte_count(*dtype, shape)) {
    return named(invalid_model("the dims " + to_string(shape) + " overflow", "E-MODEL-SHAPE"));
  }
  bool typed = false;
  for (const std::size_t count : header.typed) typed = typed || count > 0;
  NamedTensor result{header.name, {}};
  if (header.location == 1) {
    if (typed || (header.raw && !header.raw->empty())) {
      return named(payload_error("external data and data in the file at once"));
    }
    auto payload = read_external(header.external, *packed, source);
    if (!payload) return named(std::move(payload).error());
    auto tensor =
        tensor_from_raw(payload->bytes, *dtype, shape, payload->owner, source.budget(), true);
    if (!tensor) return named(std::move(tensor).error());
    result.tensor = std::move(tensor).value();
    return result;
  }
  if (header.location != 0) {
    return named(payload_error("unknown data location " + std::to_string(header.location)));
  }
  if (header.raw && typed && !header.raw->empty()) {
    return named(payload_error("raw data and typed data at once"));
  }
  const bool raw = header.raw && !typed && *dtype != DType::string;
  auto tensor = raw ? tensor_from_raw(*header.raw, *dtype, shape, source.owner(), source.budget(),
                                      source.file_backed())
                    : read_typed(message, header, *dtype, shape, source);
  if (!tensor) return named(std::move(tensor).error());
  result.tensor = std::move(tensor).value();
  return result;
}

}  // namespace vernier::onnx
