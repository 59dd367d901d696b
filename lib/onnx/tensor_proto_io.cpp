#include "onnx/tensor_proto_io.h"

#include <utility>

#include "base/file.h"
#include "onnx/tensor_proto.h"

namespace vernier::onnx {

Result<Tensor> read_tensor_file(const std::string& path,
                                const std::shared_ptr<MemoryBudget>& budget) {
  VERNIER_ASSIGN(auto file, MappedFile::open(path));
  const Bytes bytes = file->bytes();
  TensorSource source(bytes.data(), file, "", budget);
  auto tensor = read_tensor(bytes, source);
  if (!tensor) {
    Error error = std::move(tensor).error();
    if (error.code == Errc::invalid_model) error.code = Errc::invalid_data;
    error.message = "'" + path + "': " + error.message;
    return error;
  }
  VERNIER_ASSIGN(Tensor aligned, tensor->tensor.to_aligned(budget));
  return aligned;
}

}  // namespace vernier::onnx
