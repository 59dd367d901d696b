#include "api/output_agreement.h"

#include <algorithm>
#include <cmath>

namespace vernier {
namespace {

bool comparable(const Tensor& want, const Tensor& got) {
  return want.dtype() == DType::float32 && want.shape() == got.shape();
}

}  // namespace

void ErrorSums::add(const float* want, const float* got, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    const auto w = static_cast<double>(want[i]);
    const double d = w - static_cast<double>(got[i]);
    signal += w * w;
    noise += d * d;
  }
}

double ErrorSums::db() const {
  constexpr double kMost = 200.0;
  if (noise <= 0.0) return kMost;
  return signal <= 0.0 ? -kMost : std::clamp(10.0 * std::log10(signal / noise), -kMost, kMost);
}

void add_errors(const std::vector<Tensor>& want, const std::vector<Tensor>& got,
                std::vector<ErrorSums>& sums) {
  sums.resize(want.size());
  for (std::size_t k = 0; k < want.size(); ++k) {
    if (!comparable(want[k], got[k])) continue;
    sums[k].add(want[k].as<float>(), got[k].as<float>(), want[k].element_count());
  }
}

std::vector<std::int64_t> best_classes(const Tensor& rows) {
  const std::int64_t classes = rows.shape().back();
  std::vector<std::int64_t> best;
  for (std::int64_t i = 0; i < rows.element_count(); i += classes) {
    const float* row = rows.as<float>() + i;
    best.push_back(std::max_element(row, row + classes) - row);
  }
  return best;
}

void RowAgreement::add(const Tensor& want, const Tensor& got) {
  const auto before = best_classes(want);
  const auto after = best_classes(got);
  for (std::size_t i = 0; i < before.size(); ++i) same += before[i] == after[i] ? 1 : 0;
  rows += static_cast<std::int64_t>(before.size());
}

std::optional<double> RowAgreement::share() const {
  if (rows == 0) return std::nullopt;
  return static_cast<double>(same) / static_cast<double>(rows);
}

void add_rows(const std::vector<Tensor>& want, const std::vector<Tensor>& got,
              std::vector<RowAgreement>& rows) {
  rows.resize(want.size());
  for (std::size_t k = 0; k < want.size(); ++k) {
    const Shape& shape = want[k].shape();
    if (comparable(want[k], got[k]) && shape.size() == 2 && shape[1] > 1) {
      rows[k].add(want[k], got[k]);
    }
  }
}

}  // namespace vernier
