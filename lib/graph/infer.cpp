#include "graph/infer.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace vernier {
namespace {

using KnownInts = std::map<ValueId, std::vector<Dim>>;

constexpr std::int64_t kMaxKnownInts = 1024;

std::optional<std::vector<Dim>> ints_of_constant(const Tensor& tensor) {
  if (tensor.element_count() > kMaxKnownInts || !tensor.aligned()) return std::nullopt;
  std::vector<Dim> dims;
  // Negative elements are values, not unknowns; Dim cannot hold them, so the caller asks
  // constant().
  const auto push = [&](std::int64_t v) { dims.push_back(Dim{v, {}}); };
  if (tensor.dtype() == DType::int64) {
    for (const auto v : tensor.span<std::int64_t>()) push(v);
  } else if (tensor.dtype() == DType::int32) {
    for (const auto v : tensor.span<std::int32_t>()) push(v);
  } else {
    return std::nullopt;
  }
  for (const Dim& dim : dims) {
    if (dim.value < 0) return std::nullopt;
  }
  return dims;
}

/// How far a known type may complete an inferred one.
enum class Trust {
  dtype_only,  ///< what inference leaves open depends on data: a file's word does not decide it
  shape,       ///< rank, sizes and symbols too
};

/// The inferred type, completed from the known one; error when the two contradict each other in
/// what is trusted.
Result<ValueType> merge(const ValueType& declared, const ValueType& inferred, Trust trust) {
  ValueType merged = inferred;
  if (declared.kind != inferred.kind && declared.dtype != DType::undefined &&
      inferred.dtype != DType::undefined) {
    return invalid_model(
        "declared as " + to_string(declared) + ", but it is " + to_string(inferred),
        "E-MODEL-DTYPE");
  }
  if (merged.dtype == DType::undefined) merged.dtype = declared.dtype;
  if (declared.dtype != DType::undefined && merged.dtype != declared.dtype) {
    return invalid_model(
        "declared as " + to_string(declared) + ", but it is " + to_string(inferred),
        "E-MODEL-DTYPE");
  }
  if (!declared.ranked) return merged;
  if (!merged.ranked) {
    if (trust == Trust::dtype_only) return merged;
    merged.ranked = true;
    merged.dims = declared.dims;
    return merged;
  }
  const auto contradiction = [&]() -> Result<ValueType> {
    if (trust == Trust::dtype_only) return merged;  // exporters get shapes wrong
    return invalid_model(
        "declared as " + to_string(declared) + ", but it is " + to_string(inferred),
        "E-MODEL-SHAPE");
  };
  if (merged.dims.size() != declared.dims.size()) return contradiction();
  for (std::size_t i = 0; i < merged.dims.size(); ++i) {
    const Dim& want = declared.dims[i];
    Dim& have = merged.dims[i];
    if (want.is_known() && have.is_known() && want.value != have.value) return contradiction();
    if (trust == Trust::dtype_only || have.is_known()) continue;
    if (want.is_known() || have.symbol.empty()) have = want;
  }
  return merged;
}

/// InferContext of one node during a walk.
class NodeInference final : public InferContext {
 public:
  NodeInference(Graph& graph, const Node& node, KnownInts& known, const InferOptions& options,
                int depth)
      : graph_(graph), node_(node), known_(known), options_(options), depth_(depth) {
    results_.resize(node.outputs.size());
  }
  [[nodiscard]] const OpParams& params() const override { return node_.params(); }
  [[nodiscard]] int opset() const override { return node_.opset; }
  [[nodiscard]] std::size_t input_count() const override { return node_.formal_input_count(); }
  [[nodiscard]] std::size_t output_count() const override { return node_.outputs.size(); }
  [[nodiscard]] bool has_input(std::size_t i) const override {
    return i < input_count() && node_.inputs[i] != ValueId::none;
  }
  [[nodiscard]] bool has_output(std::size_t i) const override {
    return i < node_.outputs.size() && node_.outputs[i] != ValueId::none;
  }
  [[nodiscard]] const ValueType& input(std::size_t i) const override {
    static const ValueType kNone = ValueType::unknown();
    return has_input(i) ? graph_.value(node_.inputs[i]).type : kNone;
  }
  [[nodiscard]] const Tensor* constant(std::size_t i) const override {
    if (!has_input(i)) return nullptr;
    const auto& tensor = graph_.value(node_.inputs[i]).constant;
    return tensor && tensor->aligned() ? &*tensor : nullptr;
  }
  [[nodiscard]] std::optional<std::vector<Dim>> known_ints(std::size_t i) const override {
    if (!has_input(i)) return std::nullopt;
    const ValueId id = node_.inputs[i];
    if (const auto& tensor = graph_.value(id).constant) return ints_of_constant(*tensor);
    const auto at = known_.find(id);
    if (at == known_.end()) return std::nullopt;
    return at->second;
  }
  void set_output(std::size_t i, ValueType type) override {
    if (i < results_.size()) results_[i] = std::move(type);
  }
  void set_known_ints(std::size_t i, std::vector<Dim> elements) override {
    if (has_output(i) && static_cast<std::int64_t>(elements.size()) <= kMaxKnownInts) {
      known_[node_.outputs[i]] = std::move(elements);
    }
  }
  Result<std::vector<ValueType>> infer_subgraph(std::size_t i,
                                                std::span<const ValueType> inputs) override;
  [[nodiscard]] std::size_t subgraph_count() const override { return node_.subgraphs.size(); }
  [[nodiscard]] bool shapes_are_bound() const override { return graph_.bound; }

