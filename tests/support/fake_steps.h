#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

#include "measure/pipeline.h"

/// Items of a pipeline without pictures: counts who is where, fails where it is told to, and calls
/// hooks in which a test makes one thread wait for another.
class FakeSteps final : public vernier::PipelineSteps {
 public:
  using Item = vernier::PipelineItem;
  using Stage = vernier::PipelineStage;
  explicit FakeSteps(std::int64_t count) : count_(count) {}

  bool parallel = true;
  std::map<Stage, std::map<std::int64_t, vernier::Errc>> failing;
  std::map<Stage, std::function<void(std::int64_t)>> before;  ///< called in the step's thread
  std::function<std::uint64_t(std::int64_t)> fingerprint = [](std::int64_t i) {
    return static_cast<std::uint64_t>(i) * 3U;
  };

  [[nodiscard]] std::string name(std::int64_t index) const override {
    return "item " + std::to_string(index);
  }
  [[nodiscard]] bool any_order() const override { return parallel; }
  vernier::Result<bool> decode(Item& item) override {
    if (item.index >= count_) return false;
    item.payload = std::make_unique<Load>(*this);
    VERNIER_TRY(step(Stage::decode, item));
    return true;
  }
  vernier::Result<void> preprocess(Item& item) override { return step(Stage::preprocess, item); }
  vernier::Result<std::int64_t> infer(Item& item) override {
    VERNIER_TRY(step(Stage::inference, item));
    inferred.push_back(item.index);
    return std::int64_t{1};
  }
  vernier::Result<void> postprocess(Item& item) override {
    VERNIER_TRY(step(Stage::postprocess, item));
    item.fingerprint = fingerprint(item.index);
    finished.push_back(item.index);
    return {};
  }

  /// Waits until `count` items have begun (ended) the stage.
  void await_begun(Stage stage, std::size_t count) { await(begun_, stage, count); }
  void await_ended(Stage stage, std::size_t count) { await(ended_, stage, count); }
  [[nodiscard]] std::size_t begun(Stage stage) {
    const std::lock_guard lock(mutex_);
    return begun_[stage];
  }

  std::vector<std::int64_t> inferred;  ///< in the order of the calls
  std::vector<std::int64_t> finished;
  std::atomic<int> alive{0};
  std::atomic<int> most_alive{0};

 private:
  struct Load final : vernier::PipelinePayload {
    explicit Load(FakeSteps& steps) : owner(steps) {
      const int now = ++owner.alive;
      int most = owner.most_alive;
      while (now > most && !owner.most_alive.compare_exchange_weak(most, now)) {
      }
    }
    ~Load() override { --owner.alive; }
    FakeSteps& owner;
  };

  void count(std::map<Stage, std::size_t>& counts, Stage stage) {
    const std::lock_guard lock(mutex_);
    ++counts[stage];
    changed_.notify_all();
  }
  void await(std::map<Stage, std::size_t>& counts, Stage stage, std::size_t wanted) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return counts[stage] >= wanted; });
  }
  vernier::Result<void> step(Stage stage, Item& item) {
    count(begun_, stage);
    if (const auto hook = before.find(stage); hook != before.end()) hook->second(item.index);
    count(ended_, stage);
    const auto list = failing.find(stage);  // other threads read it too
    if (list == failing.end()) return {};
    const auto at = list->second.find(item.index);
    if (at == list->second.end()) return {};
    return vernier::make_error(at->second, "E-FAKE", "made to fail");
  }

  std::int64_t count_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Stage, std::size_t> begun_;
  std::map<Stage, std::size_t> ended_;
};
