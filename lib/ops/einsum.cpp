#include "ops/einsum.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "base/saturating.h"
#include "ops/dense.h"
#include "ops/shapes.h"
#include "ops/type_check.h"

namespace vernier {
namespace {

constexpr DTypeSet kTypes = kNumbers;
constexpr std::size_t kMaxLabels = 32;

/// A term: the label of every axis. Ellipsis axes carry the labels '0' + position counted from the
/// last, so that they align at the end.
using Labels = std::vector<char>;

struct Equation {
  std::vector<Labels> inputs;
  Labels output;
};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Labels of one term; `ellipsis_rank` is what "..." stands for.
Result<Labels> parse_term(std::string_view term, std::size_t ellipsis_rank) {
  Labels labels;
  for (std::size_t i = 0; i < term.size(); ++i) {
    if (is_letter(term[i])) {
      labels.push_back(term[i]);
    } else if (term.substr(i, 3) == "...") {
      for (std::size_t k = ellipsis_rank; k-- > 0;) labels.push_back(static_cast<char>('0' + k));
      i += 2;
    } else {
      return attr_error("equation has an unexpected character in '" + std::string(term) + "'");
    }
  }
  return labels;
}

std::size_t letters(std::string_view term) {
  return static_cast<std::size_t>(std::count_if(term.begin(), term.end(), is_letter));
}

/// Resolves the equation for operands of these ranks.
Result<Equation> resolve(const std::string& text, const std::vector<std::size_t>& ranks) {
  const std::string_view equation = text;
  const std::size_t arrow = equation.find("->");
  const std::string_view left = equation.substr(0, arrow);
  std::vector<std::string_view> terms;
  for (std::size_t begin = 0; begin <= left.size();) {
    const std::size_t end = std::min(left.find(',', begin), left.size());
    terms.push_back(left.substr(begin, end - begin));
    begin = end + 1;
  }
  if (terms.size() != ranks.size()) {
    return attr_error("equation has " + std::to_string(terms.size()) + " terms for " +
                      std::to_string(ranks.size()) + " inputs");
  }
  Equation result;
  std::size_t widest = 0;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const std::size_t count = letters(terms[i]);
    const bool ellipsis = terms[i].find("...") != std::string_view::npos;
    if (count > ranks[i] || (!ellipsis && count != ranks[i])) {
      return shape_error("term '" + std::string(terms[i]) + "' does not fit an input of rank " +
                         std::to_string(ranks[i]));
    }
    VERNIER_ASSIGN(Labels labels, parse_term(terms[i], ranks[i] - count));
    if (labels.size() != ranks[i]) return attr_error("a term has two ellipses");
    if (ellipsis) widest = std::max(widest, ranks[i] - count);
    result.inputs.push_back(std::move(labels));
  }
  if (arrow != std::string_view::npos) {
    VERNIER_ASSIGN(result.output, parse_term(equation.substr(arrow + 2), widest));
  } else {
    std::map<char, int> uses;
    for (const Labels& labels : result.inputs) {
      for (const char label : labels) ++uses[label];
    }
    for (std::size_t k = widest; k-- > 0;) result.output.push_back(static_cast<char>('0' + k));
    for (const auto& [label, count] : uses) {
      if (is_letter(label) && count == 1) result.output.push_back(label);
    }
  }
  for (std::size_t i = 0; i < result.output.size(); ++i) {
    const char label = result.output[i];
    const bool known =
        std::any_of(result.inputs.begin(), result.inputs.end(), [&](const Labels& labels) {
          return std::find(labels.begin(), labels.end(), label) != labels.end();
        });
    const bool repeated = std::count(result.output.begin(), result.output.end(), label) > 1;
    if (!known || repeated) return attr_error("output label is unknown or repeated");
  }
  if (result.output.size() > kMaxRank) {
    return limit_error("output has too many dims", "E-LIMIT-RANK");
  }
  return result;
}

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<EinsumParams>();
  if (!attributes.has("equation")) return attr_error("equation is missing");
  VERNIER_ASSIGN(params->equation, attributes.get_string("equation", ""));
  std::erase(params->equation, ' ');
  if (params->equation.size() > 1024) return attr_error("equation is too long");
  return Params(std::move(params));
}

Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 0, kTypes));
  std::vector<std::size_t> ranks;
  bool ranked = true;
  for (std::size_t i = 0; i < context.input_count(); ++i) {
    VERNIER_TRY(check_same_dtype(context, 0, i));
    ranked = ranked && context.input(i).ranked;
    ranks.push_back(context.input(i).rank());
  }
  ValueType y = ValueType::of(context.input(0).dtype);
  if (ranked) {
    VERNIER_ASSIGN(const Equation equation,
                   resolve(params_as<EinsumParams>(context).equation, ranks));
    std::map<char, Dim> sizes;
    for (std::size_t i = 0; i < ranks.size(); ++i) {
      for (std::size_t k = 0; k < ranks[i]; ++k) {
        const char label = equation.inputs[i][k];
        const Dim& dim = context.input(i).dims[k];
        const auto at = sizes.find(label);
        if (at == sizes.end()) {
          sizes[label] = dim;
        } else {
          VERNIER_ASSIGN(at->second, broadcast_dim(at->second, dim));
        }
      }
    }
    y.ranked = true;
    for (const char label : equation.output) y.dims.push_back(sizes[label]);
  }
  context.set_output(0, std::move(y));
  return {};
}

