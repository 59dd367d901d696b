#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "backend/backend.h"
#include "graph/graph.h"

namespace vernier {

/// A window into the buffer of a node's first input.
struct ViewSpec {
  Strides strides;
  std::int64_t offset = 0;  ///< elements from the first element of the input's view
};

/// True for operators that only re-read their first input in another order or shape: Identity,
/// Reshape, Flatten, Squeeze, Unsqueeze, Transpose, Slice, Split, Expand, Dropout (inference).
bool is_view_op(const Node& node);

/// Windows for the node's outputs, given the input's shape and strides; nullopt when this input
/// order does not allow one (a Reshape across a gap): then a dense copy of the input does.
/// `inputs[1..]` carry the constants (axes, starts, ...); a needed one that is not constant:
/// nullopt.
std::optional<std::vector<ViewSpec>> view_of(const Node& node, std::span<const ValueDesc> inputs,
                                             std::span<const ValueDesc> outputs);

/// Strides that give `to` as a view of (`from`, `strides`), when no copy is needed.
std::optional<Strides> reshape_strides(const Shape& from, const Strides& strides, const Shape& to);

}  // namespace vernier
