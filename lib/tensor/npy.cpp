#include "tensor/npy.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/checked_math.h"
#include "tensor/npy_literal.h"
#include "tensor/texts.h"
#include "tensor/utf8.h"

namespace vernier {
namespace {

constexpr std::string_view kMagic("\x93NUMPY", 6);

Error format_error_of(const std::string& what, const std::string& why) {
  return invalid_data("'" + what + "' is not a valid .npy: " + why, "E-NPY-FORMAT");
}

std::uint8_t byte_at(std::span<const std::byte> bytes, std::size_t i) {
  return static_cast<std::uint8_t>(bytes[i]);
}

/// Bytes before the header text: magic, version and the length field.
std::size_t prefix_bytes(std::uint8_t major) { return major == 1 ? 10 : 12; }

struct Format {
  char order = '|';
  char kind = 0;
  std::size_t width = 0;
};

std::optional<Format> parse_format(std::string_view text) {
  Format format;
  if (!text.empty() && std::string_view("<>|=").find(text.front()) != std::string_view::npos) {
    format.order = text.front();
    text.remove_prefix(1);
  }
  if (text.empty()) return std::nullopt;
  format.kind = text.front();
  text.remove_prefix(1);
  if (text.empty() || format.kind == 'M' || format.kind == 'm') return format;  // "M8[ns]"
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), format.width);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return format;
}

DType number_type(char kind, std::size_t width) {
  struct Row {
    char kind;
    std::size_t width;
    DType dtype;
  };
  static constexpr Row kRows[] = {
      {'b', 1, DType::boolean},   {'i', 1, DType::int8},        {'i', 2, DType::int16},
      {'i', 4, DType::int32},     {'i', 8, DType::int64},       {'u', 1, DType::uint8},
      {'u', 2, DType::uint16},    {'u', 4, DType::uint32},      {'u', 8, DType::uint64},
      {'f', 2, DType::float16},   {'f', 4, DType::float32},     {'f', 8, DType::float64},
      {'c', 8, DType::complex64}, {'c', 16, DType::complex128},
  };
  for (const Row& row : kRows) {
    if (row.kind == kind && row.width == width) return row.dtype;
  }
  return DType::undefined;
}

/// numpy's type string of a plain dtype ("<f4"); empty for those that need a named field.
std::string plain_descr(DType dtype) {
  switch (dtype) {
    case DType::boolean:
      return "|b1";
    case DType::int8:
      return "|i1";
    case DType::int16:
      return "<i2";
    case DType::int32:
      return "<i4";
    case DType::int64:
      return "<i8";
    case DType::uint8:
      return "|u1";
    case DType::uint16:
      return "<u2";
    case DType::uint32:
      return "<u4";
    case DType::uint64:
      return "<u8";
    case DType::float16:
      return "<f2";
    case DType::float32:
      return "<f4";
    case DType::float64:
      return "<f8";
    case DType::complex64:
      return "<c8";
    case DType::complex128:
      return "<c16";
    default:
      return {};
  }
}

/// The integer that carries the bits of a type that numpy lacks.
std::string carrier_descr(DType dtype) {
  if (dtype == DType::bfloat16) return "<u2";
  return dtype == DType::int4 || dtype == DType::int2 ? "|i1" : "|u1";
}

bool needs_named_field(DType dtype) {
  return dtype != DType::string && dtype != DType::undefined && plain_descr(dtype).empty();
}

Result<void> apply_named_field(const NpyLiteral& field, const std::string& what,
                               NpyHeader& header) {
  const auto refuse = [&] {
    return unsupported("'" + what + "' holds a structured array, which no ONNX type matches",
                       "E-NPY-DTYPE");
  };
  if (field.kind != NpyLiteral::Kind::sequence || field.items.size() != 2) return refuse();
  const NpyLiteral& name = field.items[0];
  const NpyLiteral& type = field.items[1];
  if (name.kind != NpyLiteral::Kind::string || type.kind != NpyLiteral::Kind::string) {
    return refuse();
  }
  const auto dtype = dtype_from_name(name.text);
  const auto format = parse_format(type.text);
  if (!dtype || !format || !needs_named_field(*dtype)) return refuse();
  const auto expected = parse_format(carrier_descr(*dtype));
  if (format->kind != expected->kind || format->width != expected->width) return refuse();
  header.dtype = *dtype;
  header.item_bytes = format->width;
  header.byte_swap = format->width > 1 && format->order == '>';
  return {};
}

