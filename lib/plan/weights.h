#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backend/backend.h"
#include "base/budget.h"

namespace vernier {

/// The packed weights of one model, shared by all its plans: asked for while lowering, made by
/// materialize(). Not thread safe (planning is done by one thread).
class PackedWeights final : public WeightStore {
 public:
  std::shared_ptr<const PackedWeight> request(const Tensor& source, const std::string& key,
                                              std::size_t bytes, Fill fill) override;
  /// Bytes asked for and not yet made.
  [[nodiscard]] std::uint64_t pending_bytes() const noexcept { return pending_bytes_; }
  /// Bytes made.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  /// Allocates and fills what is pending, one weight after the other; sources are let go (and their
  /// file pages dropped) as soon as they are packed. Error: limit (budget).
  Result<void> materialize(const std::shared_ptr<MemoryBudget>& budget);
  /// Forgets what is pending (a plan that was only looked at).
  void discard_pending();

 private:
  struct Entry {
    std::shared_ptr<PackedWeight> weight;
    Buffer buffer;
  };
  struct Pending {
    std::pair<std::uint64_t, std::string> key;
    Tensor source;
    Fill fill;
  };
  std::map<std::pair<std::uint64_t, std::string>, Entry> entries_;
  std::vector<Pending> pending_;
  std::uint64_t pending_bytes_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace vernier
