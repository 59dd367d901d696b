#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "base/budget.h"
#include "base/result.h"
#include "graph/edit.h"
#include "graph/graph.h"

namespace vernier {

/// What a pass says about one node: nothing to do, a pattern that something forbids to rewrite
/// (with the reason, a string literal), or the change to make.
class Match {
 public:
  static Match none() { return {}; }
  static Match blocked(std::string_view reason) {
    Match match;
    match.reason_ = reason;
    return match;
  }
  Match(Edit edit) : edit_(std::move(edit)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool is_edit() const noexcept { return edit_.has_value(); }
  [[nodiscard]] bool is_blocked() const noexcept { return !reason_.empty(); }
  [[nodiscard]] std::string_view reason() const noexcept { return reason_; }
  [[nodiscard]] Edit take_edit() { return *std::move(edit_); }

 private:
  Match() = default;
  std::string_view reason_;
  std::optional<Edit> edit_;
};

/// What every pass may use.
struct PassContext {
  std::shared_ptr<MemoryBudget> budget;  ///< for new constants; shared with what the graph holds
};

/// One rewrite: looks at a node and its surroundings and proposes an edit. It changes nothing
/// itself, keeps no state and never names a backend. The driver (pipeline.h) visits every node,
/// applies, verifies and counts.
class Pass {
 public:
  Pass() = default;
  Pass(const Pass&) = delete;
  Pass& operator=(const Pass&) = delete;
  virtual ~Pass() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// Errors are defects or exceeded limits; the driver adds the pass name.
  [[nodiscard]] virtual Result<Match> visit(const Graph& graph, NodeId id,
                                            const PassContext& context) const = 0;
};

}  // namespace vernier
