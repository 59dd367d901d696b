#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "graph/graph.h"

namespace vernier {

/// Attribute literals: attr("axis", 1), attr("pads", {1, 1, 1, 1}), attr("mode", "linear").
inline Attribute attr(std::string name, std::int64_t value) { return {std::move(name), value}; }
inline Attribute attr(std::string name, int value) {
  return {std::move(name), std::int64_t{value}};
}
inline Attribute attr(std::string name, float value) { return {std::move(name), value}; }
inline Attribute attr(std::string name, const char* value) {
  return {std::move(name), std::string(value)};
}
inline Attribute attr(std::string name, std::initializer_list<std::int64_t> values) {
  return {std::move(name), std::vector<std::int64_t>(values)};
}
inline Attribute attr(std::string name, std::vector<std::int64_t> values) {
  return {std::move(name), std::move(values)};
}
inline Attribute attr(std::string name, std::vector<float> values) {
  return {std::move(name), std::move(values)};
}
inline Attribute attr(std::string name, Tensor value) {
  return {std::move(name), std::move(value)};
}

/// Builds a graph step by step. The first error is kept and returned by build(); after it, calls do
/// nothing and return ValueId::none, so that callers check once.
class GraphBuilder {
 public:
  static constexpr int kDefaultOpset = 24;

  explicit GraphBuilder(std::string name = {}, int opset = kDefaultOpset);

  ValueId input(std::string name, ValueType type);
  ValueId constant(std::string name, Tensor tensor);
  /// Bodies only: a stand-in for the next captured outer value.
  ValueId capture(std::string name, ValueType type = {});
  /// Bodies only: this body does not use the next captured outer value.
  void skip_capture() { graph_.captures.push_back(ValueId::none); }
  /// A node with one output, named `name` (made up when empty) like its output.
  ValueId add(const OpDef* op, std::vector<ValueId> inputs, std::vector<Attribute> attributes = {},
              std::string name = {});
  /// A node with `output_count` outputs.
  std::vector<ValueId> add_many(const OpDef* op, std::vector<ValueId> inputs,
                                std::size_t output_count, std::vector<Attribute> attributes = {},
                                std::string name = {});
  /// A node with ready parameters (fused operators, which no file spells).
  ValueId add_with_params(const OpDef* op, std::vector<ValueId> inputs, Params params,
                          std::string name = {});
  /// If, Loop, Scan: the last `captures` values are what the bodies use from outside.
  std::vector<ValueId> add_with_bodies(const OpDef* op, std::vector<ValueId> inputs,
                                       std::vector<ValueId> captures, std::vector<GraphPtr> bodies,
                                       std::size_t output_count,
                                       std::vector<Attribute> attributes = {},
                                       std::string name = {});
  void output(std::string name, ValueId value);

  /// The graph, verified. Errors: the first error met (unknown operator, attribute refused or left
  /// unread), or what verify() finds.
  Result<Graph> build() &&;

 private:
  std::vector<ValueId> place(Node node, std::size_t output_count);
  bool parse(Node& node);

  Graph graph_;
  int opset_;
  std::optional<Error> error_;
};

}  // namespace vernier
