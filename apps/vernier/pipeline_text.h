#pragma once

#include <string>
#include <vector>

#include <vernier/pipeline.h>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace vernier::cli {

class Console;

/// `bench --pipeline`: its options, its run and what it says.
class PipelineFlags {
 public:
  void declare(CLI::App& app);
  [[nodiscard]] bool active() const { return !options_.sources.empty(); }
  /// Error: usage, when options of a pipeline are given without one.
  [[nodiscard]] Result<void> check_unused() const;
  /// The exit code: 5, with the error line E-PIPELINE-ITEMS, when an item failed and
  /// --allow-bad-items is not given. `bench` gives what the two have in common. Errors: usage for
  /// options of bench that mean nothing here.
  Result<int> execute(Console& console, const std::vector<std::string>& models,
                      const BenchOptions& bench, bool json);

 private:
  std::vector<CLI::Option*> own_;  // what means nothing without --pipeline
  PipelineOptions options_;
  bool allow_bad_items_ = false;
};

}  // namespace vernier::cli
