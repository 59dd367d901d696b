#include "signals.h"

#include <unistd.h>

#include <csignal>

namespace vernier::cli {
namespace {

std::atomic<bool> interrupted{false};
std::atomic<int> signal_number{SIGINT};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

extern "C" void on_signal(int number) {
  if (interrupted.exchange(true)) _exit(128 + number);
  signal_number = number;
}

}  // namespace

void install_signal_handlers() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  // A closed pipe or a file size limit is an output error, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

const std::atomic<bool>* interrupt_flag() { return &interrupted; }

int interrupt_exit_code() { return 128 + signal_number; }

}  // namespace vernier::cli
