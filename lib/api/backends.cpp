#include "api/backends.h"

#include <array>

#include "backend/cpu/cpu_backend.h"
#include "backend/reference/reference_backend.h"
#include "engine/native_engine.h"

namespace vernier {

std::span<const Backend* const> all_backends() {
  static const std::array<const Backend*, 2> backends = {&cpu_backend(), &reference_backend()};
  return backends;
}

std::unique_ptr<Engine> make_own_engine() { return make_native_engine(all_backends()); }

}  // namespace vernier
