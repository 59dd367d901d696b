#pragma once

#include <memory>
#include <string>

#include "base/budget.h"
#include "base/result.h"
#include "tensor/tensor.h"

namespace vernier::onnx {

/// Reads a file that holds one serialized onnx.TensorProto (the .pb files of ONNX's test data).
/// Errors as read_tensor, with code invalid_data.
Result<Tensor> read_tensor_file(const std::string& path,
                                const std::shared_ptr<MemoryBudget>& budget = nullptr);

}  // namespace vernier::onnx