  /// Merges the stated types into the graph.
  Result<void> finish(Trust trust) {
    for (std::size_t i = 0; i < results_.size(); ++i) {
      if (!has_output(i)) continue;
      const ValueId id = node_.outputs[i];
      auto merged = merge(graph_.value(id).type, results_[i], trust);
      if (!merged) {
        Error error = std::move(merged).error();
        error.where.tensor = graph_.value(id).name;
        return error;
      }
      if (merged->ranked && merged->dims.size() > kMaxRank) {
        return limit_error("output has rank " + std::to_string(merged->dims.size()) +
                               ", the most is " + std::to_string(kMaxRank),
                           "E-LIMIT-RANK");
      }
      if (const auto shape = merged->shape(); shape && merged->dtype != DType::undefined &&
                                              !checked_byte_count(merged->dtype, *shape)) {
        return limit_error("output of shape " + vernier::to_string(*shape) + " is too large",
                           "E-LIMIT-TENSOR");
      }
      graph_.set_type(id, std::move(merged).value());
    }
    return {};
  }

 private:
  Graph& graph_;
  const Node& node_;
  KnownInts& known_;
  const InferOptions& options_;
  int depth_;
  std::vector<ValueType> results_;
};

/// Calls options.known for the outputs of a node whose elements are all known.
Result<void> report_known(Graph& graph, NodeId id, const KnownInts& known,
                          const InferOptions& options) {
  const std::size_t count = graph.node(id).outputs.size();
  for (std::size_t i = 0; i < count && graph.alive(id); ++i) {
    const ValueId output = graph.node(id).outputs[i];
    const auto at = output == ValueId::none ? known.end() : known.find(output);
    if (at == known.end()) continue;
    const ValueType& type = graph.value(output).type;
    if (type.dtype != DType::int64 && type.dtype != DType::int32) continue;
    const auto shape = type.shape();
    if (!shape || shape->size() > 1 ||
        element_count(*shape) != static_cast<std::int64_t>(at->second.size())) {
      continue;
    }
    const bool all = std::all_of(at->second.begin(), at->second.end(),
                                 [](const Dim& dim) { return dim.is_known(); });
    if (all) VERNIER_TRY(options.known(graph, id, i, at->second));
  }
  return {};
}

Result<void> infer_graph(Graph& graph, const InferOptions& options, int depth) {
  if (depth > options.max_depth) {
    return limit_error("bodies are nested more than " + std::to_string(options.max_depth) + " deep",
                       "E-LIMIT-DEPTH");
  }
  VERNIER_ASSIGN(const auto order, graph.topological_order());
  KnownInts known;
  for (const NodeId id : order) {
    if (!graph.alive(id)) continue;
    const Node& node = graph.node(id);
    if (options.fold) {
      VERNIER_ASSIGN(const bool folded, options.fold(graph, id));
      if (folded) continue;
    }
    NodeInference context(graph, node, known, options, depth);
    auto result = node.op->infer(context);
    if (result) result = context.finish(Trust::dtype_only);
    if (!result) return with_node(std::move(result).error(), node);
    if (options.known) VERNIER_TRY(report_known(graph, id, known, options));
  }
  return {};
}

Result<std::vector<ValueType>> NodeInference::infer_subgraph(std::size_t i,
                                                             std::span<const ValueType> inputs) {
  Graph& body = *node_.subgraphs[i];
  const std::size_t count = std::min(inputs.size(), body.inputs.size());
  for (std::size_t k = 0; k < count; ++k) {
    // What a Loop carries may change its shape unless the body declares it: binding checks that.
    VERNIER_ASSIGN(ValueType type,
                   merge(body.value(body.inputs[k].value).type, inputs[k], Trust::shape));
    body.set_type(body.inputs[k].value, std::move(type));
  }
  const std::size_t first = node_.formal_input_count();
  for (std::size_t k = 0; k < body.captures.size(); ++k) {
    if (body.captures[k] == ValueId::none) continue;
    const Value& outer = graph_.value(node_.inputs[first + k]);
    if (outer.constant) {
      body.set_constant(body.captures[k], *outer.constant);
    } else {
      body.set_type(body.captures[k], outer.type);
    }
  }
  // A loop infers its body for one guess of the carried shapes; only If runs it for what is stated.
  InferOptions inner = options_;
  if (!node_.is("If")) inner.known = nullptr;
  body.bound = graph_.bound;
  auto inferred = infer_graph(body, inner, depth_ + 1);
  body.types_hold = inferred.has_value();
  body.sizes_fit = inferred.has_value() || !is_shape_error(inferred.error());
  if (!inferred) return std::move(inferred).error();
  std::vector<ValueType> types;
  for (const Port& port : body.outputs) types.push_back(body.value(port.value).type);
  return types;
}

}  // namespace

