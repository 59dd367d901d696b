#include "graph/builder.h"

#include "graph/verify.h"

namespace vernier {

GraphBuilder::GraphBuilder(std::string name, int opset) : opset_(opset) {
  graph_.name = std::move(name);
}

ValueId GraphBuilder::input(std::string name, ValueType type) {
  const ValueId id = graph_.add_value(name, std::move(type));
  graph_.inputs.push_back({std::move(name), id});
  return id;
}

ValueId GraphBuilder::constant(std::string name, Tensor tensor) {
  return graph_.add_constant(std::move(name), std::move(tensor));
}

ValueId GraphBuilder::capture(std::string name, ValueType type) {
  const ValueId id = graph_.add_value(std::move(name), std::move(type));
  graph_.captures.push_back(id);
  return id;
}

ValueId GraphBuilder::add(const OpDef* op, std::vector<ValueId> inputs,
                          std::vector<Attribute> attributes, std::string name) {
  return add_many(op, std::move(inputs), 1, std::move(attributes), std::move(name)).front();
}

std::vector<ValueId> GraphBuilder::add_many(const OpDef* op, std::vector<ValueId> inputs,
                                            std::size_t output_count,
                                            std::vector<Attribute> attributes, std::string name) {
  return add_with_bodies(op, std::move(inputs), {}, {}, output_count, std::move(attributes),
                         std::move(name));
}

ValueId GraphBuilder::add_with_params(const OpDef* op, std::vector<ValueId> inputs, Params params,
                                      std::string name) {
  Node node;
  node.op = op;
  node.name = std::move(name);
  node.inputs = std::move(inputs);
  node.parameters = std::move(params);
  return place(std::move(node), 1).front();
}

std::vector<ValueId> GraphBuilder::add_with_bodies(const OpDef* op, std::vector<ValueId> inputs,
                                                   std::vector<ValueId> captures,
                                                   std::vector<GraphPtr> bodies,
                                                   std::size_t output_count,
                                                   std::vector<Attribute> attributes,
                                                   std::string name) {
  Node node;
  node.op = op;
  node.name = std::move(name);
  node.inputs = std::move(inputs);
  node.captured = captures.size();
  node.inputs.insert(node.inputs.end(), captures.begin(), captures.end());
  node.subgraphs = std::move(bodies);
  node.attributes = std::move(attributes);
  if (!parse(node)) return std::vector<ValueId>(output_count, ValueId::none);
  return place(std::move(node), output_count);
}

bool GraphBuilder::parse(Node& node) {
  if (error_) return false;
  if (node.op == nullptr) {
    error_ = internal_error("node '" + node.name + "' has no operator");
    return false;
  }
  AttrReader reader(node.attributes);
  auto params = node.op->parse(reader, opset_);
  if (!params) {
    error_ = with_node(std::move(params).error(), node);
    return false;
  }
  if (const auto unread = reader.unread(); !unread.empty()) {
    error_ = with_node(
        unsupported("attribute '" + unread.front() + "' is not known", "E-UNSUPPORTED-ATTR"), node);
    return false;
  }
  node.parameters = std::move(params).value();
  return true;
}

std::vector<ValueId> GraphBuilder::place(Node node, std::size_t output_count) {
  std::vector<ValueId> outputs(output_count, ValueId::none);
  if (error_) return outputs;
  if (node.op == nullptr) {
    error_ = internal_error("node '" + node.name + "' has no operator");
    return outputs;
  }
  node.opset = opset_;
  if (node.name.empty()) {
    node.name = std::string(node.op->name) + "_" + std::to_string(graph_.node_capacity());
  }
  for (const ValueId input : node.inputs) {
    if (input != ValueId::none && index_of(input) >= graph_.value_count()) {
      error_ = internal_error("node '" + node.name + "' reads a value of another graph");
      return outputs;
    }
  }
  for (std::size_t i = 0; i < output_count; ++i) {
    outputs[i] = graph_.add_value(i == 0 ? node.name : node.name + ":" + std::to_string(i));
  }
  node.outputs = outputs;
  graph_.add_node(std::move(node));
  return outputs;
}

void GraphBuilder::output(std::string name, ValueId value) {
  graph_.outputs.push_back({std::move(name), value});
}

Result<Graph> GraphBuilder::build() && {
  if (error_) return *std::move(error_);
  VERNIER_TRY(verify(graph_));
  return std::move(graph_);
}

}  // namespace vernier
