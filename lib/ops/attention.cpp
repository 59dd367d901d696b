#include "ops/attention.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "base/saturating.h"
#include "ops/dense.h"
#include "ops/shapes.h"
#include "ops/type_check.h"
#include "tensor/strided.h"

namespace vernier {
namespace {

constexpr double kHidden = -std::numeric_limits<double>::infinity();

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<AttentionParams>();
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  VERNIER_ASSIGN(params->is_causal, attributes.get_bool("is_causal", false));
  VERNIER_ASSIGN(params->q_heads, attributes.get_int_in("q_num_heads", 0, 0, most));
  VERNIER_ASSIGN(params->kv_heads, attributes.get_int_in("kv_num_heads", 0, 0, most));
  if (attributes.has("scale")) {
    VERNIER_ASSIGN(params->scale, attributes.get_float("scale", 0.0F));
  }
  VERNIER_ASSIGN(params->softcap, attributes.get_float("softcap", 0.0F));
  VERNIER_ASSIGN(params->qk_output_mode, attributes.get_int_in("qk_matmul_output_mode", 0, 0, 3));
  attributes.ignore("softmax_precision");  // the reference computes in double
  return Params(std::move(params));
}

/// [B,S,heads*D] seen as [B,heads,S,D]; 4-D views stay.
template <class View>
Result<View> split_heads(const View& view, std::int64_t heads, const char* what) {
  if (view.rank() == 4) return view;
  if (view.rank() != 3 || heads < 1 || view.shape[2] % heads != 0) {
    return shape_error(std::string(what) + " is " + to_string(view.shape) + " for " +
                       std::to_string(heads) + " heads");
  }
  const std::int64_t size = view.shape[2] / heads;
  View split = view;
  split.shape = {view.shape[0], heads, view.shape[1], size};
  split.strides = {view.strides[0], size * view.strides[2], view.strides[1], view.strides[2]};
  return split;
}

/// Dim `heads * D` of a 3-D input turned into D (axis 3), or `heads` (axis 1), as far as known.
Dim head_dim(const ValueType& type, std::size_t axis, std::int64_t heads) {
  if (!type.ranked) return Dim::unknown();
  if (type.rank() == 4) return type.dims[axis];
  if (axis == 0) return type.dims[0];
  if (axis == 2) return type.dims[1];
  if (axis == 1) return heads > 0 ? Dim::known(heads) : Dim::unknown();
  if (heads < 1 || !type.dims[2].is_known()) return Dim::unknown();
  return Dim::known(type.dims[2].value / heads);
}

Result<void> infer(InferContext& context) {
  const auto& params = params_as<AttentionParams>(context);
  const ValueType& q = context.input(0);
  const ValueType& k = context.input(1);
  const ValueType& v = context.input(2);
  for (std::size_t i = 0; i < 3; ++i) {
    VERNIER_TRY(check_dtype(context, i, kFloats));
    VERNIER_TRY(check_rank(context.input(i), 3, 4, "Q, K or V"));
  }
  VERNIER_TRY(check_same_dtype(context, 0, 1));
  const bool flat = q.ranked && q.rank() == 3;
  if (flat && (params.q_heads < 1 || params.kv_heads < 1)) {
    return attr_error("3-D inputs need q_num_heads and kv_num_heads");
  }
  const Dim batch = head_dim(q, 0, 0);
  const Dim rows = head_dim(q, 2, 0);
  const Dim q_heads = head_dim(q, 1, params.q_heads);
  const Dim kv_heads = head_dim(k, 1, params.kv_heads);
  const Dim value_size = head_dim(v, 3, params.kv_heads);
  Dim total = head_dim(k, 2, 0);
  if (context.has_input(4)) {
    const ValueType& past = context.input(4);
    VERNIER_TRY(check_rank(past, 4, 4, "past_key"));
    total = past.ranked ? add_dims(past.dims[2], total) : Dim::unknown();
  }
  if (q.ranked) {
    ValueType y = ValueType::of(q.dtype, {batch, q_heads, rows, value_size});
    if (flat) {
      y.dims = {batch, rows, mul_dims(q_heads, value_size)};
    }
    context.set_output(0, std::move(y));
  } else {
    context.set_output(0, ValueType::of(q.dtype));
  }
  const auto set = [&](std::size_t i, DType dtype, std::vector<Dim> dims) {
    if (context.has_output(i)) context.set_output(i, ValueType::of(dtype, std::move(dims)));
  };
  set(1, k.dtype, {batch, kv_heads, total, head_dim(k, 3, params.kv_heads)});
  set(2, v.dtype, {batch, kv_heads, total, value_size});
  set(3, q.dtype, {batch, q_heads, rows, total});
  return {};
}

/// past (may be absent) and current [B,H,S,D] joined on axis 2, dense in scratch.
Result<const double*> join_cache(EvalContext& context, std::size_t past_input,
                                 const TensorView& current, Shape& joined) {
  joined = current.shape;
  std::int64_t before = 0;
  if (context.has_input(past_input)) {
    const TensorView& past = context.input(past_input);
    Shape expected = current.shape;
    if (past.rank() == 4) expected[2] = past.shape[2];
    if (!(past.shape == expected)) {
      return shape_error("the cache is " + describe(past) + ", expected shape " +
                         to_string(expected));
    }
    before = past.shape[2];
    const auto total = checked_add(joined[2], before);
    if (!total) return limit_error("the cache is too large", "E-LIMIT-TENSOR");
    joined[2] = *total;
  }
  if (before == 0) return dense_doubles(context, current);
  if (!checked_byte_count(DType::float64, joined.span())) {
    return limit_error("the cache is too large", "E-LIMIT-TENSOR");
  }
  VERNIER_ASSIGN(const double* old, dense_doubles(context, context.input(past_input)));
  VERNIER_ASSIGN(const double* now, dense_doubles(context, current));
  VERNIER_ASSIGN(double* all, scratch_array<double>(context, element_count(joined)));
  double* at = all;
  const std::int64_t old_size = before * joined[3];
  const std::int64_t now_size = current.shape[2] * joined[3];
  for (std::int64_t head = 0; head < joined[0] * joined[1]; ++head) {
    at = std::copy(old + head * old_size, old + (head + 1) * old_size, at);
    at = std::copy(now + head * now_size, now + (head + 1) * now_size, at);
  }
  return static_cast<const double*>(all);
}

/// The additive mask [B,H,S,T]: attn_mask (boolean or additive, padded on the right as hidden),
/// causality and padding of the keys.
Result<double*> make_mask(EvalContext& context, const Shape& scores) {
  const std::int64_t count = element_count(scores);
  const std::int64_t total = scores[3];
  VERNIER_ASSIGN(double* mask, scratch_array<double>(context, count));
  std::fill(mask, mask + count, 0.0);
  if (context.has_input(3)) {
    const TensorView& given = context.input(3);
    Shape part = scores;
    if (given.rank() >= 1) part[3] = std::min(given.shape.back(), total);
    VERNIER_ASSIGN(const Shape joined, broadcast_shape_pair(given.shape, part));
    if (!(joined == part)) {
      return shape_error("attn_mask is " + describe(given) + ", but the scores are " +
                         to_string(scores));
    }
    VERNIER_ASSIGN(const double* values,
                   dense_doubles(context, {given.data, given.dtype, part,
                                           broadcast_strides(given.shape, given.strides, part)}));
    const bool boolean = given.dtype == DType::boolean;
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t column = i % total;
      if (column >= part[3]) {
        mask[i] = kHidden;
        continue;
      }
      const double value = values[i / total * part[3] + column];
      mask[i] = boolean ? (value != 0.0 ? 0.0 : kHidden) : value;
    }
  }
  const bool causal = params_as<AttentionParams>(context).is_causal;
  const std::int64_t past = context.has_input(4) ? context.input(4).shape[2] : 0;
  const double* lengths = nullptr;
  if (context.has_input(6)) {
    if (context.input(6).element_count() != scores[0]) {
      return shape_error("nonpad_kv_seqlen is " + describe(context.input(6)));
    }
    VERNIER_ASSIGN(lengths, dense_doubles(context, context.input(6)));
  }
  const std::int64_t per_batch = scores[1] * scores[2] * total;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t column = i % total;
    const std::int64_t row = i / total % scores[2];
    if (causal && column > past + row) mask[i] = kHidden;
    if (lengths != nullptr && static_cast<double>(column) >= lengths[i / per_batch]) {
      mask[i] = kHidden;
    }
  }
  return mask;
}

