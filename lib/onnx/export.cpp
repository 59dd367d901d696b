#include "onnx/export.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <optional>
#include <set>
#include <unordered_set>
#include <utility>

#include "base/file.h"
#include "graph/edit.h"
#include "onnx/import.h"
#include "onnx/joint_softmax.h"
#include "onnx/message_writer.h"
#include "onnx/schema.h"
#include "onnx/wire_writer.h"

namespace vernier::onnx {
namespace {

/// Protobuf refuses messages of 2 GiB; the rest of the model needs room, too.
constexpr std::uint64_t kMaxModelBytes = (std::uint64_t{1} << 31U) - (std::uint64_t{1} << 20U);

namespace graph_field {
constexpr std::uint32_t node = 1, name = 2, initializer = 5, input = 11, output = 12,
                        value_info = 13;
}

/// Gives every value of the model a name that no other has.
class Namer {
 public:
  std::string take(const std::string& wanted, std::string_view spare) {
    std::string name = wanted.empty() ? std::string(spare) : wanted;
    if (used_.insert(name).second) return name;
    for (int suffix = 1;; ++suffix) {
      std::string other = name + "_" + std::to_string(suffix);
      if (used_.insert(other).second) return other;
    }
  }
  void reserve(const std::string& name) { used_.insert(name); }

 private:
  std::unordered_set<std::string> used_;
};

/// An output that is not the result of a node under the output's own name.
struct Alias {
  ValueId value;
  std::string name;
};

/// A node of a written graph, and what it is spelled as.
struct Spelled {
  const Node* as = nullptr;
  NodeForm form;
};

/// The form of a node that is written at all.
Result<Spelled> spell(const Graph& graph, NodeId id, const JointSoftmaxes& joints, int opset,
                      const std::map<ValueId, DType>& types) {
  const Node* joined = joints.written_as(id);
  const Node& as = joined != nullptr ? *joined : graph.node(id);
  VERNIER_ASSIGN(NodeForm form, form_at(graph, as, opset, types));
  if (joined != nullptr) joints.complete(id, form);
  return Spelled{&as, std::move(form)};
}

/// One graph on its way into a file.
struct Drawn {
  const Graph* graph = nullptr;
  std::optional<JointSoftmaxes> joints;
  ValueNames names;
  std::vector<Alias> aliases;  ///< written as Identity
};

class Exporter {
 public:
  Exporter(const Model& model, int opset, const ExportOptions& options)
      : model_(model), opset_(opset), options_(options) {}

  Result<ExportSummary> write(const std::string& path) {
    const auto graphs = all_graphs(model_.graph);
    name_values(graphs);
    for (std::size_t i = graphs.size(); i-- > 1;) {
      VERNIER_ASSIGN(bodies_[graphs[i]], body_message(drawn_.at(graphs[i])));
    }
    return write_main(path);
  }

 private:
  void name_values(const std::vector<const Graph*>& graphs) {
    for (const Graph* graph : graphs) {
      Drawn& drawn = drawn_[graph];
      drawn.graph = graph;
      drawn.joints.emplace(*graph, opset_);
      drawn.names.resize(graph->value_count());
    }
    for (const Graph* graph : graphs) {
      Drawn& drawn = drawn_.at(graph);
      name_ports(drawn, graph == &model_.graph);
      for (std::size_t i = 0; i < graph->value_count(); ++i) {
        if (!drawn.names[i].empty()) continue;
        const Value& value = graph->value(static_cast<ValueId>(i));
        if (value.producer == NodeId::none && !value.constant) continue;
        drawn.names[i] = namer_.take(value.name, "value_" + std::to_string(i));
      }
      hand_down(drawn);
    }
  }

