#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <vector>

#include "api/convert_verify.h"
#include "engine/rounding_effects.h"
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

/// Those, and what rounding each to `to` does.
Result<std::vector<RoundedConstant>> measure_constants(
    Model& model, DType to, std::span<const std::vector<NamedTensor>> inputs,
    const TrialOptions& trial);

/// What the outputs are off when errors of single constants are independent. One set of inputs says
/// less than this sum: there errors cancel by chance.
double expected_error(const std::vector<RoundedConstant>& measured);

/// Constants to keep in fp32 so that the error of the outputs falls from `error` to `aim`, or as
/// far as `room` bytes allow: those with the largest part of the squared error per byte, errors of
/// single constants being taken for independent. A node that has to compute in fp32 for it costs
/// two Casts.
std::set<PlacedValue> choose_exact(Graph& graph, const std::vector<RoundedConstant>& measured,
                                   double error, double aim, std::uint64_t room);

/// Values that nodes make, next to each other in the order in which nodes run, rounded together.
struct RoundedValues {
  std::vector<ValueId> values;
  double effect = 0.0;  ///< relative L2 of the outputs
};

/// Every value, in groups where there are too many to measure one by one.
Result<std::vector<RoundedValues>> measure_values(ValueRounding& rounding);

/// Which of these values are made or read by a node that is not among `kept`, parallel to `values`.
std::vector<bool> rounded_values(const Graph& graph, const std::vector<ValueId>& values,
                                 const std::set<NodeId>& kept);

/// Values to keep in fp32 so that the error of the outputs falls from `error` (all of them rounded)
/// to `aim`: those with the largest effects, which are taken for independent.
std::set<PlacedValue> choose_exact_values(std::vector<RoundedValues> measured, double error,
                                          double aim);

}  // namespace vernier
