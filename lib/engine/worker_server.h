#pragma once

#include "base/result.h"
#include "engine/engine.h"

namespace vernier {

struct WorkerServerOptions {
  int input = 0;   ///< descriptor of the requests
  int output = 1;  ///< descriptor of the replies
  /// Keeps the replies clean: moves `output` to a private descriptor and points the old one to
  /// standard error, so that whatever a library prints cannot disturb the protocol.
  bool protect_output = true;
};

/// Serves `engine` by docs/worker-protocol.md until "bye" or the end of input. Errors of the engine
/// are answers; the result is an error only when the transport breaks (output E-OUTPUT-WRITE) or a
/// request line is longer than 64 MiB (limit).
Result<void> serve_worker(Engine& engine, const WorkerServerOptions& options = {});

}  // namespace vernier
