#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace vernier {

/// The files of a command that makes a model of another one; empty paths are left out.
struct CommandFiles {
  std::string model;                 ///< read
  std::string output;                ///< the model that is written, and OUTPUT.data where needed
  std::vector<std::string> read;     ///< besides; of folders the samples in them
  std::vector<std::string> written;  ///< besides
};

/// Nothing that is read may be written over, the files that hold the model's weights among them,
/// and nothing is written twice. Errors: usage E-USAGE-OUTPUT; invalid_data E-FILE-OPEN when the
/// model cannot be opened.
Result<void> check_files(const CommandFiles& files);

/// What is written must be writable. Error: output E-OUTPUT-OPEN.
Result<void> check_writable(const CommandFiles& files);

/// The bytes of a model file and of those that hold its weights; missing ones count nothing. Error:
/// invalid_data E-FILE-OPEN.
Result<std::uint64_t> model_file_bytes(const std::string& model);

}  // namespace vernier