/// One label with its size and its stride in every operand and in the output.
struct Axis {
  char label = 0;
  std::int64_t size = 1;
  std::int64_t index = 0;
  std::vector<std::int64_t> strides;
};

/// The axes, output labels first. Repeated labels of one operand add up their strides (diagonal).
Result<std::vector<Axis>> make_axes(const Equation& equation, const std::vector<Shape>& shapes) {
  std::vector<Axis> axes;
  const auto axis_of = [&](char label) -> Axis& {
    for (Axis& axis : axes) {
      if (axis.label == label) return axis;
    }
    Axis axis;
    axis.label = label;
    axis.strides.assign(shapes.size(), 0);
    axes.push_back(std::move(axis));
    return axes.back();
  };
  for (const char label : equation.output) axis_of(label);
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const Strides strides = dense_strides(shapes[i]);
    for (std::size_t k = 0; k < shapes[i].size(); ++k) {
      Axis& axis = axis_of(equation.inputs[i][k]);
      const std::int64_t size = shapes[i][k];
      if (size != 1 && axis.size != 1 && axis.size != size) {
        return shape_error("label '" + std::string(1, axis.label) + "' has sizes " +
                           std::to_string(axis.size) + " and " + std::to_string(size));
      }
      if (size != 1) {
        axis.size = size;
        axis.strides[i] += strides[k];
      }
    }
  }
  if (axes.size() > kMaxLabels) return limit_error("equation has too many labels", "E-LIMIT-RANK");
  return axes;
}

/// Walks all axes; every step adds the product of the operands to the current output element.
template <class T>
void contract(std::vector<Axis>& axes, std::size_t output_rank, const std::vector<const T*>& data,
              T* y, std::int64_t count) {
  std::fill(y, y + count, T{0});
  for (const Axis& axis : axes) {
    if (axis.size == 0) return;
  }
  std::vector<std::int64_t> at(data.size(), 0);
  std::int64_t out = 0;
  while (true) {
    T product{1};
    for (std::size_t i = 0; i < data.size(); ++i) product *= data[i][at[i]];
    y[out] += product;
    std::size_t k = axes.size();
    while (k > 0) {
      Axis& axis = axes[--k];
      for (std::size_t i = 0; i < data.size(); ++i) at[i] += axis.strides[i];
      if (++axis.index < axis.size) break;
      for (std::size_t i = 0; i < data.size(); ++i) at[i] -= axis.strides[i] * axis.size;
      axis.index = 0;
      if (k == 0) return;
    }
    if (axes.empty()) return;
    if (k < output_rank) ++out;
  }
}

Result<void> reference(EvalContext& context) {
  std::vector<std::size_t> ranks;
  std::vector<Shape> shapes;
  for (std::size_t i = 0; i < context.input_count(); ++i) {
    shapes.push_back(context.input(i).shape);
    ranks.push_back(context.input(i).rank());
  }
  VERNIER_ASSIGN(const Equation equation,
                 resolve(params_as<EinsumParams>(context).equation, ranks));
  VERNIER_ASSIGN(auto axes, make_axes(equation, shapes));
  Shape output;
  for (std::size_t i = 0; i < equation.output.size(); ++i) output.push_back(axes[i].size);
  const DType dtype = context.input(0).dtype;
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, dtype, output));
  const std::int64_t count = element_count(output);
  if (is_floating(dtype)) {
    std::vector<const double*> data(shapes.size());
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      VERNIER_ASSIGN(data[i], dense_doubles(context, context.input(i)));
    }
    VERNIER_ASSIGN(double* ys, scratch_array<double>(context, count));
    contract(axes, output.size(), data, ys, count);
    return store_doubles(ys, y);
  }
  std::vector<const std::uint64_t*> data(shapes.size());
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    VERNIER_ASSIGN(const std::int64_t* values, dense_int64s(context, context.input(i)));
    data[i] = reinterpret_cast<const std::uint64_t*>(values);
  }
  VERNIER_ASSIGN(std::uint64_t * ys, scratch_array<std::uint64_t>(context, count));
  contract(axes, output.size(), data, ys, count);
  return store_int64s(reinterpret_cast<const std::int64_t*>(ys), y);
}

std::int64_t macs(const OpParams& params, std::span<const Shape> inputs, std::span<const Shape>) {
  std::vector<std::size_t> ranks;
  for (const Shape& shape : inputs) ranks.push_back(shape.size());
  const auto equation = resolve(static_cast<const EinsumParams&>(params).equation, ranks);
  if (!equation) return 0;
  const auto axes = make_axes(*equation, std::vector<Shape>(inputs.begin(), inputs.end()));
  if (!axes) return 0;
  std::int64_t product = 1;
  for (const Axis& axis : *axes) {
    product = saturating_mul(product, axis.size);
  }
  return product;
}

}  // namespace

const OpDef einsum_op{
    .domain = "",
    .name = "Einsum",
    .since_version = 12,
    .inputs = {1, -1},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
    .macs = macs,
};

}  // namespace vernier
