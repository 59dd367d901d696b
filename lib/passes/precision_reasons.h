#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "graph/graph.h"

namespace vernier {

inline constexpr float kLargestHalf = 65504.0F;
inline constexpr float kLargestBfloat = 3.3895314e38F;
inline constexpr float kLeastNormalHalf = 6.104e-5F;

enum class Trouble : std::uint8_t {
  none,
  exact,  ///< rounding was measured to cost too much
  tiny,   ///< a constant that holds no normal half
  other,
};

/// Why something stays float32: what kind of trouble, and a text for people.
struct Reason {
  Trouble kind = Trouble::none;
  std::string text{};
  [[nodiscard]] bool empty() const noexcept { return kind == Trouble::none; }
  static Reason other(std::string text) { return {Trouble::other, std::move(text)}; }
};

/// How many elements one output element of a reducing operator sums up; 0: unknown.
std::int64_t reduced_elements(const Graph& graph, const Node& node);

/// How many elements are added up inside a reduction or a Softmax; 0: unknown.
std::int64_t summed_elements(const Graph& graph, const Node& node);

/// Whether numbers at this input are added to others, so that tiny ones do not matter.
bool only_added(const Node& node, std::size_t input);

/// What ONNX Runtime's CPU provider (1.32) makes of a node in float16 that the standard allows:
/// operators that it does not run, and what it crashes on.
Reason runtime_trouble(const Graph& graph, const Node& node);

/// What is wrong with a float32 constant that is cast.
Reason constant_trouble(const Tensor& tensor, DType to);

}  // namespace vernier
