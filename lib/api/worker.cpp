#include "vernier/worker.h"

#include "api/backends.h"
#include "engine/worker_server.h"

namespace vernier {

Result<void> serve_own_engine() {
  const auto engine = make_own_engine();
  return serve_worker(*engine);
}

}  // namespace vernier