Result<void> apply_descr(const NpyLiteral& descr, const std::string& what, NpyHeader& header) {
  if (descr.kind == NpyLiteral::Kind::sequence) {
    if (descr.items.size() == 1) return apply_named_field(descr.items[0], what, header);
    return unsupported("'" + what + "' holds a structured array, which no ONNX type matches",
                       "E-NPY-DTYPE");
  }
  if (descr.kind != NpyLiteral::Kind::string) return format_error_of(what, "'descr' is no type");
  const auto format = parse_format(descr.text);
  if (!format) return format_error_of(what, "type '" + descr.text + "' is malformed");
  if (format->kind == 'O') {
    return invalid_data("'" + what + "' holds Python objects (pickle), which are never loaded",
                        "E-NPY-PICKLE");
  }
  if (format->kind == 'U' || format->kind == 'S' || format->kind == 'a') {
    const bool unicode = format->kind == 'U';
    const auto bytes = checked_mul<std::size_t>(format->width, unicode ? 4 : 1);
    if (!bytes) return format_error_of(what, "string width overflows");
    header.dtype = DType::string;
    header.text = unicode ? NpyHeader::Text::unicode : NpyHeader::Text::bytes;
    header.item_bytes = *bytes;
    header.byte_swap = unicode && format->order == '>';
    return {};
  }
  header.dtype = number_type(format->kind, format->width);
  if (header.dtype == DType::undefined) {
    Error error = unsupported(
        "'" + what + "' has element type '" + descr.text + "', which no ONNX type matches",
        "E-NPY-DTYPE");
    if (format->kind == 'V') error.hint = "save the array with a named field, see the manual";
    return error;
  }
  header.item_bytes = format->width;
  header.byte_swap = format->width > 1 && format->order == '>';
  return {};
}

Result<void> apply_shape(const NpyLiteral& literal, const std::string& what, NpyHeader& header) {
  if (literal.kind != NpyLiteral::Kind::sequence) return format_error_of(what, "bad 'shape'");
  if (literal.items.size() > kMaxRank) {
    return limit_error("'" + what + "' has " + std::to_string(literal.items.size()) +
                           " dimensions, the limit is " + std::to_string(kMaxRank),
                       "E-LIMIT-RANK");
  }
  for (const NpyLiteral& dim : literal.items) {
    if (dim.kind != NpyLiteral::Kind::integer || dim.integer < 0) {
      return format_error_of(what, "a dimension is not a non-negative integer");
    }
    header.shape.push_back(dim.integer);
  }
  const auto count = checked_element_count(header.shape.span());
  const auto in_memory = checked_byte_count(header.dtype, header.shape.span());
  const auto payload =
      count ? checked_mul(static_cast<std::size_t>(*count), header.item_bytes) : std::nullopt;
  if (count.value_or(0) > 0 && header.item_bytes == 0) {
    return format_error_of(what, "elements have no size");
  }
  if (!in_memory || !payload || *payload > static_cast<std::size_t>(PTRDIFF_MAX)) {
    return format_error_of(what, "the shape " + to_string(header.shape) + " overflows");
  }
  header.payload_bytes = *payload;
  return {};
}

std::uint32_t read_code_point(const std::byte* data, bool swap) {
  std::uint32_t value = 0;
  std::memcpy(&value, data, 4);
  return swap ? __builtin_bswap32(value) : value;
}

Result<void> decode_text(const NpyHeader& header, const std::byte* item, const std::string& what,
                         std::string& out) {
  if (header.text == NpyHeader::Text::bytes) {
    std::size_t length = header.item_bytes;
    while (length > 0 && item[length - 1] == std::byte{0}) --length;
    out.assign(reinterpret_cast<const char*>(item), length);
    return {};
  }
  std::size_t length = header.item_bytes / 4;
  while (length > 0 && read_code_point(item + 4 * (length - 1), false) == 0) --length;
  for (std::size_t i = 0; i < length; ++i) {
    if (!append_utf8(read_code_point(item + 4 * i, header.byte_swap), out)) {
      return format_error_of(what, "a string holds an invalid code point");
    }
  }
  return {};
}

Strides fortran_strides(const Shape& shape) {
  Strides strides = Shape::filled(shape.size(), 0);
  std::int64_t step = 1;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    strides[i] = step;
    step *= std::max<std::int64_t>(shape[i], 1);
  }
  return strides;
}

void swap_bytes(std::byte* data, std::size_t bytes, std::size_t unit) {
  for (std::size_t i = 0; i + unit <= bytes; i += unit) std::reverse(data + i, data + i + unit);
}

std::size_t swap_unit(DType dtype, std::size_t item_bytes) {
  const bool complex = dtype == DType::complex64 || dtype == DType::complex128;
  return complex ? item_bytes / 2 : item_bytes;
}

bool small_int_in_range(DType dtype, std::uint8_t raw) {
  const auto value = static_cast<std::int8_t>(raw);
  switch (dtype) {
    case DType::int4:
      return value >= -8 && value <= 7;
    case DType::int2:
      return value >= -2 && value <= 1;
    case DType::uint2:
      return raw <= 3;
    default:
      return raw <= 15;  // uint4, float4e2m1
  }
}

}  // namespace