  /// Inputs keep their names; an output names the value it shows, unless that has a name already.
  void name_ports(Drawn& drawn, bool main) {
    const Graph& graph = *drawn.graph;
    if (main) {
      for (const Port& port : graph.inputs) namer_.reserve(port.name);
      for (const Port& port : graph.outputs) namer_.reserve(port.name);
    }
    for (const Port& port : graph.inputs) {
      drawn.names[index_of(port.value)] = main ? port.name : namer_.take(port.name, "input");
    }
    for (const Port& port : graph.outputs) {
      std::string& name = drawn.names[index_of(port.value)];
      const std::string wanted = main ? port.name : namer_.take(port.name, "output");
      if (name.empty() && graph.value(port.value).producer != NodeId::none) {
        name = wanted;
      } else if (name != wanted) {
        drawn.aliases.push_back({port.value, wanted});
      }
    }
  }

  /// Bodies call what they capture by its outer name.
  void hand_down(const Drawn& drawn) {
    const Graph& graph = *drawn.graph;
    for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
      if (!graph.alive(static_cast<NodeId>(i))) continue;
      const Node& node = graph.node(static_cast<NodeId>(i));
      const std::size_t formal = node.formal_input_count();
      for (const GraphPtr& body : node.subgraphs) {
        for (std::size_t k = 0; k < body->captures.size() && formal + k < node.inputs.size(); ++k) {
          const ValueId inner = body->captures[k];
          const ValueId outer = node.inputs[formal + k];
          if (inner == ValueId::none || outer == ValueId::none) continue;
          drawn_.at(body.get()).names[index_of(inner)] = drawn.names[index_of(outer)];
        }
      }
    }
  }

  /// The nodes of a graph, encoded, and the constants that only their forms need.
  Result<std::string> node_messages(const Drawn& drawn, std::string& made) {
    std::string out;
    const Graph& graph = *drawn.graph;
    const std::map<ValueId, DType> none;
    const auto& types = &graph == &model_.graph ? options_.stored_as : none;
    VERNIER_ASSIGN(const auto order, graph.topological_order());
    for (const NodeId id : order) {
      if (drawn.joints->is_absorbed(id)) continue;
      const Node& node = graph.node(id);
      auto spelled = spell(graph, id, *drawn.joints, opset_, types);
      if (!spelled) return with_node(std::move(spelled).error(), node);
      std::vector<std::string> inputs;
      for (const FormInput& input : spelled->form.inputs) {
        if (const auto* value = std::get_if<ValueId>(&input)) {
          inputs.push_back(*value == ValueId::none ? std::string() : drawn.names[index_of(*value)]);
          read_.insert(inputs.back());
        } else {
          inputs.push_back(namer_.take(node.name + "_constant", "constant"));
          put_bytes(made, graph_field::initializer,
                    tensor_message(inputs.back(), std::get<Tensor>(input)));
        }
      }
      put_bytes(out, graph_field::node,
                node_message(node, *spelled->as->op, spelled->form, inputs, drawn.names, bodies_));
    }
    for (const Alias& alias : drawn.aliases) {
      std::string message;
      put_bytes(message, 1, drawn.names[index_of(alias.value)]);
      put_bytes(message, 2, alias.name);
      put_bytes(message, 4, "Identity");
      put_bytes(out, graph_field::node, message);
    }
    return out;
  }

