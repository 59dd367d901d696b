#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "graph/attribute.h"
#include "graph/value_type.h"
#include "tensor/tensor.h"

namespace vernier::onnx {

/// The model between the file and the Graph: names instead of ids, every graph (main, bodies,
/// function bodies) in one flat list, so that inlining and upgrading are loops over lists. Names
/// are views into the file or into ModelIr::pool.
struct AttributeIr {
  std::string_view name;
  std::string_view reference;  ///< in functions: the function's attribute this one stands for
  AttributeValue value;        ///< unless graphs or a reference
  std::vector<int> graphs;     ///< indices into ModelIr::graphs
  bool is_graph = false;       ///< one graph (`g`)
  bool is_graphs = false;      ///< a list of them (`graphs`)
};

struct NodeIr {
  std::string_view name;
  std::string_view op;
  std::string_view domain;  ///< "ai.onnx" already turned into ""
  std::string_view overload;
  int opset = 0;  ///< of its domain, as imported where the node stands; 0: not imported
  std::vector<std::string_view> inputs;
  std::vector<std::string_view> outputs;
  std::vector<AttributeIr> attributes;
};

struct PortIr {
  std::string_view name;
  ValueType type;
};

struct GraphIr {
  std::string_view name;
  int depth = 0;  ///< 0: the main graph or a function's body
  std::vector<NodeIr> nodes;
  std::vector<PortIr> inputs;
  std::vector<PortIr> outputs;
  std::vector<std::pair<std::string_view, Tensor>> constants;
  std::unordered_map<std::string_view, ValueType> types;  ///< value_info
};

struct FunctionIr {
  std::string_view name;
  std::vector<std::string_view> inputs;
  std::vector<std::string_view> outputs;
  std::vector<std::string_view> attributes;  ///< without default
  std::vector<AttributeIr> defaults;
  int graph = -1;
};

/// Domain, name and overload in one key.
std::string function_key(std::string_view domain, std::string_view name, std::string_view overload);

struct ModelIr {
  std::int64_t ir_version = 0;
  std::map<std::string, int> opset_imports;
  std::string producer_name;
  std::string producer_version;
  std::map<std::string, std::string> metadata;
  std::deque<GraphIr> graphs;  ///< [0] is the main graph; a body comes after the graph that owns it
  std::map<std::string, FunctionIr> functions;
  std::deque<std::string> pool;  ///< generated names; stable addresses
  std::vector<std::string> notes;

  std::string_view intern(std::string text) { return pool.emplace_back(std::move(text)); }
};

/// "" for the default domain under either of its names.
inline std::string_view canonical_domain(std::string_view domain) {
  return domain == "ai.onnx" ? std::string_view{} : domain;
}

/// How messages call a node: its name, or the name of its first output.
std::string_view label_of(const NodeIr& node);

/// Adds the node to an error that has none yet.
Error with_node(Error error, const NodeIr& node);

}  // namespace vernier::onnx
