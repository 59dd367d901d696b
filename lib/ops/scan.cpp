#include "ops/scan.h"

#include <limits>
#include <memory>

#include "ops/body_values.h"
#include "ops/shapes.h"
#include "ops/type_check.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<ScanParams>();
  attributes.ignore("body");  // lives on in Node::subgraphs
  if (!attributes.has("num_scan_inputs")) return attr_error("num_scan_inputs is missing");
  VERNIER_ASSIGN(const auto count, attributes.get_int_in("num_scan_inputs", 1, 1,
                                                         std::numeric_limits<std::int16_t>::max()));
  params->scan_inputs = static_cast<std::size_t>(count);
  VERNIER_ASSIGN(params->input_directions, attributes.get_ints("scan_input_directions"));
  VERNIER_ASSIGN(params->output_directions, attributes.get_ints("scan_output_directions"));
  VERNIER_ASSIGN(params->input_axes, attributes.get_ints("scan_input_axes"));
  VERNIER_ASSIGN(params->output_axes, attributes.get_ints("scan_output_axes"));
  VERNIER_TRY(check_values(params->input_directions, "scan_input_directions", 0, 1));
  VERNIER_TRY(check_values(params->output_directions, "scan_output_directions", 0, 1));
  for (const auto* list : {&params->input_directions, &params->input_axes}) {
    if (!list->empty() && list->size() != params->scan_inputs) {
      return attr_error("a list over the scan inputs has " + std::to_string(list->size()) +
                        " values, expected " + std::to_string(params->scan_inputs));
    }
  }
  return Params(std::move(params));
}

std::int64_t entry(const std::vector<std::int64_t>& list, std::size_t i) {
  return i < list.size() ? list[i] : 0;
}

/// How many inputs are states; error E-MODEL-ARITY when there are fewer inputs than scan inputs.
Result<std::size_t> state_count(const ScanParams& params, std::size_t inputs, std::size_t outputs) {
  if (inputs < params.scan_inputs || outputs < inputs - params.scan_inputs) {
    return invalid_model("Scan has " + std::to_string(inputs) + " inputs, " +
                             std::to_string(outputs) + " outputs and num_scan_inputs " +
                             std::to_string(params.scan_inputs),
                         "E-MODEL-ARITY");
  }
  const std::size_t states = inputs - params.scan_inputs;
  for (const auto* list : {&params.output_directions, &params.output_axes}) {
    if (!list->empty() && list->size() != outputs - states) {
      return attr_error("a list over the scan outputs has " + std::to_string(list->size()) +
                        " values, expected " + std::to_string(outputs - states));
    }
  }
  return states;
}

Result<void> infer(InferContext& context) {
  const auto& params = params_as<ScanParams>(context);
  if (context.subgraph_count() != 1) return invalid_model("the body is missing", "E-MODEL-ATTR");
  VERNIER_ASSIGN(const std::size_t states,
                 state_count(params, context.input_count(), context.output_count()));
  std::vector<ValueType> inputs;
  Dim length;
  for (std::size_t i = 0; i < context.input_count(); ++i) {
    ValueType type = context.input(i);
    if (i >= states && type.ranked) {
      VERNIER_TRY(check_rank(type, 1, kMaxRank, "scan input"));
      VERNIER_ASSIGN(const std::size_t axis,
                     normalize_axis(entry(params.input_axes, i - states), type.rank()));
      if (dims_differ(length, type.dims[axis])) return shape_error("scan inputs differ in length");
      length = merge_dims(length, type.dims[axis]);
      type.dims.erase(type.dims.begin() + static_cast<std::ptrdiff_t>(axis));
    }
    inputs.push_back(std::move(type));
  }
  VERNIER_ASSIGN(const auto types, context.infer_subgraph(0, inputs));
  if (types.size() != context.output_count()) {
    return invalid_model("body has " + std::to_string(types.size()) + " outputs, expected " +
                             std::to_string(context.output_count()),
                         "E-MODEL-ARITY");
  }
  for (std::size_t i = 0; i < types.size(); ++i) {
    ValueType type = types[i];
    if (i < states) {
      VERNIER_TRY(check_same_dtype(context.input(i), "initial state", type, "state"));
    } else if (type.ranked) {
      VERNIER_ASSIGN(const std::size_t axis,
                     normalize_axis(entry(params.output_axes, i - states), type.rank() + 1));
      type.dims.insert(type.dims.begin() + static_cast<std::ptrdiff_t>(axis), length);
    }
    context.set_output(i, std::move(type));
  }
  return {};
}

