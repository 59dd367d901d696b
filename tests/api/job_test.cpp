#include "api/job.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <condition_variable>
#include <limits>
#include <new>
#include <stdexcept>

#include "api/run_outputs.h"

using namespace vernier;

namespace {

/// Work that lasts until the gate opens.
struct Gate {
  std::mutex mutex;
  std::condition_variable changed;
  bool open = false;
  void wait() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return open; });
  }
  void release() {
    const std::lock_guard lock(mutex);
    open = true;
    changed.notify_all();
  }
};

}  // namespace

TEST_CASE("a job returns what its work returns", "[api]") {
  const std::atomic<bool> interrupt{false};
  const auto value = run_job<int>([] { return Result<int>(42); }, 10.0, &interrupt);
  REQUIRE(value);
  CHECK(*value == 42);
  const auto error = run_job<int>([] { return Result<int>(usage_error("no")); }, 0.0, nullptr);
  REQUIRE_FALSE(error);
  CHECK(error.error().code == Errc::usage);
}

TEST_CASE("a job is given up at its timeout and on interruption", "[api]") {
  const auto gate = std::make_shared<Gate>();
  const auto stuck = [gate] {
    gate->wait();
    return Result<int>(1);
  };
  const auto late = run_job<int>(stuck, 0.01, nullptr);
  REQUIRE_FALSE(late);
  CHECK(late.error().code == Errc::limit);
  CHECK(late.error().id == "E-LIMIT-TIMEOUT");
  const std::atomic<bool> interrupt{true};
  const auto stopped = run_job<int>(stuck, 0.0, &interrupt);
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().code == Errc::interrupted);
  gate->release();
}

TEST_CASE("figures of an output", "[api]") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<float> values = {1, 2, 3, 4, 0, nan, inf, -inf};
  const auto stats = measure_values(Tensor::from_float(values, {8}));
  REQUIRE(stats);
  CHECK(stats->min == 0.0);
  CHECK(stats->max == 4.0);
  CHECK(stats->mean == 2.0);
  CHECK(stats->stddev == Approx(std::sqrt(2.0)));
  CHECK(stats->nan == 1);
  CHECK(stats->inf == 2);
  CHECK(stats->zeros == 1);
  CHECK_FALSE(measure_values(Tensor::from_float(std::vector<float>{}, {0})));
  const auto whole = measure_values(Tensor::from_int64(std::vector<std::int64_t>{-5, 5}));
  REQUIRE(whole);
  CHECK(whole->min == -5.0);
}

TEST_CASE("what the work throws is an error", "[api]") {
  const auto thrown = [](auto work, const std::atomic<bool>* interrupt) {
    auto result = run_job<int>(work, 0.0, interrupt);
    REQUIRE_FALSE(result);
    return result.error();
  };
  const std::atomic<bool> flag{false};
  for (const std::atomic<bool>* interrupt :
       {static_cast<const std::atomic<bool>*>(nullptr), &flag}) {
    const auto memory = thrown([]() -> Result<int> { throw std::bad_alloc(); }, interrupt);
    CHECK(memory.code == Errc::limit);
    CHECK(memory.id == "E-LIMIT-MEMORY");
    const auto other =
        thrown([]() -> Result<int> { throw std::runtime_error("broken"); }, interrupt);
    CHECK(other.code == Errc::internal);
    CHECK(other.message == "broken");
  }
}

TEST_CASE("a timeout beyond what nanoseconds hold is no busy loop", "[api]") {
  const std::atomic<bool> flag{false};
  const auto result = run_job<int>([]() -> Result<int> { return 7; }, 1e14, &flag);
  REQUIRE(result);
  CHECK(*result == 7);
}
