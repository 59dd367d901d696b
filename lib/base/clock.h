#pragma once

#include <chrono>
#include <cstdint>

namespace vernier {

/// The monotonic clock in nanoseconds; only differences mean something.
inline std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace vernier