void softmax_row(double* row, std::int64_t count) {
  const double highest = *std::max_element(row, row + count);
  double sum = 0.0;
  for (std::int64_t i = 0; i < count; ++i) sum += row[i] = std::exp(row[i] - highest);
  for (std::int64_t i = 0; i < count; ++i) row[i] /= sum;
}

/// scores = scale * Q K^T; after the call they are the softmax and `shown` what the mode asks for.
void attend(const AttentionParams& params, const Shape& scores_shape, std::int64_t group,
            std::int64_t size, const double* q, const double* k, const double* mask, double* scores,
            double* shown) {
  const double scale = params.scale ? static_cast<double>(*params.scale)
                                    : 1.0 / std::sqrt(static_cast<double>(size));
  const auto cap = static_cast<double>(params.softcap);
  const std::int64_t rows = scores_shape[2];
  const std::int64_t total = scores_shape[3];
  for (std::int64_t r = 0; r < scores_shape[0] * scores_shape[1] * rows; ++r) {
    const double* keys = k + r / rows / group * total * size;
    double* row = scores + r * total;
    const auto show = [&](std::int64_t mode) {
      if (params.qk_output_mode == mode) std::copy(row, row + total, shown + r * total);
    };
    for (std::int64_t c = 0; c < total; ++c) {
      double sum = 0.0;
      for (std::int64_t i = 0; i < size; ++i) sum += q[r * size + i] * keys[c * size + i];
      row[c] = sum * scale;
    }
    show(0);
    for (std::int64_t c = 0; c < total && cap > 0.0; ++c) row[c] = cap * std::tanh(row[c] / cap);
    show(1);
    for (std::int64_t c = 0; c < total; ++c) row[c] += mask[r * total + c];
    show(2);
    if (total > 0) softmax_row(row, total);
    show(3);
  }
}

