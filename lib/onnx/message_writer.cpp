#include "onnx/message_writer.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/file.h"
#include "base/half.h"
#include "onnx/wire_writer.h"

namespace vernier::onnx {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20U;

float load_float(const std::byte* at, DType dtype) noexcept {
  if (dtype == DType::float32) {
    float value = 0.0F;
    std::memcpy(&value, at, sizeof value);
    return value;
  }
  std::uint16_t bits = 0;
  std::memcpy(&bits, at, sizeof bits);
  if (dtype == DType::float16) {
    float16 half;
    half.bits = bits;
    return static_cast<float>(half);
  }
  bfloat16 half;
  half.bits = bits;
  return static_cast<float>(half);
}

void store_float(std::byte* at, DType dtype, float value) noexcept {
  if (dtype == DType::float32) {
    std::memcpy(at, &value, sizeof value);
    return;
  }
  const std::uint16_t bits = dtype == DType::float16 ? float16(value).bits : bfloat16(value).bits;
  std::memcpy(at, &bits, sizeof bits);
}

void pack_piece(const std::byte* from, DType dtype, std::size_t count, std::vector<std::byte>& to) {
  const auto bits = static_cast<unsigned>(dtype_bits(dtype));
  const unsigned per_byte = 8U / bits;
  const unsigned mask = (1U << bits) - 1U;
  to.assign((count + per_byte - 1) / per_byte, std::byte{0});
  for (std::size_t i = 0; i < count; ++i) {
    const unsigned value = static_cast<unsigned>(from[i]) & mask;
    to[i / per_byte] |= static_cast<std::byte>(value << (i % per_byte * bits));
  }
}

// Numbers of onnx.AttributeProto.AttributeType.
enum class AttributeKind : std::uint8_t {
  real = 1,
  integer = 2,
  text = 3,
  tensor = 4,
  graph = 5,
  reals = 6,
  integers = 7,
  texts = 8,
  tensors = 9,
  graphs = 10,
  sparse = 11,
  sparses = 12,
  type = 13,
  types = 14,
};

std::string sparse_message(const SparseTensor& sparse) {
  std::string out;
  put_bytes(out, 1, tensor_message({}, sparse.values));
  put_bytes(out, 2, tensor_message({}, sparse.indices));
  for (const std::int64_t dim : sparse.dims) put_number(out, 3, static_cast<std::uint64_t>(dim));
  return out;
}

/// Writes the value's field and returns its kind.
class AttributeWriter {
 public:
  /// `body` is what a graph attribute stands for: passes replace Node::subgraphs only.
  AttributeWriter(std::string& out, const BodyMessages& bodies, const Graph* body)
      : out_(out), bodies_(bodies), body_(body) {}

  AttributeKind operator()(std::int64_t value) {
    put_number(out_, 3, static_cast<std::uint64_t>(value));
    return AttributeKind::integer;
  }
  AttributeKind operator()(float value) {
    put_float(out_, 2, value);
    return AttributeKind::real;
  }
  AttributeKind operator()(const std::string& value) {
    put_bytes(out_, 4, value);
    return AttributeKind::text;
  }
  AttributeKind operator()(const Tensor& value) {
    put_bytes(out_, 5, tensor_message({}, value));
    return AttributeKind::tensor;
  }
  AttributeKind operator()(const SparseTensor& value) {
    put_bytes(out_, 22, sparse_message(value));
    return AttributeKind::sparse;
  }
  AttributeKind operator()(const ValueType& value) {
    put_bytes(out_, 14, type_message(value));
    return AttributeKind::type;
  }
  AttributeKind operator()(const GraphPtr& value) {
    put_bytes(out_, 6, bodies_.at(body_ != nullptr ? body_ : value.get()));
    return AttributeKind::graph;
  }
  AttributeKind operator()(const std::vector<std::int64_t>& values) {
    for (const auto value : values) put_number(out_, 8, static_cast<std::uint64_t>(value));
    return AttributeKind::integers;
  }
  AttributeKind operator()(const std::vector<float>& values) {
    for (const float value : values) put_float(out_, 7, value);
    return AttributeKind::reals;
  }
  AttributeKind operator()(const std::vector<std::string>& values) {
    for (const auto& value : values) put_bytes(out_, 9, value);
    return AttributeKind::texts;
  }
  AttributeKind operator()(const std::vector<Tensor>& values) {
    for (const auto& value : values) put_bytes(out_, 10, tensor_message({}, value));
    return AttributeKind::tensors;
  }
  AttributeKind operator()(const std::vector<SparseTensor>& values) {
    for (const auto& value : values) put_bytes(out_, 23, sparse_message(value));
    return AttributeKind::sparses;
  }
  AttributeKind operator()(const std::vector<ValueType>& values) {
    for (const auto& value : values) put_bytes(out_, 15, type_message(value));
    return AttributeKind::types;
  }
  AttributeKind operator()(const std::vector<GraphPtr>& values) {
    for (const auto& value : values) put_bytes(out_, 11, bodies_.at(value.get()));
    return AttributeKind::graphs;
  }

