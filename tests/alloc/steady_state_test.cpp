// Counts every allocation of the process (malloc family and mmap) while inferences run.
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cstddef>

#include "engine/native_check.h"

using namespace vernier;
using namespace vernier::test;

namespace {
std::atomic<bool> counting{false};
std::atomic<long> allocations{0};
void count() {
  if (counting.load(std::memory_order_relaxed)) ++allocations;
}
}  // namespace

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void* malloc(std::size_t n) {
  count();
  return __libc_malloc(n);
}
void* calloc(std::size_t n, std::size_t m) {
  count();
  return __libc_calloc(n, m);
}
void* realloc(void* p, std::size_t n) {
  count();
  return __libc_realloc(p, n);
}
void* aligned_alloc(std::size_t a, std::size_t n) {
  count();
  return __libc_memalign(a, n);
}
void* mmap(void* address, std::size_t n, int protection, int flags, int fd, off_t offset) {
  count();
  return reinterpret_cast<void*>(syscall(SYS_mmap, address, n, protection, flags, fd, offset));
}
}

namespace {

long allocations_per_runs(const std::string& path, int threads, std::vector<std::int64_t> dims) {
  auto engine = make_native_engine(all_backends());
  EngineSettings settings;
  settings.threads = threads;
  REQUIRE(engine->load(path, settings).has_value());
  REQUIRE(engine->bind(seeded_inputs(*engine, 1, dims)).has_value());
  for (int i = 0; i < 2; ++i) REQUIRE(engine->run().has_value());
  allocations = 0;
  counting = true;
  bool ok = true;
  for (int i = 0; i < 3; ++i) ok = engine->run().has_value() && ok;
  counting = false;
  CHECK(ok);
  return allocations;
}

}  // namespace

TEST_CASE("the hook sees allocations") {
  allocations = 0;
  counting = true;
  void* volatile probe = malloc(100);  // volatile: the pair must not be optimised away
  const auto mapped = Buffer::allocate(std::size_t{4} << 20, nullptr, "probe");
  counting = false;
  free(probe);
  REQUIRE(mapped.has_value());
  CHECK(allocations >= 2);
}

TEST_CASE("inference allocates nothing in the steady state") {
  const std::string fashion =
      std::string(VERNIER_SOURCE_DIR) + "/models/fashion_mnist/fashion_mnist.onnx";
  for (const int threads : {1, 2}) CHECK(allocations_per_runs(fashion, threads, {4}) == 0);
  struct Case {
    const char* name;
    std::vector<std::int64_t> dims;
  };
  const Case cases[] = {
      {"mobilenet_v2", {}},   {"efficientnet_lite0", {}},    {"resnet50", {}},
      {"resnet18", {}},       {"mobilenet_v3_large", {}},    {"yolov8n", {}},
      {"yolov8s", {}},        {"ppocr_v4_det", {1, 64, 96}}, {"ppocr_v4_rec", {1, 48, 160}},
      {"minilm_l6", {1, 16}}, {"silero_vad", {1, 576}}};
  for (const Case& c : cases) {
    const std::string path = cached_model(c.name);
    if (path.empty()) {
      WARN("skipped " << c.name << ": the model is not on this machine");
      continue;
    }
    INFO(c.name);
    // Unnamed dims bind in order; silero's state is fixed by the file apart from its batch.
    CHECK(allocations_per_runs(path, 2, c.dims) == 0);
  }
}
