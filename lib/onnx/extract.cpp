#include "onnx/extract.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "onnx/ir.h"
#include "onnx/wire_writer.h"

namespace vernier::onnx {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{1} << 31U;

// Field numbers of onnx.proto.
namespace model_field {
constexpr std::uint32_t graph = 7, opset_import = 8, training_info = 20;
}
namespace graph_field {
constexpr std::uint32_t node = 1, initializer = 5, input = 11, output = 12, value_info = 13,
                        quantization_annotation = 14, sparse_initializer = 15;
}

std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string folder_of(const std::string& path) {
  std::error_code ignored;
  const auto folder = std::filesystem::absolute(path, ignored).parent_path();
  const auto real = std::filesystem::canonical(folder, ignored);
  return real.empty() ? folder.string() : real.string();
}

Error no_tensor(const std::string& name, const std::string& why) {
  Error error = usage_error("'" + name + "' " + why, "E-EXTRACT-NAME");
  error.where.tensor = name;
  return error;
}

}  // namespace

Result<std::string_view> ModelExtractor::name_of(const WireReader& reader, const WireField& field) {
  VERNIER_TRY(reader.expect(field, WireType::bytes));
  if (field.bytes.size() > options_.max_name_bytes) {
    return limit_error("a name of " + std::to_string(field.bytes.size()) + " bytes, at most " +
                           std::to_string(options_.max_name_bytes) + " are allowed",
                       "E-LIMIT-NAME");
  }
  if (++value_count_ > options_.max_values) {
    return limit_error("more than " + std::to_string(options_.max_values) + " values",
                       "E-LIMIT-VALUES");
  }
  return field.text();
}

Result<std::string_view> ModelExtractor::name_in(Bytes message, std::uint32_t number) {
  WireReader reader(message, file_->bytes().data());
  std::string_view name;
  while (!reader.done()) {
    VERNIER_ASSIGN(const WireField field, reader.next());
    if (field.number == number) {
      VERNIER_ASSIGN(name, name_of(reader, field));
    }
  }
  return name;
}

Result<bool> ModelExtractor::is_external(Bytes tensor) const {
  WireReader reader(tensor, file_->bytes().data());
  bool external = false;
  while (!reader.done()) {
    VERNIER_ASSIGN(const WireField field, reader.next());
    // data_location is EXTERNAL, or there are entries that say where.
    if (field.number == 14 && field.type == WireType::varint && field.value == 1) external = true;
    if (field.number == 13) external = true;
  }
  return external;
}

Result<ModelExtractor> ModelExtractor::open(const std::string& path, const ImportOptions& options) {
  ModelExtractor extractor;
  extractor.path_ = path;
  extractor.options_ = options;
  VERNIER_ASSIGN(extractor.file_, MappedFile::open(path));
  auto scanned = extractor.scan_model();
  if (scanned) scanned = extractor.make_outline();
  if (!scanned) {
    Error error = std::move(scanned).error();
    error.where.model = path;
    return error;
  }
  return extractor;
}

Result<void> ModelExtractor::scan_model() {
  const Bytes whole = file_->bytes();
  if (whole.size() > kMaxFileBytes) {
    return invalid_model("the file is larger than 2 GiB, which no ONNX file can be",
                         "E-MODEL-SIZE");
  }
  WireReader reader(whole, whole.data());
  std::optional<Bytes> graph;
  while (!reader.done()) {
    const std::size_t begin = reader.offset();
    VERNIER_ASSIGN(const WireField field, reader.next());
    const Bytes raw = whole.subspan(begin, reader.offset() - begin);
    if (field.number == model_field::graph) {
      VERNIER_TRY(reader.expect(field, WireType::bytes));
      if (graph) return reader.error("a second graph");
      graph = field.bytes;
      continue;
    }
    if (field.number == model_field::opset_import) {
      VERNIER_TRY(reader.expect(field, WireType::bytes));
      VERNIER_ASSIGN(const std::string_view domain, name_in(field.bytes, 1));
      WireReader entry(field.bytes, whole.data());
      while (!entry.done()) {
        VERNIER_ASSIGN(const WireField part, entry.next());
        if (part.number == 2) opsets_[canonical_domain(domain)] = static_cast<int>(part.value);
      }
    }
    if (field.number != model_field::training_info) (graph ? after_ : before_).push_back(raw);
  }
  if (!graph) {
    return invalid_model("not a valid ONNX file: it holds no graph", "E-MODEL-PARSE");
  }
  return scan_graph(*graph);
}

