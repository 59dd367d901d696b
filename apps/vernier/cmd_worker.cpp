#include <csignal>

#include <CLI/CLI.hpp>

#include <vernier/worker.h>

#include "command.h"
#include "console.h"

namespace vernier::cli {
namespace {

/// Hidden: started by `vernier bench` for each engine setting, one process each.
class WorkerCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "worker"; }
  [[nodiscard]] std::string_view summary() const override {
    return "Serve the engine to another process (docs/worker-protocol.md)";
  }
  [[nodiscard]] std::string_view examples() const override { return "vernier worker < requests"; }
  [[nodiscard]] bool hidden() const override { return true; }
  void declare(CLI::App& app) override { static_cast<void>(app); }
  Result<int> execute(Console& console) override {
    static_cast<void>(console);
    // The process that asked decides when to stop; Ctrl-C reaches the whole group.
    std::signal(SIGINT, SIG_IGN);
    std::signal(SIGTERM, SIG_DFL);
    VERNIER_TRY(serve_own_engine());
    return 0;
  }
};

}  // namespace

std::unique_ptr<Command> make_worker_command() { return std::make_unique<WorkerCommand>(); }

}  // namespace vernier::cli
