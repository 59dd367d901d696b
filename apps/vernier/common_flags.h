#pragma once

#include <string>
#include <vector>

#include <vernier/bench.h>
#include <vernier/result.h>
#include <vernier/types.h>

namespace CLI {
class App;
}

namespace vernier::cli {

class Console;

/// Options that every subcommand has: --json, -q.
struct OutputFlags {
  bool json = false;
  bool quiet = false;
  void declare(CLI::App& app);
  void apply(Console& console) const;
};

/// Options of every subcommand that loads a model.
struct ModelFlags {
  std::string backend = "cpu";
  std::string precision = "fp32";
  int threads = 0;
  std::string max_memory;
  std::string timeout;
  std::vector<std::string> dims;
  std::vector<std::string> shapes;
  bool no_optimize = false;
  std::vector<std::string> disabled_passes;

 protected:
  void declare_common(CLI::App& app);

 public:
  void declare(CLI::App& app);
  /// After declare(), of a command that writes a model: --help says that sizes are fixed in it.
  static void sizes_go_into_file(CLI::App& app);
  /// Parses the texts. Errors: usage.
  [[nodiscard]] Result<ModelOptions> options() const;
};

/// How long and how often engines are measured: --min-time, --max-time, --processes.
struct MeasureFlags {
  void declare(CLI::App& app);
  /// A bound that is given moves the other's default. Errors: usage.
  [[nodiscard]] Result<void> apply(BenchOptions& options) const;
  /// Error: usage, when one of them is given where nothing of the kind happens (`why`).
  [[nodiscard]] Result<void> check_unused(const std::string& why) const;

 private:
  std::string min_time_;
  std::string max_time_;
  int processes_ = 0;
  bool no_noise_floor_ = false;
};

/// The same, where --precision, --threads and --shape may be lists that are gone through.
struct SweepFlags : ModelFlags {
  std::vector<std::string> precisions;
  std::vector<std::string> thread_counts;

  void declare(CLI::App& app);
  /// `options.model`, and the lists where they have more than one member. Errors: usage.
  Result<void> apply(BenchOptions& options) const;
};

}  // namespace vernier::cli