/// `view` at one index of an axis, without that axis.
template <class View>
View slice_at(const View& view, std::size_t axis, std::int64_t index) {
  View slice = view;
  slice.data = element_ptr(view, index * view.strides[axis]);
  slice.shape.erase(axis);
  slice.strides.erase(axis);
  return slice;
}

/// One stacked output, opened when its first element is known.
struct ScanOutput {
  MutTensorView view;
  std::size_t axis = 0;
  bool open = false;
};

Result<void> open_output(EvalContext& context, std::size_t i, std::int64_t axis,
                         std::int64_t length, DType dtype, Shape shape, ScanOutput& output) {
  if (shape.size() >= kMaxRank) {
    return limit_error("stacked output has too many dims", "E-LIMIT-RANK");
  }
  VERNIER_ASSIGN(output.axis, normalize_axis(axis, shape.size() + 1));
  shape.insert(output.axis, length);
  VERNIER_ASSIGN(output.view, context.output(i, dtype, shape));
  output.open = true;
  return {};
}

Result<void> reference(EvalContext& context) {
  const auto& params = params_as<ScanParams>(context);
  VERNIER_ASSIGN(const std::size_t states,
                 state_count(params, context.input_count(), context.output_count()));
  std::vector<std::size_t> axes(params.scan_inputs);
  std::int64_t length = -1;
  for (std::size_t i = 0; i < params.scan_inputs; ++i) {
    const TensorView& x = context.input(states + i);
    VERNIER_ASSIGN(axes[i], normalize_axis(entry(params.input_axes, i), x.rank()));
    if (length >= 0 && x.shape[axes[i]] != length) {
      return data_shape_error("scan inputs differ in length");
    }
    length = x.shape[axes[i]];
  }
  std::vector<CarriedValue> carried(states);
  std::vector<ScanOutput> stacked(context.output_count() - states);
  std::vector<TensorView> inputs(context.input_count());
  for (std::size_t i = 0; i < states; ++i) inputs[i] = context.input(i);
  for (std::int64_t t = 0; t < length; ++t) {
    for (std::size_t i = 0; i < params.scan_inputs; ++i) {
      const bool backward = entry(params.input_directions, i) != 0;
      inputs[states + i] =
          slice_at(context.input(states + i), axes[i], backward ? length - 1 - t : t);
    }
    VERNIER_ASSIGN(const auto values, context.run_subgraph(0, inputs));
    if (values.size() != context.output_count()) {
      return invalid_model("body has " + std::to_string(values.size()) + " outputs",
                           "E-MODEL-ARITY");
    }
    for (std::size_t i = 0; i < stacked.size(); ++i) {
      if (!context.has_output(states + i)) continue;
      const TensorView& value = values[states + i];
      ScanOutput& output = stacked[i];
      if (!output.open) {
        VERNIER_TRY(open_output(context, states + i, entry(params.output_axes, i), length,
                                value.dtype, value.shape, output));
      }
      const bool backward = entry(params.output_directions, i) != 0;
      const MutTensorView place = slice_at(output.view, output.axis, backward ? length - 1 - t : t);
      if (value.dtype != place.dtype || !(value.shape == place.shape)) {
        return data_shape_error("a stacked output changes its shape to " + describe(value));
      }
      copy_elements(value, place);
    }
    for (std::size_t i = 0; i < states; ++i) {
      VERNIER_TRY(carried[i].assign(context, values[i]));
    }
    for (std::size_t i = 0; i < states; ++i) inputs[i] = carried[i].view();
  }
  for (std::size_t i = 0; i < states; ++i) {
    if (!context.has_output(i)) continue;
    VERNIER_ASSIGN(const MutTensorView out, context.output(i, inputs[i].dtype, inputs[i].shape));
    copy_elements(inputs[i], out);
  }
  if (length > 0) return {};
  const auto types = context.body_output_types(0);
  for (std::size_t i = states; i < context.output_count(); ++i) {
    if (!context.has_output(i)) continue;
    const ValueType type = i < types.size() ? types[i] : ValueType{};
    VERNIER_ASSIGN(const Shape shape, fallback_shape(type));
    VERNIER_TRY(open_output(context, i, entry(params.output_axes, i - states), 0, type.dtype, shape,
                            stacked[i - states]));
  }
  return {};
}

}  // namespace

const OpDef scan_op{
    .domain = "",
    .name = "Scan",
    .since_version = 9,
    .inputs = {1, -1},
    .outputs = {1, -1},
    .traits = {.has_subgraph = true, .foldable = false},
    .parse = parse,
    .infer = infer,
    .reference = reference,
};

}  // namespace vernier
