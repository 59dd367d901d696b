#pragma once

#include <string>

#include "tensor/tensor.h"

namespace vernier::conformance {

struct Tolerance {
  double rtol = 1e-3;
  double atol = 1e-7;
};

/// "" when `actual` equals `expected` (dense views): shape and dtype exactly, values as numpy's
/// assert_allclose (|a - e| <= atol + rtol |e|; NaN equals NaN, infinities by sign). Otherwise says
/// what differs first and how many elements do.
std::string difference(const TensorView& actual, const TensorView& expected,
                       const Tolerance& tolerance);

}  // namespace vernier::conformance
