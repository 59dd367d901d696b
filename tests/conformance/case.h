#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace vernier::conformance {

/// One folder of ONNX's backend test data: model.onnx and test_data_set_<i>/{input,output}_<j>.pb.
struct Case {
  std::string name;  ///< "<category>/test_<name>"
  std::filesystem::path folder;
};

/// Every case below `root` (its categories are folders of test_* folders), sorted by name.
std::vector<Case> find_cases(const std::filesystem::path& root);

enum class Stage { import, infer, run, compare, passed };
const char* stage_name(Stage stage);

/// What became of a case: the stage that failed and why, or passed.
struct Outcome {
  Stage stage = Stage::passed;
  std::string message;
  [[nodiscard]] bool passed() const { return stage == Stage::passed; }
};

/// Imports the model, infers its types, runs every data set by the scalar references and compares
/// shapes and dtypes exactly and values within the data's tolerances (rtol 1e-3, atol 1e-7 unless
/// the case's data.json says otherwise; bfloat16 rtol 1e-2, everything that is not floating
/// exactly). Inferred output types must agree with what comes out.
Outcome run_case(const Case& test);

}  // namespace vernier::conformance
