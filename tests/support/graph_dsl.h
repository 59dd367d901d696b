#pragma once

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/builder.h"
#include "graph/evaluate.h"
#include "graph/infer.h"
#include "graph/print.h"
#include "graph/verify.h"
#include "ops/registry.h"

namespace vernier::test {

/// Seeded numbers in [low, high), the same everywhere (64-bit LCG, high bits).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 2654435761U + 1) {}
  float next(float low = -1.0F, float high = 1.0F) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    const auto unit = static_cast<float>(state_ >> 40) / static_cast<float>(1U << 24);
    return low + (high - low) * unit;
  }

 private:
  std::uint64_t state_;
};

inline Tensor random_tensor(const Shape& shape, std::uint64_t seed, float low = -1.0F,
                            float high = 1.0F) {
  Random random(seed);
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (float& value : values) value = random.next(low, high);
  return Tensor::from_float(values, shape);
}

/// A float type from sizes (>= 0) and symbols: f32({"N", 3, 8, 8}).
struct DimLiteral {
  Dim dim;
  DimLiteral(int size) : dim(Dim::known(size)) {}  // NOLINT
  DimLiteral(const char* symbol)
      : dim(*symbol == '?' ? Dim::unknown()  // NOLINT
                           : Dim::named(symbol)) {}
};
inline ValueType typed(DType dtype, std::initializer_list<DimLiteral> dims) {
  ValueType type = ValueType::of(dtype);
  type.ranked = true;
  for (const DimLiteral& dim : dims) type.dims.push_back(dim.dim);
  return type;
}
inline ValueType f32(std::initializer_list<DimLiteral> dims) { return typed(DType::float32, dims); }

/// Builds graphs by operator name; anything wrong fails the test.
class Dsl {
 public:
  explicit Dsl(std::string name = "test") : builder_(std::move(name)) {}

  ValueId input(const std::string& name, ValueType type) {
    return builder_.input(name, std::move(type));
  }
  ValueId constant(Tensor tensor) {
    return builder_.constant("c" + std::to_string(constants_++), std::move(tensor));
  }
  ValueId scalar(float value) { return constant(Tensor::scalar_float(value)); }
  ValueId ints(std::vector<std::int64_t> values) { return constant(Tensor::from_int64(values)); }
  ValueId weight(const Shape& shape, float low = -1.0F, float high = 1.0F) {
    return constant(random_tensor(shape, 1000 + static_cast<std::uint64_t>(constants_), low, high));
  }
  ValueId op(const char* name, std::vector<ValueId> inputs, std::vector<Attribute> attributes = {},
             const char* domain = "") {
    return builder_.add(def(name, domain), std::move(inputs), std::move(attributes));
  }
  std::vector<ValueId> ops(const char* name, std::vector<ValueId> inputs, std::size_t outputs,
                           std::vector<Attribute> attributes = {}) {
    return builder_.add_many(def(name, ""), std::move(inputs), outputs, std::move(attributes));
  }
  void output(const std::string& name, ValueId value) { builder_.output(name, value); }
  GraphBuilder& builder() { return builder_; }
  /// Verified, with types inferred.
  Graph build(bool infer = true) {
    auto graph = std::move(builder_).build();
    if (!graph) FAIL(format_error(graph.error()));
    if (infer) {
      if (const auto inferred = infer_types(*graph); !inferred)
        FAIL(format_error(inferred.error()));
    }
    return std::move(graph).value();
  }

  static const OpDef* def(const char* name, const char* domain = "") {
    const OpDef* found = find_op(domain, name);
    if (found == nullptr) FAIL("operator " << name << " is not registered");
    return found;
  }

 private:
  GraphBuilder builder_;
  int constants_ = 0;
};

/// Nodes of that operator, whatever the domain; bodies are not counted.
inline std::size_t count_ops(const Graph& graph, std::string_view op) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
    const auto id = static_cast<NodeId>(i);
    if (graph.alive(id) && (op.empty() || graph.node(id).op->name == op)) ++count;
  }
  return count;
}

/// The only node of that operator.
inline const Node& only(const Graph& graph, std::string_view op) {
  const Node* found = nullptr;
  for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
    const auto id = static_cast<NodeId>(i);
    if (graph.alive(id) && graph.node(id).op->name == op) found = &graph.node(id);
  }
  INFO(print(graph));
  REQUIRE(found != nullptr);
  REQUIRE(count_ops(graph, op) == 1);
  return *found;
}

inline std::vector<Tensor> evaluate(const Graph& graph, const std::vector<Tensor>& inputs) {
  std::vector<TensorView> views;
  for (const Tensor& tensor : inputs) views.push_back(tensor.view());
  auto outputs = evaluate_graph(graph, views);
  if (!outputs) FAIL(format_error(outputs.error()) << "\n" << print(graph));
  return std::move(outputs).value();
}

/// Largest |a - b| / max(1, |b|); infinite when dtype, shape or NaN positions differ.
inline double distance(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return INFINITY;
  double worst = 0.0;
  for (std::int64_t i = 0; i < a.element_count(); ++i) {
    double x = 0.0;
    double y = 0.0;
    if (a.dtype() == DType::float32) {
      x = a.as<float>()[i];
      y = b.as<float>()[i];
    } else if (a.dtype() == DType::int64) {
      x = static_cast<double>(a.as<std::int64_t>()[i]);
      y = static_cast<double>(b.as<std::int64_t>()[i]);
    } else {
      return INFINITY;
    }
    if (x == y || (std::isnan(x) && std::isnan(y))) continue;
    const double difference = std::abs(x - y) / std::max(1.0, std::abs(y));
    worst = std::isnan(difference) ? double{INFINITY} : std::max(worst, difference);
  }
  return worst;
}

/// Both graphs give the same numbers for the same inputs.
inline void require_same_numbers(const Graph& before, const Graph& after,
                                 const std::vector<Tensor>& inputs, double tolerance = 2e-6) {
  const auto expected = evaluate(before, inputs);
  const auto actual = evaluate(after, inputs);
  REQUIRE(expected.size() == actual.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    INFO("output " << i << "\n" << print(after));
    REQUIRE(before.outputs[i].name == after.outputs[i].name);
    REQUIRE(distance(actual[i], expected[i]) <= tolerance);
  }
}

}  // namespace vernier::test