Result<std::size_t> npy_header_size(std::span<const std::byte> start, const std::string& what) {
  if (start.size() < 10 || std::memcmp(start.data(), kMagic.data(), kMagic.size()) != 0) {
    return format_error_of(what, "it does not start with numpy's magic number");
  }
  const std::uint8_t major = byte_at(start, 6);
  if (major < 1 || major > 3) {
    return unsupported("'" + what + "' has .npy version " + std::to_string(major) + "." +
                           std::to_string(byte_at(start, 7)) + ", 1.0 to 3.0 are known",
                       "E-NPY-VERSION");
  }
  if (start.size() < prefix_bytes(major)) return format_error_of(what, "it is cut off");
  std::size_t length = byte_at(start, 8) + (std::size_t{byte_at(start, 9)} << 8U);
  if (major > 1) {
    length += (std::size_t{byte_at(start, 10)} << 16U) + (std::size_t{byte_at(start, 11)} << 24U);
  }
  if (length > kNpyMaxHeaderBytes) {
    return limit_error("'" + what + "' has a .npy header of " + std::to_string(length) +
                           " bytes, the limit is " + std::to_string(kNpyMaxHeaderBytes),
                       "E-LIMIT-NPY-HEADER");
  }
  return prefix_bytes(major) + length;
}

Result<NpyHeader> parse_npy_header(std::span<const std::byte> start, const std::string& what) {
  VERNIER_ASSIGN(const std::size_t size, npy_header_size(start, what));
  if (start.size() < size) return format_error_of(what, "the header is cut off");
  const std::size_t prefix = prefix_bytes(byte_at(start, 6));
  const std::string_view text(reinterpret_cast<const char*>(start.data()) + prefix, size - prefix);
  const auto dict = parse_npy_literal(text);
  if (!dict || dict->kind != NpyLiteral::Kind::dict) {
    return format_error_of(what, "the header is not a Python dictionary");
  }
  const NpyLiteral* descr = dict->find("descr");
  const NpyLiteral* order = dict->find("fortran_order");
  const NpyLiteral* shape = dict->find("shape");
  if (descr == nullptr || order == nullptr || shape == nullptr || dict->keys.size() != 3) {
    return format_error_of(what, "the header lacks descr, fortran_order or shape, or has more");
  }
  if (order->kind != NpyLiteral::Kind::boolean) return format_error_of(what, "bad fortran_order");
  NpyHeader header;
  header.header_bytes = size;
  header.fortran_order = order->integer != 0;
  VERNIER_TRY(apply_descr(*descr, what, header));
  VERNIER_TRY(apply_shape(*shape, what, header));
  return header;
}

bool npy_payload_is_memory(const NpyHeader& header) noexcept {
  return header.dtype != DType::string && !header.byte_swap &&
         (!header.fortran_order || header.shape.size() < 2);
}

Result<void> check_npy_values(Tensor& tensor, const std::string& what) {
  if (tensor.dtype() != DType::boolean && !is_sub_byte(tensor.dtype())) return {};
  auto* values = reinterpret_cast<std::uint8_t*>(tensor.mutable_view().data);
  const auto count = static_cast<std::size_t>(tensor.element_count());
  for (std::size_t i = 0; i < count; ++i) {
    if (tensor.dtype() == DType::boolean) {
      values[i] = values[i] != 0 ? 1 : 0;
    } else if (!small_int_in_range(tensor.dtype(), values[i])) {
      return format_error_of(
          what, "a value is out of the range of " + std::string(dtype_name(tensor.dtype())));
    }
  }
  return {};
}

Result<Tensor> decode_npy_payload(const NpyHeader& header, std::span<const std::byte> payload,
                                  const std::string& what,
                                  const std::shared_ptr<MemoryBudget>& budget) {
  if (payload.size() != header.payload_bytes) {
    return format_error_of(what, "the header promises " + std::to_string(header.payload_bytes) +
                                     " bytes of data, there are " + std::to_string(payload.size()));
  }
  VERNIER_ASSIGN(Tensor tensor, Tensor::allocate(header.dtype, header.shape, budget));
  const Strides from =
      header.fortran_order ? fortran_strides(header.shape) : dense_strides(header.shape);
  if (header.dtype == DType::string) {
    const auto count = static_cast<std::size_t>(tensor.element_count());
    std::vector<std::string> values(count);
    for (std::size_t i = 0; i < count; ++i) {
      VERNIER_TRY(decode_text(header, payload.data() + i * header.item_bytes, what, values[i]));
    }
    if (count > 0) {
      copy_elements(
          {reinterpret_cast<const std::byte*>(values.data()), header.dtype, header.shape, from},
          tensor.mutable_view());
    }
    VERNIER_TRY(charge_texts(tensor, budget));
    return tensor;
  }
  if (header.payload_bytes == 0) return tensor;
  copy_elements({payload.data(), header.dtype, header.shape, from}, tensor.mutable_view());
  if (header.byte_swap) {
    swap_bytes(tensor.mutable_view().data, tensor.byte_count(),
               swap_unit(header.dtype, header.item_bytes));
  }
  VERNIER_TRY(check_npy_values(tensor, what));
  return tensor;
}