Result<void> ModelExtractor::scan_graph(Bytes graph) {
  const std::byte* origin = file_->bytes().data();
  WireReader reader(graph, origin);
  while (!reader.done()) {
    const std::size_t begin = reader.offset();
    VERNIER_ASSIGN(const WireField field, reader.next());
    const Bytes raw(origin + begin, reader.offset() - begin);
    if (field.number >= graph_field::node && field.number <= graph_field::sparse_initializer &&
        field.number != 2 && field.number != 10) {
      VERNIER_TRY(reader.expect(field, WireType::bytes));
    }
    VERNIER_ASSIGN(Item item, scan_item(field, raw));
    const std::size_t at = items_.size();
    switch (item.kind) {
      case Item::Kind::initializer:
        initializers_.emplace(item.name, at);
        break;
      case Item::Kind::input:
        inputs_.emplace(item.name, at);
        declared_.emplace(item.name, at);
        break;
      case Item::Kind::output:
      case Item::Kind::value:
        declared_.emplace(item.name, at);
        break;
      case Item::Kind::node:
        for (const std::string_view output : nodes_[item.index].outputs) {
          if (!producers_.emplace(output, item.index).second) {
            return invalid_model("tensor '" + std::string(output) + "' is produced twice",
                                 "E-MODEL-SSA");
          }
        }
        break;
      case Item::Kind::copy:
      case Item::Kind::annotation:
        break;
    }
    items_.push_back(item);
  }
  return {};
}

Result<ModelExtractor::Item> ModelExtractor::scan_item(const WireField& field, Bytes raw) {
  Item item;
  item.raw = raw;
  item.message = field.bytes;
  switch (field.number) {
    case graph_field::node: {
      if (nodes_.size() >= options_.max_nodes) {
        return limit_error("more than " + std::to_string(options_.max_nodes) + " nodes",
                           "E-LIMIT-NODES");
      }
      item.kind = Item::Kind::node;
      item.index = nodes_.size();
      VERNIER_ASSIGN(NodeScan node, scan_node(field.bytes));
      nodes_.push_back(std::move(node));
      break;
    }
    case graph_field::initializer: {
      item.kind = Item::Kind::initializer;
      VERNIER_ASSIGN(item.name, name_in(field.bytes, 8));
      break;
    }
    case graph_field::sparse_initializer: {
      // Its name is that of its tensor of values.
      item.kind = Item::Kind::initializer;
      WireReader sparse(field.bytes, file_->bytes().data());
      while (!sparse.done()) {
        VERNIER_ASSIGN(const WireField part, sparse.next());
        if (part.number != 1) continue;
        VERNIER_TRY(sparse.expect(part, WireType::bytes));
        VERNIER_ASSIGN(item.name, name_in(part.bytes, 8));
      }
      break;
    }
    case graph_field::input:
    case graph_field::output:
    case graph_field::value_info: {
      item.kind = field.number == graph_field::input    ? Item::Kind::input
                  : field.number == graph_field::output ? Item::Kind::output
                                                        : Item::Kind::value;
      VERNIER_ASSIGN(item.name, name_in(field.bytes, 1));
      break;
    }
    case graph_field::quantization_annotation: {
      item.kind = Item::Kind::annotation;
      VERNIER_ASSIGN(item.name, name_in(field.bytes, 1));
      break;
    }
    default:
      break;
  }
  return item;
}

Result<ModelExtractor::NodeScan> ModelExtractor::scan_node(Bytes message) {
  NodeScan node;
  std::vector<Bytes> bodies;
  WireReader reader(message, file_->bytes().data());
  while (!reader.done()) {
    VERNIER_ASSIGN(const WireField field, reader.next());
    if (field.number == 5) {
      VERNIER_TRY(reader.expect(field, WireType::bytes));
      VERNIER_TRY(scan_attribute(field.bytes, node, bodies));
    } else if (field.number <= 4 || field.number == 7) {
      VERNIER_ASSIGN(const std::string_view name, name_of(reader, field));
      if (field.number == 1 && !name.empty()) node.inputs.push_back(name);
      if (field.number == 2 && !name.empty()) node.outputs.push_back(name);
      if (field.number == 3) node.name = name;
      if (field.number == 4) node.op = name;
      if (field.number == 7) node.domain = canonical_domain(name);
    }
  }
  while (!bodies.empty()) {
    const Bytes body = bodies.back();
    bodies.pop_back();
    VERNIER_TRY(scan_body(body, node, bodies));
  }
  return node;
}

Result<void> ModelExtractor::scan_attribute(Bytes message, NodeScan& node,
                                            std::vector<Bytes>& bodies) {
  WireReader reader(message, file_->bytes().data());
  while (!reader.done()) {
    VERNIER_ASSIGN(const WireField field, reader.next());
    if (field.number == 6 || field.number == 11) {  // g, graphs
      VERNIER_TRY(reader.expect(field, WireType::bytes));
      bodies.push_back(field.bytes);
    } else if (field.number == 5 || field.number == 10) {  // t, tensors
      VERNIER_TRY(reader.expect(field, WireType::bytes));
      VERNIER_ASSIGN(const bool external, is_external(field.bytes));
      node.external = node.external || external;
    }
  }
  return {};
}

