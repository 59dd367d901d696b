#include "tensor/texts.h"

#include <string>
#include <utility>

namespace vernier {

Result<Reservation> Reservation::make(std::size_t bytes, std::shared_ptr<MemoryBudget> budget,
                                      const char* what) {
  Reservation reservation;
  if (budget) {
    VERNIER_TRY(budget->reserve(bytes, what));
    reservation.budget_ = std::move(budget);
    reservation.bytes_ = bytes;
  } else if (bytes > default_memory_limit_bytes()) {
    return limit_error(std::string(what) + " need " + std::to_string(bytes) + " bytes",
                       "E-LIMIT-MEMORY");
  }
  return reservation;
}

Result<void> charge_texts(Tensor& tensor, const std::shared_ptr<MemoryBudget>& budget) {
  if (tensor.dtype() != DType::string) return {};
  const std::size_t inside = std::string().capacity();  // short texts take no memory of their own
  std::size_t bytes = 0;
  for (const std::string& text : tensor.span<std::string>()) {
    if (text.capacity() > inside) bytes += text.capacity() + 1;
  }
  if (bytes == 0) return {};
  VERNIER_ASSIGN(Reservation reservation, Reservation::make(bytes, budget, "texts"));
  struct Charged {
    Tensor storage;
    Reservation texts;
  };
  const DType dtype = tensor.dtype();
  const Shape shape = tensor.shape();
  const std::byte* data = tensor.data();
  auto owner = std::make_shared<Charged>();
  owner->storage = std::move(tensor);
  owner->texts = std::move(reservation);
  tensor = Tensor::borrow(dtype, shape, data, std::move(owner));
  return {};
}

}  // namespace vernier
