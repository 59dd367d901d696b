#include "passes/expand_operators.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <numeric>
#include <utility>

#include "passes/pattern.h"
#include "passes/pipeline.h"

namespace vernier {
namespace {

/// Builds what takes the place of one node.
class Expansion {
 public:
  Expansion(const Graph& graph, NodeId id) : graph_(graph), id_(id), edit_(graph) {}

  [[nodiscard]] const Graph& graph() const { return graph_; }
  [[nodiscard]] NodeId id() const { return id_; }
  [[nodiscard]] const Node& node() const { return graph_.node(id_); }
  [[nodiscard]] ValueId input(std::size_t i) const { return input_of(node(), i); }
  [[nodiscard]] const ValueType& type() const { return graph_.value(input(0)).type; }
  [[nodiscard]] bool only_first_output() const {
    const auto& outputs = node().outputs;
    return std::all_of(outputs.begin() + 1, outputs.end(),
                       [](ValueId output) { return output == ValueId::none; });
  }

  /// The first error stays; ids after it mean nothing.
  ValueId add(std::string_view op, std::vector<ValueId> inputs,
              std::vector<Attribute> attributes = {}) {
    if (!error_) return ValueId::none;
    auto made = node_like(node(), op, std::move(inputs), std::move(attributes));
    if (!made) {
      error_ = std::move(made).error();
      return ValueId::none;
    }
    made->name += "/" + std::string(op) + std::to_string(count_++);
    return edit_.add_node(*std::move(made));
  }
  ValueId ints(const std::vector<std::int64_t>& values) {
    return edit_.add_constant("ints", Tensor::from_int64(values));
  }
  /// A scalar of the operands' type.
  ValueId number(double value) {
    if (type().dtype == DType::float64) return wide_number(value);
    const ValueId narrow =
        edit_.add_constant("number", Tensor::scalar_float(static_cast<float>(value)));
    if (type().dtype == DType::float32) return narrow;
    return add("Cast", {narrow}, {{"to", static_cast<std::int64_t>(type().dtype)}});
  }
  ValueId wide_number(double value) {
    auto tensor = Tensor::allocate(DType::float64, Shape());
    if (!tensor) {
      error_ = std::move(tensor).error();
      return ValueId::none;
    }
    *tensor->mutable_as<double>() = value;
    return edit_.add_constant("number", *std::move(tensor));
  }
  ValueId mean(ValueId x, const std::vector<std::int64_t>& axes) {
    return add("ReduceMean", {x, ints(axes)});
  }
  /// x / sqrt(mean(x^2) + epsilon)
  ValueId over_rms(ValueId x, const std::vector<std::int64_t>& axes) {
    const auto epsilon = static_cast<double>(float_attribute(node(), "epsilon", 1e-5F));
    const ValueId square = mean(add("Mul", {x, x}), axes);
    return add("Div", {x, add("Sqrt", {add("Add", {square, number(epsilon)})})});
  }

  Result<Match> done(ValueId result) {
    VERNIER_TRY(error_);
    edit_.replace(node().outputs[0], result);
    edit_.remove(id_);
    return Match(std::move(edit_));
  }

