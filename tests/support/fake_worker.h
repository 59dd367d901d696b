#pragma once

#include <filesystem>
#include <string>

#include "engine/worker_client.h"

/// Options that start the scripted worker, which is built beside the test programs.
inline vernier::WorkerOptions fake_worker(const std::string& mode = "") {
  vernier::WorkerOptions options;
  options.name = "fake";
  const auto self = std::filesystem::read_symlink("/proc/self/exe");
  options.command = {(self.parent_path() / "vernier_fake_worker").string()};
  if (!mode.empty()) options.command.push_back(mode);
  return options;
}
