#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "api/convert_verify.h"
#include "graph/graph.h"
#include "passes/change_precision.h"

namespace vernier {

/// A constant whose rounding was measured alone.
struct RoundedConstant {
  PlacedValue place;
  double effect = 0.0;  ///< relative L2 of the outputs
};

/// Float constants, those in bodies too, that no body takes from outside: smallest first, at most
/// as many as are worth measuring.
std::vector<PlacedValue> roundable_constants(Graph& graph);

/// What the outputs are off when errors of single constants are independent. One set of inputs says
/// less than this sum: there errors cancel by chance.
double expected_error(const std::vector<RoundedConstant>& measured);

/// Constants to keep in fp32 so that the error of the outputs falls from `error` to `aim`, or as
/// far as `room` bytes allow: those with the largest part of the squared error per byte, errors of
/// single constants being taken for independent. A node that has to compute in fp32 for it costs
/// two Casts.
std::set<PlacedValue> choose_exact(Graph& graph, const std::vector<RoundedConstant>& measured,
                                   double error, double aim, std::uint64_t room);

}  // namespace vernier
