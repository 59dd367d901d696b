#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "base/bounded_queue.h"
#include "base/clock.h"
#include "base/counter_random.h"
#include "measure/pipeline.h"

namespace vernier {
namespace {

using Queue = BoundedQueue<PipelineItem>;

bool is_items_own(Errc code, bool inference) {
  if (code == Errc::invalid_data) return true;
  return !inference && (code == Errc::unsupported || code == Errc::limit);
}

/// The steps of one item with their times, in whichever thread.
class Work {
 public:
  Work(PipelineSteps& steps, const PipelineSettings& settings)
      : steps_(steps), settings_(settings) {}

  /// False past the last item.
  Result<bool> decode(PipelineItem& item) {
    item.ns.fill(-1);
    if (settings_.max_items > 0 && item.index >= settings_.max_items) return false;
    const std::int64_t begin = now_ns();
    auto more = steps_.decode(item);
    item.ns[0] = now_ns() - begin;
    if (more) return *more;
    VERNIER_TRY(settle(item, PipelineStage::decode, std::move(more).error()));
    return true;
  }

  Result<void> preprocess(PipelineItem& item) {
    return timed(item, PipelineStage::preprocess, [&] { return steps_.preprocess(item); });
  }

  Result<void> infer(PipelineItem& item) {
    if (item.failure) return {};
    const std::int64_t begin = now_ns();
    auto run = steps_.infer(item);
    const std::int64_t whole = now_ns() - begin;
    if (!run) return settle(item, PipelineStage::inference, std::move(run).error());
    const std::int64_t inside = std::clamp<std::int64_t>(*run, 0, whole);
    item.ns[static_cast<std::size_t>(PipelineStage::inference)] = inside;
    item.ns[static_cast<std::size_t>(PipelineStage::transfer)] = whole - inside;
    return {};
  }

  Result<void> postprocess(PipelineItem& item) {
    VERNIER_TRY(timed(item, PipelineStage::postprocess, [&] { return steps_.postprocess(item); }));
    item.payload.reset();
    return {};
  }

 private:
  template <class Step>
  Result<void> timed(PipelineItem& item, PipelineStage stage, const Step& step) {
    if (item.failure) return {};
    const std::int64_t begin = now_ns();
    Result<void> done = step();
    item.ns[static_cast<std::size_t>(stage)] = now_ns() - begin;
    if (done) return {};
    return settle(item, stage, std::move(done).error());
  }

  /// Keeps the error with the item, or returns it when it is not the item's own.
  Result<void> settle(PipelineItem& item, PipelineStage stage, Error error) {
    item.payload.reset();
    if (!is_items_own(error.code, stage == PipelineStage::inference)) return error;
    item.failure = PipelineFailure{item.index, steps_.name(item.index), stage, std::move(error)};
    return {};
  }

  PipelineSteps& steps_;
  const PipelineSettings& settings_;
};

/// Takes finished items, in the order in which they come.
class Sink {
 public:
  Sink(PipelinePass& pass, std::vector<PipelineFailure>& failures)
      : pass_(pass), failures_(failures) {}

  void take(PipelineItem item) {
    if (item.index != pass_.items) pass_.order_kept = false;
    ++pass_.items;
    for (std::size_t stage = 0; stage < kPipelineStages; ++stage) {
      pass_.samples_ns[stage].push_back(item.ns[stage]);
    }
    pass_.results_digest = mix_bits(pass_.results_digest ^ item.fingerprint);
    if (!item.failure) return;
    ++pass_.failed;
    failures_.push_back(std::move(*item.failure));
  }

 private:
  PipelinePass& pass_;
  std::vector<PipelineFailure>& failures_;
};

bool is_set(const std::atomic<bool>* flag) { return flag != nullptr && flag->load(); }

/// Threads of a staged pass. The calling thread waits, and watches the interrupt flag.
class Staged {
 public:
  Staged(PipelineSteps& steps, const PipelineSettings& settings, PipelinePass& pass,
         std::vector<PipelineFailure>& failures, const std::atomic<bool>* interrupt)
      : work_(steps, settings),
        sink_(pass, failures),
        pass_(pass),
        interrupt_(interrupt),
        decoded_(settings.queue_capacity),
        prepared_(settings.queue_capacity),
        inferred_(settings.queue_capacity),
        decoders_(steps.any_order() ? settings.workers : 1),
        preparers_(settings.workers) {}

  Result<void> run() {
    std::vector<std::thread> threads;
    try {
      for (int i = 0; i < decoders_left_.load(); ++i) start(threads, &Staged::decode);
      for (int i = 0; i < preparers_left_.load(); ++i) start(threads, &Staged::preprocess);
      start(threads, &Staged::infer);
      start(threads, &Staged::postprocess);
    } catch (const std::system_error& e) {
      stop(limit_error(std::string("no thread for the pipeline: ") + e.what(), "E-LIMIT-THREADS"));
    }
    wait();
    for (std::thread& thread : threads) thread.join();
    pass_.queues = {queue("decode", decoded_), queue("preprocess", prepared_),
                    queue("inference", inferred_)};
    pass_.max_in_flight = most_in_flight_.load();
    if (fatal_) return *fatal_;
    pass_.complete = !interrupted_;
    return {};
  }

