#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "api/workshop.h"
#include "base/result.h"
#include "engine/engine.h"
#include "onnx/extract.h"

namespace vernier {

/// The file that holds a part cut out of a model; removed with the object.
class CutFile {
 public:
  CutFile() = default;
  CutFile(const CutFile&) = delete;
  CutFile& operator=(const CutFile&) = delete;
  ~CutFile();

  /// Writes the part over the one before and returns its path: in a folder of its own where the
  /// model keeps its weights in its file, else beside the model. Errors: those of the extractor;
  /// output; unsupported E-EXTRACT-EXTERNAL where it cannot be written beside the model.
  Result<std::string> write(const onnx::ModelExtractor& extractor, const std::string& model,
                            const onnx::ExtractRequest& request);

  /// What the last write kept.
  [[nodiscard]] const onnx::ExtractSummary& summary() const noexcept { return summary_; }

 private:
  ScratchFolder folder_;
  std::filesystem::path beside_;  ///< the model; empty: not needed
  onnx::ExtractSummary summary_;
};

/// Types of the tensors between the nodes by vernier's own inference, for the shapes of `inputs` if
/// there are any; empty where that is not possible (operators that vernier does not have): then the
/// file's own declarations have to do.
std::map<std::string, ValueType> infer_tensor_types(const std::string& model,
                                                    const std::vector<NamedTensor>& inputs);

}  // namespace vernier
