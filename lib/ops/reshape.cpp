#include "ops/reshape.h"

#include <algorithm>
#include <string>
#include <vector>

#include "ops/shapes.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<ReshapeParams>();
  VERNIER_ASSIGN(params->allowzero, attributes.get_bool("allowzero", false));
  return Params(std::move(params));
}

/// A product of dims with symbols kept apart, so that equal symbols cancel.
struct Product {
  std::int64_t known = 1;
  std::vector<std::string> symbols;
  bool exact = true;
  void multiply(const Dim& dim) {
    if (dim.is_known()) {
      const auto next = checked_mul(known, dim.value);
      exact = exact && next.has_value();
      known = next.value_or(0);
    } else if (!dim.symbol.empty()) {
      symbols.push_back(dim.symbol);
    } else {
      exact = false;
    }
  }
};

/// total / part when it is provable, else unknown.
Dim quotient(Product total, const Product& part) {
  if (!total.exact || !part.exact || part.known == 0 || total.known == 0) return Dim::unknown();
  for (const std::string& symbol : part.symbols) {
    const auto at = std::find(total.symbols.begin(), total.symbols.end(), symbol);
    if (at == total.symbols.end()) return Dim::unknown();
    total.symbols.erase(at);
  }
  if (total.known % part.known != 0) return Dim::unknown();
  const std::int64_t rest = total.known / part.known;
  if (total.symbols.empty()) return Dim::known(rest);
  return rest == 1 && total.symbols.size() == 1 ? Dim::named(total.symbols[0]) : Dim::unknown();
}

/// The shape that `target` means for an input of shape `from`.
Result<Shape> resolve(const Shape& from, Shape target, bool allowzero) {
  const auto fail = [&] {
    return data_shape_error("cannot reshape " + to_string(from) + " to " + to_string(target));
  };
  const std::int64_t total = element_count(from);
  std::size_t open = target.size();
  std::int64_t product = 1;
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (target[i] == 0 && !allowzero) {
      if (i >= from.size()) return fail();
      target[i] = from[i];
    }
    if (target[i] == -1 && open == target.size()) {
      open = i;
      continue;
    }
    const auto next = target[i] < 0 ? std::nullopt : checked_mul(product, target[i]);
    if (!next) return fail();
    product = *next;
  }
  if (open < target.size()) {
    if (product == 0 || total % product != 0) return fail();
    target[open] = total / product;
    product = total;
  }
  if (product != total || !checked_element_count(target.span())) return fail();
  return target;
}

Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 1, kInt64));
  const ValueType& x = context.input(0);
  const bool allowzero = params_as<ReshapeParams>(context).allowzero;
  const auto values = constant_ints(context, 1);
  if (const auto from = x.shape(); from && values && values->size() <= kMaxRank) {
    auto shape = resolve(*from, Shape(*values), allowzero);
    if (!shape) return shape_error(shape.error().message);
    context.set_output(0, ValueType::of(x.dtype, *shape));
  } else {
    auto dims = int_elements(context, 1);
    if (!dims) {
      context.set_output(0, ValueType::of(x.dtype));
      return {};
    }
    Product total;
    total.exact = x.ranked;
    for (const Dim& dim : x.dims) total.multiply(dim);
    Product part;
    std::size_t open = dims->size();
    std::size_t open_count = 0;
    for (std::size_t i = 0; i < dims->size(); ++i) {
      Dim& dim = (*dims)[i];
      if (dim.is_known() && dim.value == 0 && !allowzero) {
        if (x.ranked && i >= x.rank()) return shape_error("0 in the target copies a missing dim");
        dim = x.ranked ? x.dims[i] : Dim::unknown();
        if (!dim.is_known() && dim.symbol.empty()) part.exact = false;
        part.multiply(dim);
      } else if (!dim.is_known() && dim.symbol.empty()) {
        open = i;
        ++open_count;
      } else {
        part.multiply(dim);
      }
    }
    if (open_count == 1) (*dims)[open] = quotient(std::move(total), part);
    context.set_output(0, ValueType::of(x.dtype, std::move(*dims)));
  }
  if (const auto elements = int_elements(context, 0);
      elements && values && values->size() <= 1 && contains(kIndexInts, x.dtype)) {
    state_ints(context, *elements);
  }
  return {};
}

Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  VERNIER_ASSIGN(Shape shape, read_ints(context.input(1)));
  VERNIER_ASSIGN(shape, resolve(x.shape, shape, params_as<ReshapeParams>(context).allowzero));
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, shape));
  copy_in_order(x, y);
  return {};
}

}  // namespace

const OpDef reshape_op = {.domain = "",
                          .name = "Reshape",
                          .since_version = 14,
                          .inputs = {2, 2},
                          .parse = parse,
                          .infer = infer,
                          .reference = reference};

}  // namespace vernier
