#pragma once

#include <atomic>

namespace vernier::cli {

/// SIGINT and SIGTERM set the flag of `interrupt_flag`; the second one ends the program at once
/// with 128 + signal.
void install_signal_handlers();
const std::atomic<bool>* interrupt_flag();
/// The exit code of an interrupted call: 130 or 143.
int interrupt_exit_code();

}  // namespace vernier::cli
