#include <cstring>
#include <utility>
#include <vector>

#include "base/checked_math.h"
#include "onnx/tensor_proto.h"
#include "tensor/texts.h"

namespace vernier::onnx {
namespace {

Error sparse_error(const std::string& what) {
  return invalid_model("sparse tensor: " + what, "E-MODEL-TENSOR");
}

/// Reads element `i` of an int64 tensor whose data may be misaligned.
std::int64_t index_at(const Tensor& indices, std::int64_t i) {
  std::int64_t value = 0;
  std::memcpy(&value, indices.data() + static_cast<std::size_t>(i) * sizeof value, sizeof value);
  return value;
}

/// The row-major position of non-zero `i`, or an error.
Result<std::int64_t> position_of(const SparseTensor& sparse, std::int64_t i, std::int64_t total) {
  if (sparse.indices.shape().size() == 1) {
    const std::int64_t at = index_at(sparse.indices, i);
    if (at < 0 || at >= total) return sparse_error("index " + std::to_string(at) + " out of range");
    return at;
  }
  const auto rank = static_cast<std::int64_t>(sparse.dims.size());
  std::int64_t position = 0;
  for (std::int64_t axis = 0; axis < rank; ++axis) {
    const std::int64_t at = index_at(sparse.indices, i * rank + axis);
    const std::int64_t dim = sparse.dims[static_cast<std::size_t>(axis)];
    if (at < 0 || at >= dim) return sparse_error("index " + std::to_string(at) + " out of range");
    position = position * dim + at;
  }
  return position;
}

Result<void> check(const SparseTensor& sparse) {
  if (!sparse.values.defined()) return sparse_error("values are missing");
  for (const std::int64_t dim : sparse.dims) {
    if (dim < 0) return sparse_error("negative dim " + std::to_string(dim));
  }
  if (sparse.dims.empty() || !checked_byte_count(sparse.values.dtype(), sparse.dims)) {
    return sparse_error("the dims " + to_string(sparse.dims) + " are not usable");
  }
  const Shape& values = sparse.values.shape();
  if (values.size() != 1) return sparse_error("values must have one dim");
  if (!sparse.indices.defined()) {
    if (values[0] == 0) return {};
    return sparse_error("indices are missing");
  }
  const Shape& indices = sparse.indices.shape();
  const auto rank = static_cast<std::int64_t>(sparse.dims.size());
  const bool linear = indices.size() == 1 && indices[0] == values[0];
  const bool by_axis = indices.size() == 2 && indices[0] == values[0] && indices[1] == rank;
  if (sparse.indices.dtype() != DType::int64 || (!linear && !by_axis)) {
    return sparse_error("indices " + describe(sparse.indices.view()) + " do not fit " +
                        std::to_string(values[0]) + " values");
  }
  const std::int64_t total = element_count(sparse.dims);
  std::int64_t last = -1;
  for (std::int64_t i = 0; i < values[0]; ++i) {
    VERNIER_ASSIGN(const std::int64_t at, position_of(sparse, i, total));
    if (at <= last) return sparse_error("indices are not in increasing order");
    last = at;
  }
  return {};
}

}  // namespace

Result<NamedSparseTensor> read_sparse_tensor(Bytes message, TensorSource& source) {
  NamedSparseTensor result;
  WireReader reader(message, source.origin());
  bool too_many_dims = false;
  while (!reader.done()) {
    VERNIER_ASSIGN(const WireField field, reader.next());
    if (field.number == 1 || field.number == 2) {
      VERNIER_TRY(reader.expect(field, WireType::bytes));
      VERNIER_ASSIGN(NamedTensor part, read_tensor(field.bytes, source));
      if (field.number == 1) {
        result.name = part.name;
        result.tensor.values = std::move(part.tensor);
      } else {
        result.tensor.indices = std::move(part.tensor);
      }
    } else if (field.number == 3) {
      const bool ok = for_each_varint(field, [&](std::uint64_t v) {
        if (result.tensor.dims.size() < kMaxRank) {
          result.tensor.dims.push_back(static_cast<std::int64_t>(v));
        } else {
          too_many_dims = true;
        }
      });
      if (!ok) return reader.error("malformed sparse tensor dims");
    }
  }
  if (too_many_dims) return limit_error("a sparse tensor has too many dims", "E-LIMIT-RANK");
  VERNIER_TRY(check(result.tensor));
  return result;
}

Result<Tensor> densify(const SparseTensor& sparse, const std::shared_ptr<MemoryBudget>& budget) {
  VERNIER_ASSIGN(Tensor dense, Tensor::allocate(sparse.values.dtype(), sparse.dims, budget));
  const bool text = dense.dtype() == DType::string;
  if (!text && dense.byte_count() > 0) {
    std::memset(dense.mutable_as<std::byte>(), 0, dense.byte_count());
  }
  const std::size_t size = dtype_size(dense.dtype());
  const std::int64_t total = element_count(sparse.dims);
  const std::int64_t count = sparse.values.element_count();
  for (std::int64_t i = 0; i < count; ++i) {
    VERNIER_ASSIGN(const std::int64_t at, position_of(sparse, i, total));
    const auto from = static_cast<std::size_t>(i);
    const auto to = static_cast<std::size_t>(at);
    if (text) {
      dense.mutable_as<std::string>()[to] = sparse.values.as<std::string>()[from];
    } else {
      std::memcpy(dense.mutable_as<std::byte>() + to * size, sparse.values.data() + from * size,
                  size);
    }
  }
  VERNIER_TRY(charge_texts(dense, budget));
  return dense;
}

}  // namespace vernier::onnx