 private:
  void start(std::vector<std::thread>& threads, Result<void> (Staged::*body)()) {
    {
      const std::lock_guard lock(mutex_);
      ++running_;
    }
    try {
      threads.emplace_back([this, body] {
        Result<void> result;
        try {
          result = (this->*body)();
        } catch (const std::bad_alloc&) {
          result = limit_error("no memory for the pipeline", "E-LIMIT-MEMORY");
        } catch (const std::exception& e) {
          result = internal_error(std::string("a step of the pipeline threw: ") + e.what());
        }
        if (!result) stop(std::move(result).error());
        const std::lock_guard lock(mutex_);
        --running_;
        changed_.notify_all();
      });
    } catch (...) {
      const std::lock_guard lock(mutex_);
      --running_;
      throw;
    }
  }

  void wait() {
    constexpr std::chrono::milliseconds kPoll{20};
    std::unique_lock lock(mutex_);
    while (running_ > 0) {
      changed_.wait_for(lock, kPoll);
      if (is_set(interrupt_) && !interrupted_) {
        interrupted_ = true;
        cancel();
      }
    }
  }

  void stop(Error error) {
    const std::lock_guard lock(mutex_);
    // A step that fails because of the interruption is not the reason for it.
    if (error.code == Errc::interrupted || is_set(interrupt_)) {
      interrupted_ = true;
    } else if (!fatal_ && !interrupted_) {
      fatal_ = std::move(error);
    }
    cancel();
  }
  void cancel() {
    cancelled_ = true;
    decoded_.cancel();
    prepared_.cancel();
    inferred_.cancel();
  }

  Result<void> decode() {
    while (!cancelled_) {
      PipelineItem item;
      item.index = next_index_++;
      const std::int64_t now = ++in_flight_;
      std::int64_t most = most_in_flight_.load();
      while (now > most && !most_in_flight_.compare_exchange_weak(most, now)) {
      }
      VERNIER_ASSIGN(const bool more, work_.decode(item));
      const std::int64_t index = item.index;
      if (!more || !decoded_.push(index, std::move(item))) {
        --in_flight_;
        break;
      }
    }
    if (--decoders_left_ == 0) decoded_.close();
    return {};
  }

  Result<void> preprocess() {
    while (auto next = decoded_.pop()) {
      VERNIER_TRY(work_.preprocess(next->second));
      if (!prepared_.push(next->first, std::move(next->second))) break;
    }
    if (--preparers_left_ == 0) prepared_.close();
    return {};
  }

  Result<void> infer() {
    while (auto next = prepared_.pop()) {
      VERNIER_TRY(work_.infer(next->second));
      if (!inferred_.push(next->first, std::move(next->second))) break;
    }
    inferred_.close();
    return {};
  }

  Result<void> postprocess() {
    while (auto next = inferred_.pop()) {
      VERNIER_TRY(work_.postprocess(next->second));
      sink_.take(std::move(next->second));
      --in_flight_;
    }
    return {};
  }

  static PipelineQueue queue(std::string after, const Queue& queue) {
    return {std::move(after), queue.capacity(), queue.max_depth()};
  }

  Work work_;
  Sink sink_;
  PipelinePass& pass_;
  const std::atomic<bool>* interrupt_;
  Queue decoded_;
  Queue prepared_;
  Queue inferred_;
  std::atomic<std::int64_t> next_index_{0};
  std::atomic<std::int64_t> in_flight_{0};
  std::atomic<std::int64_t> most_in_flight_{0};
  std::atomic<bool> cancelled_{false};
  const int decoders_;
  const int preparers_;
  std::atomic<int> decoders_left_{decoders_};
  std::atomic<int> preparers_left_{preparers_};
  std::mutex mutex_;
  std::condition_variable changed_;
  int running_ = 0;
  bool interrupted_ = false;
  std::optional<Error> fatal_;
};

Result<void> run_sequential(PipelineSteps& steps, const PipelineSettings& settings,
                            PipelinePass& pass, std::vector<PipelineFailure>& failures,
                            const PipelineHooks& hooks) {
  Work work(steps, settings);
  Sink sink(pass, failures);
  for (std::int64_t index = 0; !is_set(hooks.interrupt); ++index) {
    PipelineItem item;
    item.index = index;
    VERNIER_ASSIGN(const bool more, work.decode(item));
    if (!more) {
      pass.complete = true;
      return {};
    }
    VERNIER_TRY(work.preprocess(item));
    VERNIER_TRY(work.infer(item));
    VERNIER_TRY(work.postprocess(item));
    pass.max_in_flight = 1;
    sink.take(std::move(item));
  }
  return {};
}

}  // namespace

Result<PipelinePass> run_pipeline_pass(PipelineSteps& steps, const PipelineSettings& settings,
                                       bool staged, std::vector<PipelineFailure>& failures,
                                       const PipelineHooks& hooks) {
  PipelinePass pass;
  pass.staged = staged;
  Result<void> result;
  const std::int64_t begin = now_ns();
  if (staged) {
    result = Staged(steps, settings, pass, failures, hooks.interrupt).run();
  } else {
    result = run_sequential(steps, settings, pass, failures, hooks);
    const bool stopped =
        !result && (result.error().code == Errc::interrupted || is_set(hooks.interrupt));
    if (stopped) result = {};
  }
  pass.wall_ns = now_ns() - begin;
  if (!result) return std::move(result).error();
  return pass;
}

}  // namespace vernier
