#include "ops/recurrent.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "base/saturating.h"
#include "ops/shapes.h"
#include "ops/type_check.h"

namespace vernier {
namespace {

/// The view with its first two axes swapped (layout 1 as layout 0).
template <class View>
View swap_leading(View view, bool swap) {
  if (swap) {
    std::swap(view.shape[0], view.shape[1]);
    std::swap(view.strides[0], view.strides[1]);
  }
  return view;
}

/// Sizes of a run.
struct Sizes {
  std::int64_t steps = 0;
  std::int64_t batch = 0;
  std::int64_t input = 0;
  std::int64_t hidden = 0;
  std::int64_t directions = 0;
};

Result<void> expect_shape(const TensorView& view, const Shape& shape, const char* what) {
  if (view.shape == shape) return {};
  return shape_error(std::string(what) + " is " + describe(view) + ", expected shape " +
                     to_string(shape));
}

Result<Sizes> resolve_sizes(const EvalContext& context, const RecurrentKind& kind) {
  const auto& params = params_as<RecurrentParams>(context);
  const TensorView& x = context.input(0);
  const TensorView& w = context.input(1);
  const TensorView& r = context.input(2);
  if (x.rank() != 3 || w.rank() != 3 || r.rank() != 3) {
    return shape_error("X, W and R must have 3 dims");
  }
  Sizes s;
  s.steps = x.shape[params.batch_first ? 1 : 0];
  s.batch = x.shape[params.batch_first ? 0 : 1];
  s.input = x.shape[2];
  s.hidden = r.shape[2];
  s.directions = static_cast<std::int64_t>(params.directions());
  if (params.hidden_size != 0 && params.hidden_size != s.hidden) {
    return shape_error("R is " + describe(r) + ", but hidden_size is " +
                       std::to_string(params.hidden_size));
  }
  const std::int64_t states[] = {std::max<std::int64_t>(s.steps, 1), s.directions,
                                 std::max<std::int64_t>(s.batch, 1), s.hidden};
  if (!checked_byte_count(DType::float64, states)) {
    return limit_error("states are too large", "E-LIMIT-TENSOR");
  }
  const auto rows = checked_mul(kind.gates, s.hidden);
  const auto biases = rows ? checked_mul<std::int64_t>(2, *rows) : rows;
  if (!biases) return limit_error("hidden size overflows", "E-LIMIT-TENSOR");
  VERNIER_TRY(expect_shape(w, {s.directions, *rows, s.input}, "W"));
  VERNIER_TRY(expect_shape(r, {s.directions, *rows, s.hidden}, "R"));
  if (context.has_input(3)) {
    VERNIER_TRY(expect_shape(context.input(3), {s.directions, *biases}, "B"));
  }
  if (context.has_input(4)) VERNIER_TRY(expect_shape(context.input(4), {s.batch}, "sequence_lens"));
  const Shape state = params.batch_first ? Shape{s.batch, s.directions, s.hidden}
                                         : Shape{s.directions, s.batch, s.hidden};
  if (context.has_input(5)) VERNIER_TRY(expect_shape(context.input(5), state, "initial_h"));
  if (kind.has_cell_state && context.has_input(6)) {
    VERNIER_TRY(expect_shape(context.input(6), state, "initial_c"));
  }
  if (kind.has_cell_state && context.has_input(7)) {
    VERNIER_TRY(expect_shape(context.input(7), {s.directions, 3 * s.hidden}, "P"));
  }
  return s;
}

/// Dense copy of an optional input (leading axes swapped for layout 1), nullptr when absent.
Result<const double*> optional_doubles(EvalContext& context, std::size_t i, bool swap) {
  if (!context.has_input(i)) return static_cast<const double*>(nullptr);
  return dense_doubles(context, swap_leading(context.input(i), swap));
}

/// Initial state [directions, batch, hidden] in writable scratch; zeros when the input is absent.
Result<double*> initial_state(EvalContext& context, std::size_t i, const Sizes& s, bool swap) {
  const std::int64_t count = s.directions * s.batch * s.hidden;
  VERNIER_ASSIGN(double* state, scratch_array<double>(context, count));
  if (context.has_input(i)) {
    VERNIER_TRY(load_doubles(swap_leading(context.input(i), swap), state));
  } else {
    std::fill(state, state + count, 0.0);
  }
  return state;
}

Result<const std::int64_t*> sequence_lengths(EvalContext& context, const Sizes& s) {
  VERNIER_ASSIGN(std::int64_t * lengths, scratch_array<std::int64_t>(context, s.batch));
  std::fill(lengths, lengths + s.batch, s.steps);
  if (!context.has_input(4)) return static_cast<const std::int64_t*>(lengths);
  VERNIER_TRY(load_int64s(context.input(4), lengths));
  for (std::int64_t b = 0; b < s.batch; ++b) {
    if (lengths[b] < 0 || lengths[b] > s.steps) {
      return invalid_data("sequence_lens holds " + std::to_string(lengths[b]) + ", but X has " +
                              std::to_string(s.steps) + " steps",
                          "E-DATA-INDEX");
    }
  }
  return static_cast<const std::int64_t*>(lengths);
}

}  // namespace

void project(const double* matrix, const double* bias, const double* vector, std::int64_t width,
             std::int64_t first, std::int64_t count, double* out) noexcept {
  for (std::int64_t i = 0; i < count; ++i) {
    const double* row = matrix + (first + i) * width;
    double sum = bias != nullptr ? bias[first + i] : 0.0;
    for (std::int64_t k = 0; k < width; ++k) sum += row[k] * vector[k];
    out[i] = sum;
  }
}

double clip_gate(const RecurrentParams& params, double x) noexcept {
  if (params.clip <= 0.0F) return x;
  const auto bound = static_cast<double>(params.clip);
  return x > bound ? bound : x < -bound ? -bound : x;
}

Result<void> run_recurrent(EvalContext& context, const RecurrentKind& kind, RecurrentCell cell) {
  const auto& params = params_as<RecurrentParams>(context);
  VERNIER_ASSIGN(const Sizes s, resolve_sizes(context, kind));
  const bool swap = params.batch_first;
  const DType dtype = context.input(0).dtype;
  VERNIER_ASSIGN(const double* x, dense_doubles(context, swap_leading(context.input(0), swap)));
  VERNIER_ASSIGN(const double* w, dense_doubles(context, context.input(1)));
  VERNIER_ASSIGN(const double* r, dense_doubles(context, context.input(2)));
  VERNIER_ASSIGN(const double* bias, optional_doubles(context, 3, false));
  VERNIER_ASSIGN(const std::int64_t* lengths, sequence_lengths(context, s));
  VERNIER_ASSIGN(double* h, initial_state(context, 5, s, swap));
  double* c = nullptr;
  const double* peepholes = nullptr;
  if (kind.has_cell_state) {
    VERNIER_ASSIGN(c, initial_state(context, 6, s, swap));
    VERNIER_ASSIGN(peepholes, optional_doubles(context, 7, false));
  }
  const std::int64_t rows = kind.gates * s.hidden;
  const std::int64_t outputs[] = {s.steps, s.directions, s.batch, s.hidden};
  const auto total = checked_element_count(outputs);
  if (!total) return limit_error("output size overflows", "E-LIMIT-TENSOR");
  VERNIER_ASSIGN(double* y, scratch_array<double>(context, *total));
  VERNIER_ASSIGN(double* gates, scratch_array<double>(context, rows));
  VERNIER_ASSIGN(double* work, scratch_array<double>(context, rows));
  std::fill(y, y + *total, 0.0);
  for (std::int64_t d = 0; d < s.directions; ++d) {
    RecurrentWeights weights{.input = s.input, .hidden = s.hidden};
    weights.w = w + d * rows * s.input;
    weights.r = r + d * rows * s.hidden;
    weights.wb = bias == nullptr ? nullptr : bias + d * 2 * rows;
    weights.rb = bias == nullptr ? nullptr : weights.wb + rows;
    weights.p = peepholes == nullptr ? nullptr : peepholes + d * 3 * s.hidden;
    weights.activations =
        params.activations.data() + static_cast<std::size_t>(d) * kind.activation_count;
    const bool reverse = d == 1 || params.direction == RecurrentDirection::reverse;
    for (std::int64_t b = 0; b < s.batch; ++b) {
      double* state = h + (d * s.batch + b) * s.hidden;
      double* cell_state = c == nullptr ? nullptr : c + (d * s.batch + b) * s.hidden;
      for (std::int64_t i = 0; i < lengths[b]; ++i) {
        const std::int64_t t = reverse ? lengths[b] - 1 - i : i;
        project(weights.w, weights.wb, x + (t * s.batch + b) * s.input, s.input, 0, rows, gates);
        cell(params, weights, gates, work, state, cell_state);
        std::copy(state, state + s.hidden, y + ((t * s.directions + d) * s.batch + b) * s.hidden);
      }
    }
  }
  if (context.has_output(0)) {
    const Shape shape = swap ? Shape{s.batch, s.steps, s.directions, s.hidden}
                             : Shape{s.steps, s.directions, s.batch, s.hidden};
    VERNIER_ASSIGN(MutTensorView out, context.output(0, dtype, shape));
    if (swap) {  // [B,T,D,H] seen as [T,D,B,H]
      out.shape = {s.steps, s.directions, s.batch, s.hidden};
      out.strides = {out.strides[1], out.strides[2], out.strides[0], out.strides[3]};
    }
    VERNIER_TRY(store_doubles(y, out));
  }
  for (std::size_t i = 1; i < 3; ++i) {
    if (!context.has_output(i)) continue;
    const Shape shape =
        swap ? Shape{s.batch, s.directions, s.hidden} : Shape{s.directions, s.batch, s.hidden};
    VERNIER_ASSIGN(const MutTensorView out, context.output(i, dtype, shape));
    VERNIER_TRY(store_doubles(i == 1 ? h : c, swap_leading(out, swap)));
  }
  return {};
}

Result<void> infer_recurrent(InferContext& context, const RecurrentKind& kind) {
  const auto& params = params_as<RecurrentParams>(context);
  static constexpr const char* kNames[] = {"X", "W", "R"};
  const ValueType& x = context.input(0);
  for (std::size_t i = 0; i < 3; ++i) {
    VERNIER_TRY(check_float(context.input(i), kNames[i]));
    VERNIER_TRY(check_rank(context.input(i), 3, 3, kNames[i]));
    VERNIER_TRY(check_same_dtype(x, "X", context.input(i), kNames[i]));
  }
  const ValueType& w = context.input(1);
  const ValueType& r = context.input(2);
  const Dim directions = Dim::known(static_cast<std::int64_t>(params.directions()));
  Dim hidden = params.hidden_size != 0 ? Dim::known(params.hidden_size) : Dim::unknown();
  if (r.ranked) {
    VERNIER_TRY(check_dim(r, 2, hidden, "R"));
    hidden = merge_dims(hidden, r.dims[2]);
  }
  VERNIER_TRY(check_dim(w, 0, directions, "W"));
  VERNIER_TRY(check_dim(r, 0, directions, "R"));
  if (hidden.is_known()) {
    const auto rows = checked_mul(kind.gates, hidden.value);
    if (!rows) return limit_error("hidden size overflows", "E-LIMIT-TENSOR");
    VERNIER_TRY(check_dim(w, 1, Dim::known(*rows), "W"));
    VERNIER_TRY(check_dim(r, 1, Dim::known(*rows), "R"));
  }
  if (x.ranked) VERNIER_TRY(check_dim(w, 2, x.dims[2], "W"));
  const Dim steps = x.ranked ? x.dims[params.batch_first ? 1 : 0] : Dim::unknown();
  const Dim batch = x.ranked ? x.dims[params.batch_first ? 0 : 1] : Dim::unknown();
  const auto set = [&](std::size_t i, std::vector<Dim> dims) {
    if (context.has_output(i)) context.set_output(i, ValueType::of(x.dtype, std::move(dims)));
  };
  if (params.batch_first) {
    set(0, {batch, steps, directions, hidden});
    set(1, {batch, directions, hidden});
    if (kind.has_cell_state) set(2, {batch, directions, hidden});
  } else {
    set(0, {steps, directions, batch, hidden});
    set(1, {directions, batch, hidden});
    if (kind.has_cell_state) set(2, {directions, batch, hidden});
  }
  return {};
}

std::int64_t recurrent_macs(const OpParams& params, std::span<const Shape> inputs,
                            std::span<const Shape>) {
  static_cast<void>(params);
  const Shape& x = inputs[0];
  const Shape& w = inputs[1];
  std::int64_t product = saturating_add(w[2], inputs[2][2]);
  for (const std::int64_t size : {x[0], x[1], w[0], w[1]}) product = saturating_mul(product, size);
  return product;
}

}  // namespace vernier
