#include "plan/weights.h"

#include <utility>

namespace vernier {

std::shared_ptr<const PackedWeight> PackedWeights::request(const Tensor& source,
                                                           const std::string& key,
                                                           std::size_t bytes, Fill fill) {
  std::pair<std::uint64_t, std::string> id(source.content_id(), key);
  const auto at = entries_.find(id);
  if (at != entries_.end()) return at->second.weight;
  Entry entry;
  entry.weight = std::make_shared<PackedWeight>();
  entry.weight->bytes = bytes;
  auto weight = entry.weight;
  entries_.emplace(id, std::move(entry));
  pending_.push_back({std::move(id), source, std::move(fill)});
  pending_bytes_ += bytes;
  return weight;
}

Result<void> PackedWeights::materialize(const std::shared_ptr<MemoryBudget>& budget) {
  for (Pending& pending : pending_) {
    Entry& entry = entries_.at(pending.key);
    auto aligned = pending.source.to_aligned(budget);
    // The file's pages of a copied source go before the packed copy comes.
    if (aligned && aligned->data() != pending.source.data()) pending.source.drop_pages();
    auto buffer = Buffer::allocate(entry.weight->bytes, budget, "packed weights");
    if (!buffer || !aligned) {
      Error error = buffer ? std::move(aligned).error() : std::move(buffer).error();
      discard_pending();
      return error;
    }
    pending.fill(*aligned, buffer->data());
    pending.source.drop_pages();
    entry.buffer = std::move(buffer).value();
    entry.weight->data = entry.buffer.data();
    bytes_ += entry.weight->bytes;
    pending.fill = nullptr;
    pending.source = Tensor{};
  }
  pending_.clear();
  pending_bytes_ = 0;
  return {};
}

void PackedWeights::discard_pending() {
  for (const Pending& pending : pending_) {
    const auto at = entries_.find(pending.key);
    if (at != entries_.end() && at->second.weight->data == nullptr) entries_.erase(at);
  }
  pending_.clear();
  pending_bytes_ = 0;
}

}  // namespace vernier