Result<void> reference(EvalContext& context) {
  const auto& params = params_as<AttentionParams>(context);
  const bool flat = context.input(0).rank() == 3;
  VERNIER_ASSIGN(const TensorView q, split_heads(context.input(0), params.q_heads, "Q"));
  VERNIER_ASSIGN(const TensorView k, split_heads(context.input(1), params.kv_heads, "K"));
  VERNIER_ASSIGN(const TensorView v, split_heads(context.input(2), params.kv_heads, "V"));
  Shape k_shape;
  Shape v_shape;
  VERNIER_ASSIGN(const double* ks, join_cache(context, 4, k, k_shape));
  VERNIER_ASSIGN(const double* vs, join_cache(context, 5, v, v_shape));
  const std::int64_t kv_heads = k_shape[1];
  if (k_shape[0] != q.shape[0] || v_shape[0] != q.shape[0] || v_shape[1] != kv_heads ||
      v_shape[2] != k_shape[2] || k_shape[3] != q.shape[3] || kv_heads == 0 ||
      q.shape[1] % kv_heads != 0) {
    return shape_error("Q " + to_string(q.shape) + ", K " + to_string(k_shape) + " and V " +
                       to_string(v_shape) + " do not fit");
  }
  const Shape scores_shape{q.shape[0], q.shape[1], q.shape[2], k_shape[2]};
  const Shape y_shape{q.shape[0], q.shape[1], q.shape[2], v_shape[3]};
  const auto score_count = checked_element_count(scores_shape.span());
  if (!score_count || !checked_byte_count(DType::float64, y_shape.span())) {
    return limit_error("scores or output are too large", "E-LIMIT-TENSOR");
  }
  VERNIER_ASSIGN(const double* qs, dense_doubles(context, q));
  VERNIER_ASSIGN(const double* mask, make_mask(context, scores_shape));
  VERNIER_ASSIGN(double* scores, scratch_array<double>(context, *score_count));
  VERNIER_ASSIGN(double* shown, scratch_array<double>(context, *score_count));
  const std::int64_t group = q.shape[1] / kv_heads;
  attend(params, scores_shape, group, q.shape[3], qs, ks, mask, scores, shown);

  const std::int64_t total = k_shape[2];
  const std::int64_t size = v_shape[3];
  VERNIER_ASSIGN(double* ys, scratch_array<double>(context, element_count(y_shape)));
  for (std::int64_t r = 0; r < q.shape[0] * q.shape[1] * q.shape[2]; ++r) {
    const double* values = vs + r / q.shape[2] / group * total * size;
    std::fill(ys + r * size, ys + (r + 1) * size, 0.0);
    for (std::int64_t c = 0; c < total; ++c) {
      const double weight = scores[r * total + c];
      for (std::int64_t i = 0; i < size; ++i) ys[r * size + i] += weight * values[c * size + i];
    }
  }
  const DType dtype = context.input(0).dtype;
  const Shape out_shape = flat ? Shape{q.shape[0], q.shape[2], q.shape[1] * size} : y_shape;
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, dtype, out_shape));
  VERNIER_ASSIGN(const MutTensorView y_heads, split_heads(y, q.shape[1], "Y"));
  VERNIER_TRY(store_doubles(ys, y_heads));
  const auto write = [&](std::size_t i, DType type, const Shape& shape,
                         const double* values) -> Result<void> {
    if (!context.has_output(i)) return {};
    VERNIER_ASSIGN(const MutTensorView out, context.output(i, type, shape));
    return store_doubles(values, out);
  };
  VERNIER_TRY(write(1, k.dtype, k_shape, ks));
  VERNIER_TRY(write(2, v.dtype, v_shape, vs));
  return write(3, dtype, scores_shape, shown);
}

std::int64_t macs(const OpParams&, std::span<const Shape> inputs, std::span<const Shape> outputs) {
  // Both products, with the key count taken from K and the cache.
  std::int64_t keys = inputs[1][inputs[1].size() == 4 ? 2 : 1];
  if (inputs.size() > 4 && inputs[4].size() == 4) {
    keys = saturating_add(keys, inputs[4][2]);
  }
  return saturating_mul(saturating_add(element_count(inputs[0]), element_count(outputs[0])), keys);
}

}  // namespace

const OpDef attention_op{
    .domain = "",
    .name = "Attention",
    .since_version = 23,
    .inputs = {3, 7},
    .outputs = {1, 4},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
    .macs = macs,
};

}  // namespace vernier
