#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tensor/tensor.h"

namespace vernier {

/// Energies of a signal and of what differs from it.
struct ErrorSums {
  double signal = 0.0;
  double noise = 0.0;
  void add(const float* want, const float* got, std::int64_t count);
  /// Within -200 (no signal) and 200 (no difference).
  [[nodiscard]] double db() const;
};
/// One entry an output; outputs that are not float are passed over.
void add_errors(const std::vector<Tensor>& want, const std::vector<Tensor>& got,
                std::vector<ErrorSums>& sums);

/// The index of the largest element of each row (last axis) of a float32 tensor.
std::vector<std::int64_t> best_classes(const Tensor& rows);

/// Counts rows and those with the same largest element.
struct RowAgreement {
  std::int64_t same = 0;
  std::int64_t rows = 0;
  void add(const Tensor& want, const Tensor& got);
  [[nodiscard]] std::optional<double> share() const;
};
/// One entry an output; all but class-like ones (float, [N, classes]) are passed over.
void add_rows(const std::vector<Tensor>& want, const std::vector<Tensor>& got,
              std::vector<RowAgreement>& rows);

}  // namespace vernier
