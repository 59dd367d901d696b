#include "engine/run_timer.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace vernier {
namespace {

TimedRuns::Event usage_now() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return {0, usage.ru_nivcsw, usage.ru_minflt, usage.ru_majflt};
}

Result<TimedRuns> time_in_turn(int n, const std::function<Result<void>(int)>& run) {
  TimedRuns result;
  result.ns.reserve(static_cast<std::size_t>(n));
  TimedRuns::Event before = usage_now();
  std::int64_t first_start = 0;
  for (int i = 0; i < n; ++i) {
    const std::int64_t start = now_ns();
    VERNIER_TRY(run(0));
    const std::int64_t end = now_ns();
    if (i == 0) first_start = start;
    result.ns.push_back(end - start);
    result.wall_ns = end - first_start;
    const TimedRuns::Event after = usage_now();
    const TimedRuns::Event change{i, after.involuntary_switches - before.involuntary_switches,
                                  after.minor_faults - before.minor_faults,
                                  after.major_faults - before.major_faults};
    if (change.involuntary_switches + change.minor_faults + change.major_faults > 0) {
      result.events.push_back(change);
    }
    before = after;
  }
  return result;
}

Result<TimedRuns> time_in_flight(int n, int streams, const std::function<Result<void>(int)>& run) {
  struct Done {
    std::int64_t end;
    std::int64_t ns;
  };
  std::atomic<int> next{streams};  // every stream has one run at least: its outputs are fresh
  std::mutex mutex;
  std::vector<Done> all;
  std::optional<Error> error;
  std::int64_t first_start = 0;
  std::barrier ready(streams);  // all threads exist before the clock starts
  const auto work = [&](int stream) {
    std::vector<Done> mine;
    mine.reserve(static_cast<std::size_t>(n / streams) + 1);
    std::optional<Error> failed;
    ready.arrive_and_wait();
    const std::int64_t begin = now_ns();
    for (int i = stream; i < n; i = next.fetch_add(1)) {
      const std::int64_t start = now_ns();
      if (auto ran = run(stream); !ran) {
        failed = std::move(ran).error();
        next.store(n);
        break;
      }
      const std::int64_t end = now_ns();
      mine.push_back({end, end - start});
    }
    const std::lock_guard lock(mutex);
    if (failed && !error) error = std::move(failed);
    all.insert(all.end(), mine.begin(), mine.end());
    if (first_start == 0 || begin < first_start) first_start = begin;
  };
  std::vector<std::thread> threads;
  try {
    threads.reserve(static_cast<std::size_t>(streams - 1));
    for (int stream = 1; stream < streams; ++stream) threads.emplace_back(work, stream);
  } catch (const std::exception& refused) {
    next.store(n);  // those that started find nothing to do
    error = limit_error("no more than " + std::to_string(threads.size() + 1) + " of " +
                            std::to_string(streams) + " streams can be started: " + refused.what(),
                        "E-LIMIT-THREADS");
    for (std::size_t missing = threads.size() + 1; missing < static_cast<std::size_t>(streams);
         ++missing) {
      ready.arrive_and_drop();
    }
  }
  work(0);
  for (std::thread& thread : threads) thread.join();
  if (error) return *error;
  std::sort(all.begin(), all.end(), [](const Done& a, const Done& b) { return a.end < b.end; });
  TimedRuns result;
  result.ns.reserve(all.size());
  for (const Done& done : all) result.ns.push_back(done.ns);
  result.wall_ns = all.empty() ? 0 : all.back().end - first_start;
  return result;
}

}  // namespace

Result<TimedRuns> time_runs(int n, int streams, const std::function<Result<void>(int)>& run) {
  return streams > 1 ? time_in_flight(n, std::min(streams, n), run) : time_in_turn(n, run);
}

}  // namespace vernier