 private:
  const Graph& graph_;
  NodeId id_;
  Edit edit_;
  Result<void> error_{};
  int count_ = 0;
};

bool is_wide(const ValueType& type) {
  return type.dtype == DType::float32 || type.dtype == DType::float64;
}

/// All axes from `axis` on.
std::vector<std::int64_t> trailing_axes(const ValueType& type, std::int64_t axis) {
  const auto rank = static_cast<std::int64_t>(type.rank());
  std::vector<std::int64_t> axes;
  for (std::int64_t i = axis < 0 ? axis + rank : axis; i < rank; ++i) axes.push_back(i);
  return axes;
}

/// x * HardSigmoid(x) with slope 1/6
Result<Match> hard_swish(Expansion& e) {
  const ValueId gate = e.add("HardSigmoid", {e.input(0)},
                             {{"alpha", static_cast<float>(1.0 / 6.0)}, {"beta", 0.5F}});
  return e.done(e.add("Mul", {e.input(0), gate}));
}

Result<Match> swish(Expansion& e) {
  const float alpha = float_attribute(e.node(), "alpha", 1.0F);
  const ValueId x = e.input(0);
  const ValueId scaled =
      alpha == 1.0F ? x : e.add("Mul", {x, e.number(static_cast<double>(alpha))});
  return e.done(e.add("Mul", {x, e.add("Sigmoid", {scaled})}));
}

Result<Match> mish(Expansion& e) {
  return e.done(e.add("Mul", {e.input(0), e.add("Tanh", {e.add("Softplus", {e.input(0)})})}));
}

Result<Match> gelu(Expansion& e) {
  const ValueId x = e.input(0);
  ValueId inner = ValueId::none;
  if (string_attribute(e.node(), "approximate", "none") == "tanh") {
    const ValueId cube = e.add("Mul", {e.add("Mul", {x, x}), x});
    const ValueId sum = e.add("Add", {x, e.add("Mul", {cube, e.number(0.044715)})});
    const double slope = std::sqrt(2.0 * std::numbers::inv_pi);
    inner = e.add("Tanh", {e.add("Mul", {sum, e.number(slope)})});
  } else {
    inner = e.add("Erf", {e.add("Mul", {x, e.number(1.0 / std::numbers::sqrt2)})});
  }
  const ValueId half = e.add("Mul", {x, e.number(0.5)});
  return e.done(e.add("Mul", {half, e.add("Add", {inner, e.number(1.0)})}));
}

Result<Match> layer_norm(Expansion& e) {
  if (!e.type().ranked || !is_wide(e.type())) return Match::blocked("rank or type");
  if (!e.only_first_output()) return Match::blocked("it has optional outputs");
  const auto axes = trailing_axes(e.type(), int_attribute(e.node(), "axis", -1));
  const ValueId centred = e.add("Sub", {e.input(0), e.mean(e.input(0), axes)});
  ValueId y = e.add("Mul", {e.over_rms(centred, axes), e.input(1)});
  if (e.input(2) != ValueId::none) y = e.add("Add", {y, e.input(2)});
  return e.done(y);
}

Result<Match> rms_norm(Expansion& e) {
  if (!e.type().ranked || !is_wide(e.type())) return Match::blocked("rank or type");
  const auto axes = trailing_axes(e.type(), int_attribute(e.node(), "axis", -1));
  return e.done(e.add("Mul", {e.over_rms(e.input(0), axes), e.input(1)}));
}

/// [N, C, ...] as [N, groups, rest], normalised over the rest, and back.
Result<Match> group_norm(Expansion& e) {
  if (!e.type().ranked || e.type().rank() < 3 || !is_wide(e.type())) {
    return Match::blocked("rank or type");
  }
  const ValueId x = e.input(0);
  const ValueId shape = e.add("Shape", {x});
  const ValueId rows =
      e.add("Reshape", {x, e.ints({0, int_attribute(e.node(), "num_groups", 1), -1})});
  const ValueId centred = e.add("Sub", {rows, e.mean(rows, {2})});
  const ValueId back = e.add("Reshape", {e.over_rms(centred, {2}), shape});
  std::vector<std::int64_t> ones(e.type().rank() - 1, 1);
  ones.front() = -1;
  const ValueId scale = e.add("Reshape", {e.input(1), e.ints(ones)});
  const ValueId bias = e.add("Reshape", {e.input(2), e.ints(ones)});
  return e.done(e.add("Add", {e.add("Mul", {back, scale}), bias}));
}

Result<Match> or_equal(Expansion& e) {
  const bool greater = e.node().is("GreaterOrEqual");
  const ValueId strict = e.add(greater ? "Greater" : "Less", {e.input(0), e.input(1)});
  return e.done(e.add("Or", {strict, e.add("Equal", {e.input(0), e.input(1)})}));
}

/// Before opset 13 all axes from `axis` on are one, which is the same where those behind it have
/// the size 1.
Result<Match> softmax(Expansion& e) {
  if (!e.type().ranked) return Match::blocked("rank");
  const std::size_t rank = e.type().rank();
  const std::int64_t axis = axis_of(e.node(), rank);
  const auto& dims = e.type().dims;
  const bool alone = axis < 0 || axis >= static_cast<std::int64_t>(rank) ||
                     std::all_of(dims.begin() + axis + 1, dims.end(),
                                 [](const Dim& dim) { return dim == Dim::known(1); });
  if (alone) return Match::none();
  Perm same(rank);
  std::iota(same.begin(), same.end(), 0);
  VERNIER_ASSIGN(Edit edit, along_last_axis(e.graph(), e.id(), axis, e.input(0), std::move(same)));
  return Match(std::move(edit));
}

struct Row {
  std::string_view op;
  int since;  ///< the first opset that needs no expansion
  Result<Match> (*expand)(Expansion& e);
};
constexpr Row kRows[] = {
    {"GreaterOrEqual", 12, or_equal},
    {"LessOrEqual", 12, or_equal},
    {"Softmax", 13, softmax},
    {"LogSoftmax", 13, softmax},
    {"Hardmax", 13, softmax},
    {"HardSwish", 14, hard_swish},
    {"LayerNormalization", 17, layer_norm},
    {"Mish", 18, mish},
    {"GroupNormalization", 21, group_norm},
    {"Gelu", 20, gelu},
    {"RMSNormalization", 23, rms_norm},
    {"Swish", 24, swish},
};

using Counts = std::map<std::string, std::int64_t>;

/// Counts, by operator, what it proposes; the driver applies all of it.
class ExpandOperators final : public Pass {
 public:
  ExpandOperators(int opset, Counts& counts) : opset_(opset), counts_(counts) {}
  [[nodiscard]] std::string_view name() const override { return "expand_operators"; }

  [[nodiscard]] Result<Match> visit(const Graph& graph, NodeId id,
                                    const PassContext&) const override {
    const Node& node = graph.node(id);
    for (const Row& row : kRows) {
      if (row.since <= opset_ || !node.is(row.op)) continue;
      Expansion expansion(graph, id);
      auto match = row.expand(expansion);
      if (match && match->is_edit()) ++counts_[std::string(row.op)];
      return match;
    }
    return Match::none();
  }

 private:
  int opset_;
  Counts& counts_;
};

}  // namespace

Result<std::vector<std::string>> expand_operators(Graph& graph, int opset,
                                                  const std::shared_ptr<MemoryBudget>& budget) {
  Counts counts;
  const ExpandOperators pass(opset, counts);
  const Pass* const passes[] = {&pass};
  RewriteOptions options;
  options.budget = budget;
  VERNIER_TRY(run_passes(graph, passes, options));
  std::vector<std::string> notes;
  for (const auto& [op, count] : counts) notes.push_back(op + ": " + std::to_string(count));
  return notes;
}

}  // namespace vernier