/// Every name that a body reads counts as read by the node: those of its own are not found among
/// the tensors of the main graph, because names are unique over a graph and its bodies.
Result<void> ModelExtractor::scan_body(Bytes message, NodeScan& node, std::vector<Bytes>& bodies) {
  WireReader reader(message, file_->bytes().data());
  while (!reader.done()) {
    VERNIER_ASSIGN(const WireField field, reader.next());
    if (field.number == graph_field::node) {
      VERNIER_TRY(reader.expect(field, WireType::bytes));
      WireReader inner(field.bytes, file_->bytes().data());
      while (!inner.done()) {
        VERNIER_ASSIGN(const WireField part, inner.next());
        if (part.number == 1) {
          VERNIER_ASSIGN(const std::string_view name, name_of(inner, part));
          if (!name.empty()) node.inputs.push_back(name);
        } else if (part.number == 5) {
          VERNIER_TRY(inner.expect(part, WireType::bytes));
          VERNIER_TRY(scan_attribute(part.bytes, node, bodies));
        }
      }
    } else if (field.number == graph_field::output) {
      VERNIER_TRY(reader.expect(field, WireType::bytes));
      VERNIER_ASSIGN(const std::string_view name, name_in(field.bytes, 1));
      if (!name.empty()) node.inputs.push_back(name);
    } else if (field.number == graph_field::initializer) {
      VERNIER_TRY(reader.expect(field, WireType::bytes));
      VERNIER_ASSIGN(const bool external, is_external(field.bytes));
      node.external = node.external || external;
    }
  }
  return {};
}

Result<void> ModelExtractor::make_outline() {
  for (const Item& item : items_) {
    if (item.kind == Item::Kind::input && initializers_.count(item.name) == 0) {
      outline_.inputs.emplace_back(item.name);
    }
    if (item.kind == Item::Kind::output) outline_.outputs.emplace_back(item.name);
  }
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const NodeScan& scan = nodes_[i];
    OutlineNode node;
    node.name = scan.name;
    node.op = scan.op;
    node.domain = scan.domain;
    const auto opset = opsets_.find(scan.domain);
    if (opset != opsets_.end()) node.opset = opset->second;
    for (const std::string_view input : scan.inputs) {
      const auto producer = producers_.find(input);
      const bool made = producer != producers_.end();
      if (made && producer->second >= i) {
        Error error = invalid_model(
            "it reads '" + std::string(input) + "', which a later node of the file produces",
            "E-MODEL-ORDER");
        error.where.node = node.name;
        error.where.op = node.op;
        return error;
      }
      const bool given = inputs_.count(input) != 0 && initializers_.count(input) == 0;
      std::string name(input);
      if ((made || given) &&
          std::find(node.inputs.begin(), node.inputs.end(), name) == node.inputs.end()) {
        node.inputs.push_back(std::move(name));
      }
    }
    node.outputs.assign(scan.outputs.begin(), scan.outputs.end());
    outline_.nodes.push_back(std::move(node));
  }
  return {};
}

/// What a part consists of.
struct ModelExtractor::Selection {
  std::vector<bool> nodes;
  std::set<std::string_view> initializers;
  std::set<std::string_view> inputs;  // the model's own or new ones
  std::set<std::string_view> tensors;
};

Result<ModelExtractor::Selection> ModelExtractor::select(const ExtractRequest& request) const {
  Selection part;
  part.nodes.assign(nodes_.size(), false);
  std::set<std::string_view> outputs;
  std::vector<std::string_view> waiting;
  if (request.outputs.empty()) return usage_error("no output is named", "E-EXTRACT-NAME");
  for (const std::string& name : request.outputs) {
    if (producers_.count(name) == 0) return no_tensor(name, "is not the result of a node");
    if (!outputs.insert(name).second) return no_tensor(name, "is named twice");
    waiting.push_back(name);
  }
  std::set<std::string_view> begins;
  for (const std::string& name : request.inputs) {
    if (producers_.count(name) == 0 && inputs_.count(name) == 0) {
      return no_tensor(name, "is not a tensor of the model");
    }
    if (outputs.count(name) != 0) return no_tensor(name, "is named as an input and as an output");
    if (!begins.insert(name).second) return no_tensor(name, "is named twice");
  }
  while (!waiting.empty()) {
    const std::string_view name = waiting.back();
    waiting.pop_back();
    if (!part.tensors.insert(name).second) continue;
    if (begins.count(name) != 0) {
      part.inputs.insert(name);
      continue;
    }
    const auto producer = producers_.find(name);
    if (producer != producers_.end()) {
      if (part.nodes[producer->second]) continue;
      part.nodes[producer->second] = true;
      const NodeScan& node = nodes_[producer->second];
      waiting.insert(waiting.end(), node.inputs.begin(), node.inputs.end());
    } else if (initializers_.count(name) != 0) {
      part.initializers.insert(name);
      // Before IR version 4 an initializer is listed among the inputs.
      if (inputs_.count(name) != 0) part.inputs.insert(name);
    } else if (inputs_.count(name) != 0) {
      if (!request.inputs.empty()) {
        Error error = usage_error(
            "the outputs depend on '" + std::string(name) + "', which is not in the list of inputs",
            "E-EXTRACT-INPUT");
        error.where.tensor = std::string(name);
        return error;
      }
      part.inputs.insert(name);
    }  // else: a name of a body's own
  }
  return part;
}