  std::string port_messages(const Drawn& drawn) const {
    std::string out;
    const Graph& graph = *drawn.graph;
    const bool main = &graph == &model_.graph;
    std::set<std::string_view> shown;
    for (const Port& port : graph.inputs) {
      const std::string& name = drawn.names[index_of(port.value)];
      put_bytes(out, graph_field::input, value_info(name, graph.value(port.value).type));
      shown.insert(name);
    }
    std::size_t alias = 0;
    for (const Port& port : graph.outputs) {
      std::string_view name = drawn.names[index_of(port.value)];
      if (alias < drawn.aliases.size() && drawn.aliases[alias].value == port.value &&
          (!main || drawn.aliases[alias].name == port.name)) {
        name = drawn.aliases[alias++].name;
      }
      put_bytes(out, graph_field::output, value_info(name, graph.value(port.value).type));
      shown.insert(name);
    }
    const bool inner = main && options_.value_info;
    for (std::size_t i = 0; inner && i < graph.value_count(); ++i) {
      const Value& value = graph.value(static_cast<ValueId>(i));
      const bool known = value.type.kind == ValueType::Kind::tensor && value.type.ranked &&
                         value.type.dtype != DType::undefined;
      if (!known || value.constant || value.producer == NodeId::none) continue;
      if (drawn.joints->is_absorbed(value.producer)) continue;
      if (shown.count(drawn.names[i]) != 0) continue;
      put_bytes(out, graph_field::value_info, value_info(drawn.names[i], value.type));
    }
    return out;
  }

  /// Constants that a form reads (of this graph or of a body, all of which were written before);
  /// what a body captures is written outside of it.
  [[nodiscard]] std::vector<ValueId> constants_of(const Drawn& drawn) const {
    const Graph& graph = *drawn.graph;
    const std::set<ValueId> captured(graph.captures.begin(), graph.captures.end());
    std::vector<ValueId> out;
    for (std::size_t i = 0; i < graph.value_count(); ++i) {
      const auto id = static_cast<ValueId>(i);
      if (!graph.is_constant(id) || captured.count(id) != 0) continue;
      if (read_.count(drawn.names[i]) != 0 || graph.is_output(id)) out.push_back(id);
    }
    return out;
  }

  Result<std::string> body_message(const Drawn& drawn) {
    std::string made;
    VERNIER_ASSIGN(std::string out, node_messages(drawn, made));
    put_bytes(out, graph_field::name, drawn.graph->name.empty() ? "body" : drawn.graph->name);
    for (const ValueId id : constants_of(drawn)) {
      put_bytes(out, graph_field::initializer,
                tensor_message(drawn.names[index_of(id)], *drawn.graph->value(id).constant));
    }
    out += made;
    out += port_messages(drawn);
    return out;
  }

  /// A weight of the main graph: the encoded message up to its payload, and the payload's place.
  struct Weight {
    const Tensor* tensor = nullptr;
    DType stored = DType::undefined;
    std::string name;
    std::uint64_t bytes = 0;
    std::optional<ExternalPlace> place;
    std::string head;
    [[nodiscard]] std::uint64_t message_bytes() const {
      if (place || stored == DType::string) return head.size();
      std::string tag;
      put_head(tag, 9, bytes);
      return head.size() + tag.size() + bytes;
    }
  };

  std::vector<Weight> weights_of(const Drawn& drawn) const {
    std::vector<Weight> out;
    for (const ValueId id : constants_of(drawn)) {
      Weight weight;
      weight.tensor = &*drawn.graph->value(id).constant;
      const auto stored = options_.stored_as.find(id);
      weight.stored = stored == options_.stored_as.end() ? weight.tensor->dtype() : stored->second;
      weight.name = drawn.names[index_of(id)];
      weight.bytes = payload_bytes(*weight.tensor, weight.stored);
      out.push_back(std::move(weight));
    }
    return out;
  }

  /// Gives large weights a place in the file `location`, page-aligned where that pays.
  void place_outside(std::vector<Weight>& weights, const std::string& location) const {
    std::uint64_t at = 0;
    for (Weight& weight : weights) {
      if (weight.stored == DType::string || weight.bytes < options_.external_least_bytes) continue;
      const std::uint64_t align = weight.bytes >= (std::uint64_t{1} << 20U) ? 4096 : 64;
      at = (at + align - 1) / align * align;
      weight.place = ExternalPlace{location, at, weight.bytes};
      at += weight.bytes;
    }
  }

