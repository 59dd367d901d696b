#include "onnx/reader.h"

#include <algorithm>

#include "onnx/type_proto.h"

namespace vernier::onnx {

std::string function_key(std::string_view domain, std::string_view name,
                         std::string_view overload) {
  std::string key(canonical_domain(domain));
  key += '\x1f';  // a separator that cannot appear in a readable name
  key += name;
  key += '\x1f';
  key += overload;
  return key;
}

std::string_view label_of(const NodeIr& node) {
  if (!node.name.empty()) return node.name;
  for (const std::string_view output : node.outputs) {
    if (!output.empty()) return output;
  }
  return node.op;
}

Error with_node(Error error, const NodeIr& node) {
  if (!error.where.node.empty() || !error.where.op.empty()) return error;
  error.where.node = std::string(label_of(node));
  error.where.op = node.domain.empty() ? std::string(node.op)
                                       : std::string(node.domain) + "." + std::string(node.op);
  error.where.opset = node.opset;
  return error;
}

Result<std::string_view> ModelReader::name_of(const WireReader& reader,
                                              const WireField& field) const {
  VERNIER_TRY(reader.expect(field, WireType::bytes));
  if (field.bytes.size() > options_.max_name_bytes) {
    return limit_error("a name of " + std::to_string(field.bytes.size()) + " bytes, at most " +
                           std::to_string(options_.max_name_bytes) + " are allowed",
                       "E-LIMIT-NAME");
  }
  return field.text();
}

int ModelReader::add_graph(Bytes message, int depth, std::shared_ptr<const Opsets> opsets) {
  const auto index = static_cast<int>(model_.graphs.size());
  model_.graphs.emplace_back().depth = depth;
  pending_.push_back({message, index, std::move(opsets)});
  return index;
}

Result<ModelIr> ModelReader::read(Bytes file) {
  WireReader reader(file, source_.origin());
  std::optional<Bytes> graph;
  std::vector<Bytes> functions;
  bool training = false;
  while (!reader.done()) {
    VERNIER_ASSIGN(const WireField field, reader.next());
    const bool message = field.type == WireType::bytes;
    switch (field.number) {
      case 1:
        VERNIER_TRY(reader.expect(field, WireType::varint));
        model_.ir_version = field.as_int();
        break;
      case 2:
      case 3: {
        VERNIER_ASSIGN(const auto text, name_of(reader, field));
        (field.number == 2 ? model_.producer_name : model_.producer_version) = std::string(text);
        break;
      }
      case 7:
        VERNIER_TRY(reader.expect(field, WireType::bytes));
        if (graph) return reader.error("a second graph");
        graph = field.bytes;
        break;
      case 8:
        VERNIER_TRY(reader.expect(field, WireType::bytes));
        VERNIER_TRY(read_opset_import(field.bytes, model_.opset_imports));
        break;
      case 14:
        VERNIER_TRY(reader.expect(field, WireType::bytes));
        VERNIER_TRY(read_metadata(field.bytes));
        break;
      case 20:
        training = true;
        break;
      case 25:
        if (!message) VERNIER_TRY(reader.expect(field, WireType::bytes));
        functions.push_back(field.bytes);
        break;
      default:
        break;
    }
  }
  if (!graph) {
    return invalid_model("not a valid ONNX file: it holds no graph", "E-MODEL-PARSE");
  }
  if (model_.ir_version > kNewestIrVersion) {
    return unsupported("IR version " + std::to_string(model_.ir_version) +
                           ", the newest known is " + std::to_string(kNewestIrVersion),
                       "E-UNSUPPORTED-IR");
  }
  if (training) model_.notes.emplace_back("training information in the file is not used");
  add_graph(*graph, 0, std::make_shared<const Opsets>(model_.opset_imports));
  VERNIER_TRY(read_pending());
  for (const Bytes function : functions) VERNIER_TRY(read_function(function));
  return std::move(model_);
}

Result<void> ModelReader::read_opset_import(Bytes message, Opsets& opsets) {
  WireReader reader(message, source_.origin());
  std::string_view domain;
  std::int64_t version = 0;
  while (!reader.done()) {
    VERNIER_ASSIGN(const WireField field, reader.next());
    if (field.number == 1) {
      VERNIER_ASSIGN(domain, name_of(reader, field));
    } else if (field.number == 2) {
      VERNIER_TRY(reader.expect(field, WireType::varint));
      version = field.as_int();
    }
  }
  if (version < 1 || version > 1'000'000) {
    return invalid_model("opset version " + std::to_string(version) + " of domain '" +
                             std::string(domain) + "' makes no sense",
                         "E-MODEL-OPSET");
  }
  const std::string key(canonical_domain(domain));
  const auto [at, inserted] = opsets.emplace(key, static_cast<int>(version));
  if (!inserted && at->second != version) {
    return invalid_model("domain '" + key + "' is imported with two opset versions",
                         "E-MODEL-OPSET");
  }
  return {};
}

Result<void> ModelReader::read_metadata(Bytes message) {
  WireReader reader(message, source_.origin());
  std::string key;
  std::string value;
  while (!reader.done()) {
    VERNIER_ASSIGN(const WireField field, reader.next());
    if (field.number != 1 && field.number != 2) continue;
    VERNIER_TRY(reader.expect(field, WireType::bytes));
    (field.number == 1 ? key : value) = std::string(field.text());
  }
  model_.metadata[std::move(key)] = std::move(value);
  return {};
}

Result<void> ModelReader::read_pending() {
  while (!pending_.empty()) {
    const Pending next = std::move(pending_.back());
    pending_.pop_back();
    VERNIER_TRY(read_graph(next));
  }
  return {};
}

Result<void> ModelReader::read_graph(const Pending& pending) {
  GraphIr& graph = model_.graphs[static_cast<std::size_t>(pending.graph)];
  WireReader reader(pending.message, source_.origin());
  while (!reader.done()) {
    VERNIER_ASSIGN(const WireField field, reader.next());
    switch (field.number) {
      case 1:
        VERNIER_TRY(reader.expect(field, WireType::bytes));
        VERNIER_TRY(read_node(field.bytes, pending));
        break;
      case 2: {
        VERNIER_ASSIGN(graph.name, name_of(reader, field));
        break;
      }
      case 5:
        VERNIER_TRY(reader.expect(field, WireType::bytes));
        VERNIER_TRY(read_initializer(field.bytes, graph));
        break;
      case 15:
        VERNIER_TRY(reader.expect(field, WireType::bytes));
        VERNIER_TRY(read_sparse_initializer(field.bytes, graph));
        break;
      case 11:
      case 12:
      case 13: {
        VERNIER_TRY(reader.expect(field, WireType::bytes));
        if (++value_count_ > options_.max_values) {
          return limit_error("more than " + std::to_string(options_.max_values) + " values",
                             "E-LIMIT-VALUES");
        }
        VERNIER_ASSIGN(PortIr port, read_value_info(field.bytes));
        if (field.number == 13) {
          graph.types.emplace(port.name, std::move(port.type));
        } else {
          (field.number == 11 ? graph.inputs : graph.outputs).push_back(std::move(port));
        }
        break;
      }
      default:
        break;
    }
  }
  return {};
}

Result<void> ModelReader::read_initializer(Bytes message, GraphIr& graph) {
  VERNIER_ASSIGN(NamedTensor named, read_tensor(message, source_));
  if (named.name.empty()) return invalid_model("an initializer has no name", "E-MODEL-NAME");
  if (named.name.size() > options_.max_name_bytes) {
    return limit_error("an initializer's name is too long", "E-LIMIT-NAME");
  }
  graph.constants.emplace_back(named.name, std::move(named.tensor));
  return {};
}

Result<void> ModelReader::read_sparse_initializer(Bytes message, GraphIr& graph) {
  VERNIER_ASSIGN(NamedSparseTensor named, read_sparse_tensor(message, source_));
  if (named.name.empty()) return invalid_model("an initializer has no name", "E-MODEL-NAME");
  VERNIER_ASSIGN(Tensor dense, densify(named.tensor, source_.budget()));
  graph.constants.emplace_back(named.name, std::move(dense));
  return {};
}

Result<PortIr> ModelReader::read_value_info(Bytes message) {
  WireReader reader(message, source_.origin());
  PortIr port;
  while (!reader.done()) {
    VERNIER_ASSIGN(const WireField field, reader.next());
    if (field.number == 1) {
      VERNIER_ASSIGN(port.name, name_of(reader, field));
    } else if (field.number == 2) {
      VERNIER_TRY(reader.expect(field, WireType::bytes));
      auto type = read_type(field.bytes, source_.origin());
      if (!type) {
        Error error = std::move(type).error();
        error.where.tensor = std::string(port.name);
        if (!port.name.empty()) {
          error.message = "value '" + std::string(port.name) + "': " + error.message;
        }
        return error;
      }
      port.type = std::move(type).value();
    }
  }
  if (port.name.empty()) {
    return invalid_model("a graph input, output or value has no name", "E-MODEL-NAME");
  }
  return port;
}

Result<void> ModelReader::read_node(Bytes message, const Pending& pending) {
  if (++node_count_ > options_.max_nodes) {
    return limit_error("more than " + std::to_string(options_.max_nodes) + " nodes",
                       "E-LIMIT-NODES");
  }
  WireReader reader(message, source_.origin());
  NodeIr node;
  std::vector<Bytes> attributes;
  while (!reader.done()) {
    VERNIER_ASSIGN(const WireField field, reader.next());
    switch (field.number) {
      case 1:
      case 2: {
        if (++value_count_ > options_.max_values) {
          return limit_error("more than " + std::to_string(options_.max_values) + " values",
                             "E-LIMIT-VALUES");
        }
        VERNIER_ASSIGN(const auto name, name_of(reader, field));
        (field.number == 1 ? node.inputs : node.outputs).push_back(name);
        break;
      }
      case 3: {
        VERNIER_ASSIGN(node.name, name_of(reader, field));
        break;
      }
      case 4: {
        VERNIER_ASSIGN(node.op, name_of(reader, field));
        break;
      }
      case 5:
        VERNIER_TRY(reader.expect(field, WireType::bytes));
        if (attributes.size() >= options_.max_attributes) {
          return limit_error(
              "a node has more than " + std::to_string(options_.max_attributes) + " attributes",
              "E-LIMIT-ATTRIBUTES");
        }
        attributes.push_back(field.bytes);
        break;
      case 7: {
        VERNIER_ASSIGN(const auto domain, name_of(reader, field));
        node.domain = canonical_domain(domain);
        break;
      }
      case 8: {
        VERNIER_ASSIGN(node.overload, name_of(reader, field));
        break;
      }
      default:
        break;
    }
  }
  if (node.op.empty()) {
    return with_node(invalid_model("a node has no operator", "E-MODEL-NODE"), node);
  }
  while (!node.inputs.empty() && node.inputs.back().empty()) node.inputs.pop_back();
  const auto opset = pending.opsets->find(std::string(node.domain));
  node.opset = opset == pending.opsets->end() ? 0 : opset->second;
  for (const Bytes attribute : attributes) {
    auto read = read_attribute(attribute, pending);
    if (!read) return with_node(std::move(read).error(), node);
    const bool twice =
        std::any_of(node.attributes.begin(), node.attributes.end(),
                    [&](const AttributeIr& other) { return other.name == read->name; });
    if (twice) {
      return with_node(invalid_model("attribute '" + std::string(read->name) + "' appears twice",
                                     "E-MODEL-ATTR"),
                       node);
    }
    node.attributes.push_back(std::move(read).value());
  }
  model_.graphs[static_cast<std::size_t>(pending.graph)].nodes.push_back(std::move(node));
  return {};
}

Result<void> ModelReader::read_function(Bytes message) {
  WireReader reader(message, source_.origin());
  FunctionIr function;
  std::string_view domain;
  std::string_view overload;
  Opsets opsets;
  std::vector<Bytes> defaults;
  while (!reader.done()) {
    VERNIER_ASSIGN(const WireField field, reader.next());
    switch (field.number) {
      case 1: {
        VERNIER_ASSIGN(function.name, name_of(reader, field));
        break;
      }
      case 4: {
        VERNIER_ASSIGN(const auto name, name_of(reader, field));
        function.inputs.push_back(name);
        break;
      }
      case 5: {
        VERNIER_ASSIGN(const auto name, name_of(reader, field));
        function.outputs.push_back(name);
        break;
      }
      case 6: {
        VERNIER_ASSIGN(const auto name, name_of(reader, field));
        function.attributes.push_back(name);
        break;
      }
      case 9:
        VERNIER_TRY(reader.expect(field, WireType::bytes));
        VERNIER_TRY(read_opset_import(field.bytes, opsets));
        break;
      case 10: {
        VERNIER_ASSIGN(domain, name_of(reader, field));
        break;
      }
      case 11:
        VERNIER_TRY(reader.expect(field, WireType::bytes));
        defaults.push_back(field.bytes);
        break;
      case 13: {
        VERNIER_ASSIGN(overload, name_of(reader, field));
        break;
      }
      default:
        break;
    }
  }
  auto shared = std::make_shared<const Opsets>(opsets.empty() ? model_.opset_imports : opsets);
  // The nodes of a function are its `node` field (7), a graph's are field 1: a second walk.
  const auto index = static_cast<int>(model_.graphs.size());
  model_.graphs.emplace_back();
  const Pending self{message, index, shared};
  WireReader nodes(message, source_.origin());
  while (!nodes.done()) {
    VERNIER_ASSIGN(const WireField field, nodes.next());
    if (field.number != 7) continue;
    VERNIER_TRY(nodes.expect(field, WireType::bytes));
    VERNIER_TRY(read_node(field.bytes, self));
  }
  for (const Bytes attribute : defaults) {
    VERNIER_ASSIGN(AttributeIr read, read_attribute(attribute, self));
    function.defaults.push_back(std::move(read));
  }
  VERNIER_TRY(read_pending());
  function.graph = index;
  const std::string key = function_key(domain, function.name, overload);
  const std::string name(function.name);
  if (!model_.functions.emplace(key, std::move(function)).second) {
    return invalid_model("function '" + name + "' is defined twice", "E-MODEL-FUNCTION");
  }
  return {};
}

}  // namespace vernier::onnx