Result<void> infer_types(Graph& graph, const InferOptions& options) {
  return infer_graph(graph, options, 0);
}

Result<void> infer_node(Graph& graph, NodeId id) {
  KnownInts known;
  const InferOptions options;
  const Node& node = graph.node(id);
  NodeInference context(graph, node, known, options, 0);
  auto result = node.op->infer(context);
  if (result) result = context.finish(Trust::shape);
  if (!result) return with_node(std::move(result).error(), node);
  return {};
}

void bind_input(Graph& graph, std::size_t input, const ValueType& type) {
  graph.set_type(graph.inputs[input].value, type);
}

bool is_shape_error(const Error& error) {
  return error.code == Errc::invalid_model && error.id == "E-MODEL-SHAPE";
}

void bind_symbol(Graph& graph, std::string_view symbol, std::int64_t size) {
  for (const Port& port : graph.inputs) {
    ValueType type = graph.value(port.value).type;
    for (Dim& dim : type.dims) {
      if (!dim.is_known() && dim.symbol == symbol) dim = Dim::known(size);
    }
    graph.set_type(port.value, std::move(type));
  }
}

void keep_declared_outputs(Graph& graph, std::span<const ValueType> declared) {
  std::set<std::string_view> names;
  for (const Port& port : graph.inputs) {
    for (const Dim& dim : graph.value(port.value).type.dims) {
      if (!dim.symbol.empty()) names.insert(dim.symbol);
    }
  }
  for (std::size_t i = 0; i < graph.outputs.size() && i < declared.size(); ++i) {
    const ValueId id = graph.outputs[i].value;
    ValueType type = graph.value(id).type;
    if (!declared[i].ranked) continue;
    if (!type.ranked) {
      const DType dtype = type.dtype;
      type = declared[i];
      type.dtype = dtype;
      if (graph.bound) {
        for (Dim& dim : type.dims) dim = dim.is_known() ? Dim::unknown() : dim;
      }
    }
    for (std::size_t k = 0; k < type.dims.size() && k < declared[i].dims.size(); ++k) {
      const Dim& wanted = declared[i].dims[k];
      const bool open =
          type.dims[k] == Dim::unknown() && type.dims.size() == declared[i].dims.size();
      if (open && names.count(wanted.symbol) != 0) type.dims[k] = wanted;
    }
    graph.set_type(id, std::move(type));
  }
}

}  // namespace vernier