Result<Tensor> parse_npy(std::span<const std::byte> file, const std::string& what,
                         const std::shared_ptr<MemoryBudget>& budget) {
  VERNIER_ASSIGN(const NpyHeader header, parse_npy_header(file, what));
  return decode_npy_payload(header, file.subspan(header.header_bytes), what, budget);
}

Result<Tensor> read_npy(const std::string& path, const std::shared_ptr<MemoryBudget>& budget) {
  VERNIER_ASSIGN(const auto file, MappedFile::open(path));
  return parse_npy(file->bytes(), path, budget);
}

NpyText npy_text_of(const TensorView& view) {
  NpyText text;
  if (view.dtype != DType::string) return text;
  text.text = NpyHeader::Text::unicode;
  std::size_t longest = 0;
  std::size_t longest_code_points = 0;
  const auto* values = view.as<std::string>();
  for (std::int64_t i = 0; i < view.element_count(); ++i) {
    longest = std::max(longest, values[i].size());
    const auto points = utf8_code_points(values[i]);
    if (!points) {
      text.text = NpyHeader::Text::bytes;
    } else {
      longest_code_points = std::max(longest_code_points, points->size());
    }
  }
  const bool unicode = text.text == NpyHeader::Text::unicode;
  text.width = std::max<std::size_t>(unicode ? longest_code_points : longest, 1);
  return text;
}

std::string make_npy_header(const TensorView& view, const NpyText& text) {
  std::string descr;
  if (view.dtype == DType::string) {
    descr =
        (text.text == NpyHeader::Text::unicode ? "'<U" : "'|S") + std::to_string(text.width) + "'";
  } else if (needs_named_field(view.dtype)) {
    descr =
        "[('" + std::string(dtype_name(view.dtype)) + "', '" + carrier_descr(view.dtype) + "')]";
  } else {
    descr = "'" + plain_descr(view.dtype) + "'";
  }
  std::string dict = "{'descr': " + descr + ", 'fortran_order': False, 'shape': (";
  for (std::size_t i = 0; i < view.rank(); ++i) {
    if (i > 0) dict += ' ';
    dict += std::to_string(view.shape[i]) + ",";
  }
  if (view.rank() > 1) dict.pop_back();
  dict += "), }";
  constexpr std::size_t kPrefix = 10;
  const std::size_t padded = (kPrefix + dict.size() + 1 + 63) / 64 * 64;
  dict.append(padded - kPrefix - dict.size() - 1, ' ');
  dict += '\n';
  std::string header(kMagic);
  header += '\x01';
  header += '\0';
  header += static_cast<char>(dict.size() & 0xFFU);
  header += static_cast<char>(dict.size() >> 8U);
  return header + dict;
}

std::string encode_npy_text(const TensorView& view, const NpyText& text) {
  const auto* values = view.as<std::string>();
  std::string payload;
  for (std::int64_t i = 0; i < view.element_count(); ++i) {
    if (text.text == NpyHeader::Text::bytes) {
      payload += values[i];
      payload.append(text.width - values[i].size(), '\0');
      continue;
    }
    const auto points = utf8_code_points(values[i]).value_or(std::u32string());
    for (std::size_t k = 0; k < text.width; ++k) {
      const std::uint32_t point = k < points.size() ? points[k] : 0;
      for (unsigned shift = 0; shift < 32; shift += 8) {
        payload += static_cast<char>((point >> shift) & 0xFFU);
      }
    }
  }
  return payload;
}

Result<void> write_npy(AtomicFile& file, const TensorView& view) {
  Tensor dense;
  TensorView from = view;
  if (!view.is_dense()) {
    VERNIER_ASSIGN(dense, Tensor::copy_of(view));
    from = dense.view();
  }
  const NpyText text = npy_text_of(from);
  VERNIER_TRY(file.write(make_npy_header(from, text)));
  if (from.dtype == DType::string) return file.write(encode_npy_text(from, text));
  const auto bytes = static_cast<std::size_t>(from.element_count()) * dtype_size(from.dtype);
  return file.write(std::span(from.data, bytes));
}

Result<void> write_npy_file(const std::string& path, const TensorView& view) {
  VERNIER_ASSIGN(AtomicFile file, AtomicFile::open(path));
  VERNIER_TRY(write_npy(file, view));
  return file.commit();
}

}  // namespace vernier