Result<std::string> ModelExtractor::port(const std::string& name, const ExtractRequest& request,
                                         bool is_input) const {
  const auto given = request.types.find(name);
  const auto declared = declared_.find(name);
  if (given != request.types.end() && given->second.dtype != DType::undefined &&
      given->second.kind == ValueType::Kind::tensor) {
    return value_info(name, given->second);
  }
  if (declared != declared_.end()) return std::string(as_text(items_[declared->second].message));
  if (is_input) {
    Error error = unsupported("the type of '" + name + "' is not known, so it cannot be an input",
                              "E-EXTRACT-TYPE");
    error.where.tensor = name;
    return error;
  }
  return value_info(name, ValueType::unknown());
}

Result<ExtractSummary> ModelExtractor::write(const ExtractRequest& request,
                                             const std::string& file) const {
  VERNIER_ASSIGN(const Selection part, select(request));
  ExtractSummary summary;
  std::string ports;  // new inputs and outputs, encoded
  const std::set<std::string_view> outputs(request.outputs.begin(), request.outputs.end());
  for (const std::string_view name : part.inputs) {
    if (inputs_.count(name) != 0 && request.types.count(std::string(name)) == 0) continue;
    VERNIER_ASSIGN(const std::string info, port(std::string(name), request, true));
    put_bytes(ports, graph_field::input, info);
  }
  for (const std::string& name : request.outputs) {
    VERNIER_ASSIGN(const std::string info, port(name, request, false));
    put_bytes(ports, graph_field::output, info);
  }
  std::vector<Bytes> kept;
  std::uint64_t graph_bytes = ports.size();
  for (const Item& item : items_) {
    bool keep = true;
    switch (item.kind) {
      case Item::Kind::copy:
        break;
      case Item::Kind::node:
        keep = part.nodes[item.index];
        if (keep) ++summary.nodes;
        summary.external_data = summary.external_data || (keep && nodes_[item.index].external);
        break;
      case Item::Kind::initializer:
        keep = part.initializers.count(item.name) != 0;
        if (keep) {
          ++summary.initializers;
          VERNIER_ASSIGN(const bool external, is_external(item.message));
          summary.external_data = summary.external_data || external;
        }
        break;
      case Item::Kind::input:
        keep =
            part.inputs.count(item.name) != 0 && request.types.count(std::string(item.name)) == 0;
        break;
      case Item::Kind::output:
        keep = false;
        break;
      case Item::Kind::value:
        keep = part.tensors.count(item.name) != 0 && part.inputs.count(item.name) == 0 &&
               outputs.count(item.name) == 0;
        break;
      case Item::Kind::annotation:
        keep = part.tensors.count(item.name) != 0;
        break;
    }
    if (!keep) continue;
    kept.push_back(item.raw);
    graph_bytes += item.raw.size();
  }
  if (summary.external_data && folder_of(file) != folder_of(path_)) {
    return unsupported("weights lie in other files beside '" + path_ +
                           "', so a part of the model can only be written into the same folder",
                       "E-EXTRACT-EXTERNAL");
  }
  summary.inputs.assign(part.inputs.begin(), part.inputs.end());
  VERNIER_ASSIGN(AtomicFile out, AtomicFile::open(file));
  for (const Bytes raw : before_) VERNIER_TRY(out.write(raw));
  std::string head;
  put_head(head, model_field::graph, graph_bytes);
  VERNIER_TRY(out.write(as_bytes_of(head)));
  for (const Bytes raw : kept) VERNIER_TRY(out.write(raw));
  VERNIER_TRY(out.write(as_bytes_of(ports)));
  for (const Bytes raw : after_) VERNIER_TRY(out.write(raw));
  summary.bytes = out.position();
  VERNIER_TRY(out.commit());
  MappedFile::drop_pages(file_->bytes().data(), file_->bytes().size());
  return summary;
}

}  // namespace vernier::onnx
