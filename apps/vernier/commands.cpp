#include "command.h"

namespace vernier::cli {

std::vector<std::unique_ptr<Command>> all_commands() {
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(make_inspect_command());
  commands.push_back(make_convert_command());
  commands.push_back(make_quantize_command());
  commands.push_back(make_run_command());
  commands.push_back(make_bench_command());
  commands.push_back(make_compare_command());
  commands.push_back(make_doctor_command());
  commands.push_back(make_worker_command());
  return commands;
}

}  // namespace vernier::cli