  static Result<std::uint64_t> write_outside(const std::vector<Weight>& weights, AtomicFile& file) {
    const std::string zeros(4096, '\0');
    for (const Weight& weight : weights) {
      if (!weight.place) continue;
      VERNIER_TRY(
          file.write(std::string_view(zeros).substr(0, weight.place->offset - file.position())));
      VERNIER_TRY(write_payload(*weight.tensor, weight.stored,
                                [&](auto piece) { return file.write(piece); }));
    }
    return file.position();
  }

  Result<ExportSummary> write_main(const std::string& path) {
    const Drawn& drawn = drawn_.at(&model_.graph);
    std::string made;
    VERNIER_ASSIGN(std::string text, node_messages(drawn, made));
    put_bytes(text, graph_field::name, model_.graph_name.empty() ? "graph" : model_.graph_name);
    text += made;
    text += port_messages(drawn);
    std::vector<Weight> weights = weights_of(drawn);
    std::uint64_t inside = text.size();
    for (const Weight& weight : weights) inside += weight.bytes + weight.name.size() + 64;
    const bool large = inside > kMaxModelBytes;
    if (large && options_.external == ExportOptions::External::never) {
      return limit_error("the model would be larger than 2 GiB, which no ONNX file can be",
                         "E-EXPORT-SIZE");
    }
    ExportSummary summary;
    std::optional<AtomicFile> outside;
    if (large || options_.external == ExportOptions::External::always) {
      place_outside(weights, std::filesystem::path(path).filename().string() + ".data");
      if (std::any_of(weights.begin(), weights.end(), [](const Weight& w) { return w.place; })) {
        summary.external_file = path + ".data";
        VERNIER_ASSIGN(outside, AtomicFile::open(summary.external_file));
      }
    }
    VERNIER_ASSIGN(AtomicFile file, AtomicFile::open(path));
    if (outside) {
      VERNIER_ASSIGN(summary.external_bytes, write_outside(weights, *outside));
    }
    std::uint64_t graph_bytes = text.size();
    for (Weight& weight : weights) {
      weight.head = tensor_head(weight.name, *weight.tensor, weight.stored,
                                weight.place ? &*weight.place : nullptr);
      std::string tag;
      put_head(tag, graph_field::initializer, weight.message_bytes());
      graph_bytes += tag.size() + weight.message_bytes();
    }
    summary.opset = opset_;
    summary.ir_version = ir_version();
    summary.nodes = model_.graph.node_count() - drawn.joints->absorbed_count();
    summary.initializers = weights.size();
    std::string head = model_head(summary);
    put_head(head, 7, graph_bytes);
    VERNIER_TRY(file.write(head));
    VERNIER_TRY(file.write(text));
    for (const Weight& weight : weights) VERNIER_TRY(write_weight(weight, file));
    summary.bytes = file.position();
    if (outside) VERNIER_TRY(outside->commit());  // before the model that points at it
    VERNIER_TRY(file.commit());
    return summary;
  }

  static Result<void> write_weight(const Weight& weight, AtomicFile& file) {
    std::string head;
    put_head(head, graph_field::initializer, weight.message_bytes());
    head += weight.head;
    const bool has_payload = !weight.place && weight.stored != DType::string;
    if (has_payload) put_head(head, 9, weight.bytes);
    VERNIER_TRY(file.write(head));
    if (!has_payload) return {};
    return write_payload(*weight.tensor, weight.stored,
                         [&](auto piece) { return file.write(piece); });
  }

  /// A lower opset may go back to an older version of the format; otherwise the file's stays.
  [[nodiscard]] int ir_version() const {
    const int least = ir_version_of(opset_);
    const auto imported = model_.opset_imports.find("");
    const bool down = imported != model_.opset_imports.end() && opset_ < imported->second;
    return down ? least : std::max(least, static_cast<int>(model_.ir_version));
  }