 private:
  std::string& out_;
  const BodyMessages& bodies_;
  const Graph* body_;
};

/// The body of If, Loop or Scan that goes under this attribute name; nullptr for others.
const Graph* body_of(const Node& node, std::string_view attribute) {
  const std::size_t index = attribute == "else_branch" ? 1 : 0;
  return index < node.subgraphs.size() ? node.subgraphs[index].get() : nullptr;
}

}  // namespace

std::uint64_t payload_bytes(const Tensor& tensor, DType stored) {
  if (stored == DType::string) return 0;
  const auto bits = static_cast<std::uint64_t>(dtype_bits(stored));
  return (static_cast<std::uint64_t>(tensor.element_count()) * bits + 7U) / 8U;
}

Result<void> write_payload(const Tensor& tensor, DType stored,
                           const std::function<Result<void>(std::span<const std::byte>)>& sink) {
  const DType dtype = tensor.dtype();
  if (dtype == DType::string) return {};
  const std::size_t size = dtype_size(dtype);
  const auto count = static_cast<std::size_t>(tensor.element_count());
  const std::size_t step = kPieceBytes / size;  // even, so that packed bytes do not straddle pieces
  std::vector<std::byte> scratch;
  for (std::size_t begin = 0; begin < count; begin += step) {
    const std::size_t n = std::min(step, count - begin);
    const std::byte* from = tensor.data() + begin * size;
    std::span<const std::byte> piece(from, n * size);
    if (stored != dtype) {
      const std::size_t to = dtype_size(stored);
      scratch.resize(n * to);
      for (std::size_t i = 0; i < n; ++i) {
        store_float(scratch.data() + i * to, stored, load_float(from + i * size, dtype));
      }
      piece = scratch;
    } else if (is_sub_byte(dtype)) {
      pack_piece(from, dtype, n, scratch);
      piece = scratch;
    }
    VERNIER_TRY(sink(piece));
    if (tensor.file_backed()) MappedFile::drop_pages(from, n * size);
  }
  return {};
}

std::string tensor_head(std::string_view name, const Tensor& tensor, DType stored,
                        const ExternalPlace* external) {
  std::string out;
  for (const std::int64_t dim : tensor.shape()) put_number(out, 1, static_cast<std::uint64_t>(dim));
  put_number(out, 2, static_cast<std::uint64_t>(stored));
  if (stored == DType::string) {
    for (const std::string& text : tensor.span<std::string>()) put_bytes(out, 6, text);
  }
  if (!name.empty()) put_bytes(out, 8, name);
  if (external != nullptr) {
    const auto entry = [&](std::string_view key, std::string_view value) {
      std::string pair;
      put_bytes(pair, 1, key);
      put_bytes(pair, 2, value);
      put_bytes(out, 13, pair);
    };
    entry("location", external->location);
    entry("offset", std::to_string(external->offset));
    entry("length", std::to_string(external->length));
    put_number(out, 14, 1);  // data_location: EXTERNAL
  }
  return out;
}

std::string tensor_message(std::string_view name, const Tensor& tensor) {
  std::string out = tensor_head(name, tensor, tensor.dtype());
  if (tensor.dtype() == DType::string) return out;
  put_head(out, 9, payload_bytes(tensor, tensor.dtype()));
  const auto appended = write_payload(tensor, tensor.dtype(), [&](auto piece) -> Result<void> {
    out.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    return {};
  });
  static_cast<void>(appended);  // the sink does not fail
  return out;
}

std::string node_message(const Node& node, const OpDef& op, const NodeForm& form,
                         std::span<const std::string> inputs, const ValueNames& names,
                         const BodyMessages& bodies) {
  std::string out;
  for (const std::string& input : inputs) put_bytes(out, 1, input);
  std::size_t outputs = node.outputs.size();
  while (outputs > 0 && node.outputs[outputs - 1] == ValueId::none) --outputs;
  for (std::size_t i = 0; i < outputs; ++i) {
    const ValueId id = node.outputs[i];
    put_bytes(out, 2, id == ValueId::none ? std::string_view{} : names[index_of(id)]);
  }
  if (!node.name.empty()) put_bytes(out, 3, node.name);
  put_bytes(out, 4, op.name);
  for (const Attribute& attribute : form.attributes) {
    std::string message;
    put_bytes(message, 1, attribute.name);
    AttributeWriter writer(message, bodies, body_of(node, attribute.name));
    const AttributeKind kind = std::visit(writer, attribute.value);
    put_number(message, 20, static_cast<std::uint64_t>(kind));
    put_bytes(out, 5, message);
  }
  if (!op.domain.empty()) put_bytes(out, 7, op.domain);
  return out;
}

}  // namespace vernier::onnx
