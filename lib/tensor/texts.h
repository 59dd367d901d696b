#pragma once

#include <memory>

#include "base/budget.h"
#include "base/result.h"
#include "tensor/tensor.h"

namespace vernier {

/// Bytes of a budget, given back in the end.
class Reservation {
 public:
  Reservation() = default;
  /// `budget` may be null; then the default limit holds and nothing is reserved. Error: limit.
  static Result<Reservation> make(std::size_t bytes, std::shared_ptr<MemoryBudget> budget,
                                  const char* what);
  Reservation(Reservation&& other) noexcept { swap(other); }
  Reservation& operator=(Reservation&& other) noexcept {
    swap(other);
    return *this;
  }
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;
  ~Reservation() {
    if (budget_) budget_->release(bytes_);
  }

 private:
  void swap(Reservation& other) noexcept {
    std::swap(budget_, other.budget_);
    std::swap(bytes_, other.bytes_);
  }
  std::shared_ptr<MemoryBudget> budget_;  // shared: tensors of one model go in any order
  std::size_t bytes_ = 0;
};

/// Tensor::allocate reserves the string objects of a string tensor; this reserves its texts, once
/// they are known, for as long as the tensor's storage lives. Nothing for other dtypes. For the
/// sole maker of the tensor (Tensor::copy_of does it). Error: limit.
Result<void> charge_texts(Tensor& tensor, const std::shared_ptr<MemoryBudget>& budget);

}  // namespace vernier