  [[nodiscard]] std::string model_head(const ExportSummary& summary) const {
    std::string out;
    put_number(out, 1, static_cast<std::uint64_t>(summary.ir_version));
    put_bytes(out, 2, options_.producer_name);
    if (!options_.producer_version.empty()) put_bytes(out, 3, options_.producer_version);
    std::set<std::string_view> domains;
    for (const auto& [graph, drawn] : drawn_) {
      for (std::size_t i = 0; i < graph->node_capacity(); ++i) {
        const auto id = static_cast<NodeId>(i);
        if (graph->alive(id)) domains.insert(graph->node(id).op->domain);
      }
    }
    domains.insert("");
    for (const std::string_view domain : domains) {
      const auto imported = model_.opset_imports.find(std::string(domain));
      const int version = domain.empty()                           ? opset_
                          : imported == model_.opset_imports.end() ? 1
                                                                   : imported->second;
      std::string entry;
      if (!domain.empty()) put_bytes(entry, 1, domain);
      put_number(entry, 2, static_cast<std::uint64_t>(version));
      put_bytes(out, 8, entry);
    }
    for (const auto& [key, value] : model_.metadata) {
      std::string entry;
      put_bytes(entry, 1, key);
      put_bytes(entry, 2, value);
      put_bytes(out, 14, entry);
    }
    return out;
  }

  const Model& model_;
  int opset_;
  const ExportOptions& options_;
  Namer namer_;
  std::unordered_set<std::string> read_;  ///< names that forms read
  std::map<const Graph*, Drawn> drawn_;
  BodyMessages bodies_;
};

/// Nodes that have no form at `opset`, with the reasons; no more than `most`.
std::vector<std::pair<const Node*, Error>> find_blockers(const Model& model, int opset,
                                                         const ExportOptions& options,
                                                         std::size_t most) {
  std::vector<std::pair<const Node*, Error>> out;
  const std::map<ValueId, DType> none;
  for (const Graph* graph : all_graphs(model.graph)) {
    const auto& types = graph == &model.graph ? options.stored_as : none;
    const JointSoftmaxes joints(*graph, opset);
    for (std::size_t i = 0; i < graph->node_capacity() && out.size() < most; ++i) {
      const auto id = static_cast<NodeId>(i);
      if (!graph->alive(id) || joints.is_absorbed(id)) continue;
      if (auto spelled = spell(*graph, id, joints, opset, types); !spelled) {
        out.emplace_back(&graph->node(id), std::move(spelled).error());
      }
    }
  }
  return out;
}

}  // namespace

std::vector<ExportBlocker> export_blockers(const Model& model, int opset,
                                           const ExportOptions& options) {
  std::vector<ExportBlocker> out;
  for (auto& [node, error] :
       find_blockers(model, opset, options, std::numeric_limits<std::size_t>::max())) {
    out.push_back({node->name, std::string(node->op->name), error.message});
  }
  return out;
}

Result<int> exported_opset(const Model& model, const ExportOptions& options) {
  const auto imported = model.opset_imports.find("");
  const int own = imported == model.opset_imports.end() ? kNewestOpset : imported->second;
  for (int opset = std::max(own, kOldestOpset); opset <= kNewestOpset; ++opset) {
    auto blockers = find_blockers(model, opset, options, 1);
    if (blockers.empty()) return opset;
    auto& [node, error] = blockers.front();
    if (opset == kNewestOpset) return with_node(std::move(error), *node);
  }
  return kNewestOpset;
}

Result<ExportSummary> export_model(const Model& model, const std::string& path,
                                   const ExportOptions& options) {
  int opset = options.opset;
  if (opset == 0) {
    VERNIER_ASSIGN(opset, exported_opset(model, options));
  } else if (opset < kOldestOpset || opset > kNewestOpset) {
    return usage_error("opset " + std::to_string(opset) + " is outside " +
                           std::to_string(kOldestOpset) + " to " + std::to_string(kNewestOpset),
                       "E-EXPORT-OPSET");
  }
  return Exporter(model, opset, options).write(path);
}

}  // namespace vernier::onnx
