#pragma once
// Runs the CPU row of one node against the operator's reference: in every layout that the row
// accepts, every ISA tier of the host, with and without splitting items over threads, with gaps in
// and around the outputs watched.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "backend/cpu/lower.h"
#include "base/half.h"
#include "graph/builder.h"
#include "graph/evaluate.h"
#include "ops/registry.h"
#include "tensor/strided.h"

namespace vernier::row_check {

/// Seeded numbers, the same everywhere (SplitMix64).
class Rng {
 public:
  explicit Rng(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }
  std::int64_t range(std::int64_t lo, std::int64_t hi) {
    return lo + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(hi - lo + 1));
  }
  float value(float lo, float hi) {
    return lo + (hi - lo) * static_cast<float>(next() >> 40U) / 16777216.0F;
  }

 private:
  std::uint64_t state_;
};

inline Tensor floats(const Shape& shape, std::uint64_t seed, float lo = -2.0F, float hi = 2.0F) {
  Rng rng(seed);
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (float& value : values) value = rng.value(lo, hi);
  return Tensor::from_float(values, shape);
}
/// floats() with NaN, infinities, zeros of both signs and large values strewn in.
inline Tensor special_floats(const Shape& shape, std::uint64_t seed) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  constexpr float kSpecial[] = {
      kInf,   -kInf, std::numeric_limits<float>::quiet_NaN(), 0.0F, -0.0F, 88.8F, -88.8F, 1e30F,
      -1e30F, 1e-40F};
  Tensor tensor = floats(shape, seed);
  Rng rng(seed + 1);
  for (std::int64_t i = 0; i < tensor.element_count(); ++i) {
    if (rng.range(0, 3) == 0) tensor.mutable_as<float>()[i] = kSpecial[rng.range(0, 9)];
  }
  return tensor;
}
/// Integers (or booleans) of any dtype of 1 to 8 bytes.
inline Tensor integers(DType dtype, const Shape& shape, std::uint64_t seed, std::int64_t lo,
                       std::int64_t hi) {
  Rng rng(seed);
  Tensor tensor = Tensor::allocate(dtype, shape).value();
  std::byte* out = tensor.mutable_view().data;
  for (std::int64_t i = 0; i < tensor.element_count(); ++i) {
    const std::int64_t value = rng.range(lo, hi);
    std::memcpy(out + static_cast<std::size_t>(i) * dtype_size(dtype), &value, dtype_size(dtype));
  }
  return tensor;
}

struct Operand {
  Tensor value;           ///< undefined: omitted
  bool constant = false;  ///< known when lowering
};

struct Case {
  std::string domain;
  std::string op;
  std::vector<Operand> inputs;
  std::vector<Attribute> attributes{};
  Params params{};  ///< instead of attributes, for fused operators
  std::size_t outputs = 1;
  double tolerance =
      1e-5;  ///< relative to max(1, |reference|); 0: equal bits (NaN counts as equal)
};

/// Runs items in `parts` ranges, last one first, each as another thread.
class SplitParallel final : public Parallel {
 public:
  explicit SplitParallel(int parts) : parts_(parts) {}
  [[nodiscard]] int thread_count() const noexcept override { return parts_; }
  void run(std::int64_t items, Body body, void* context) override {
    for (int part = parts_ - 1; part >= 0; --part) {
      const std::int64_t begin = items * part / parts_;
      const std::int64_t end = items * (part + 1) / parts_;
      if (begin < end) body(context, begin, end, part);
    }
  }

 private:
  int parts_;
};

class InstantWeights final : public WeightStore {
 public:
  std::shared_ptr<const PackedWeight> request(const Tensor& source, const std::string& /*key*/,
                                              std::size_t bytes, Fill fill) override {
    buffers_.push_back(Buffer::allocate(std::max<std::size_t>(bytes, 1), nullptr, "test").value());
    fill(source, buffers_.back().data());
    auto packed = std::make_shared<PackedWeight>();
    packed->data = buffers_.back().data();
    packed->bytes = bytes;
    return packed;
  }

 private:
  std::vector<Buffer> buffers_;
};

/// How far apart rows or pixels are stored: 0 tight, 1 with gaps.
inline Strides strides_of(Layout layout, const Shape& shape, int gaps) {
  if (layout == Layout::channels_last && shape.size() >= 3) {
    return channels_last_strides(shape, gaps == 0 ? 0 : shape[1] + 3);
  }
  Strides strides = dense_strides(shape);
  if (layout == Layout::dense || gaps == 0 || shape.empty()) return strides;
  Shape wide = shape;
  wide[wide.size() - 1] += 2;
  return dense_strides(wide);
}

/// A strided copy of a tensor between canaries.
struct Stored {
  std::vector<std::byte> bytes;
  TensorView view;
  std::vector<bool> used;  ///< per byte: part of the tensor
};
inline constexpr std::size_t kMargin = 256;

inline Stored store(DType dtype, const Shape& shape, const Strides& strides, const Tensor* from) {
  Stored stored;
  std::int64_t last = 0;
  for (std::size_t i = 0; i < shape.size(); ++i) last += (shape[i] - 1) * strides[i];
  const std::size_t size = dtype_size(dtype);
  const auto body = (static_cast<std::size_t>(last) + 1) * size;
  stored.bytes.assign(body + 2 * kMargin + 64, std::byte{0xA5});
  stored.used.assign(stored.bytes.size(), false);
  auto* start = stored.bytes.data() + kMargin;
  start += (64 - reinterpret_cast<std::uintptr_t>(start) % 64) % 64;
  stored.view = {start, dtype, shape, strides};
  for_each_offset<1>(shape, {strides}, [&](const auto& at) {
    const auto first = static_cast<std::size_t>(start - stored.bytes.data()) +
                       static_cast<std::size_t>(at[0]) * size;
    for (std::size_t i = 0; i < size; ++i) stored.used[first + i] = true;
  });
  if (from != nullptr) {
    copy_elements(from->view(), MutTensorView{start, dtype, shape, strides});
  }
  return stored;
}
inline bool canaries_intact(const Stored& stored) {
  for (std::size_t i = 0; i < stored.bytes.size(); ++i) {
    if (!stored.used[i] && stored.bytes[i] != std::byte{0xA5}) return false;
  }
  return true;
}

inline double number_at(const TensorView& view, std::int64_t offset) {
  switch (view.dtype) {
    case DType::float32:
      return static_cast<double>(view.as<float>()[offset]);
    case DType::float64:
      return view.as<double>()[offset];
    case DType::float16:
      return static_cast<double>(static_cast<float>(view.as<float16>()[offset]));
    case DType::bfloat16:
      return static_cast<double>(static_cast<float>(view.as<bfloat16>()[offset]));
    case DType::int64:
      return static_cast<double>(view.as<std::int64_t>()[offset]);
    case DType::int32:
      return static_cast<double>(view.as<std::int32_t>()[offset]);
    case DType::int8:
      return static_cast<double>(view.as<std::int8_t>()[offset]);
    default:
      return static_cast<double>(view.as<std::uint8_t>()[offset]);
  }
}

/// The element (linear index) that differs most beyond tolerance; -1 when none does.
inline std::int64_t first_difference(const TensorView& got, const TensorView& want,
                                     double tolerance) {
  std::int64_t index = 0;
  std::int64_t bad = -1;
  for_each_offset<2>(got.shape, {got.strides, want.strides}, [&](const auto& at) {
    const double g = number_at(got, at[0]);
    const double w = number_at(want, at[1]);
    const bool same = std::isnan(w) ? std::isnan(g)
                      : std::isinf(w) || tolerance == 0.0
                          ? g == w
                          : std::fabs(g - w) <= tolerance * std::max(1.0, std::fabs(w));
    if (!same && bad < 0) bad = index;
    ++index;
  });
  return bad;
}

inline Node node_of(const Case& test) {
  const OpDef* op = find_op(test.domain, test.op);
  REQUIRE(op != nullptr);
  Node node;
  node.name = "tested";
  node.op = op;
  node.opset = GraphBuilder::kDefaultOpset;
  node.attributes = test.attributes;
  if (test.params) {
    node.parameters = test.params;
  } else {
    AttrReader reader(node.attributes);
    auto params = op->parse(reader, node.opset);
    if (!params) FAIL(params.error().message);
    node.parameters = *params;
  }
  for (std::size_t i = 0; i < test.inputs.size(); ++i) {
    node.inputs.push_back(test.inputs[i].value.defined() ? static_cast<ValueId>(i) : ValueId::none);
  }
  for (std::size_t i = 0; i < test.outputs; ++i)
    node.outputs.push_back(static_cast<ValueId>(100 + i));
  return node;
}

inline std::vector<ValueDesc> input_descs(const Case& test) {
  std::vector<ValueDesc> descs;
  for (const Operand& operand : test.inputs) {
    ValueDesc desc;
    if (operand.value.defined()) {
      desc = {operand.value.dtype(), operand.value.shape(), dense_strides(operand.value.shape()),
              operand.constant ? &operand.value : nullptr};
    }
    descs.push_back(desc);
  }
  return descs;
}

struct Expected {
  Node node;
  std::vector<Tensor> outputs;
};
inline Expected reference_of(const Case& test) {
  Expected expected{node_of(test), {}};
  std::vector<TensorView> views;
  for (const Operand& operand : test.inputs) {
    views.push_back(operand.value.defined() ? operand.value.view() : TensorView{});
  }
  auto outputs = evaluate_node(expected.node, views);
  if (!outputs) FAIL(outputs.error().message);
  expected.outputs = std::move(*outputs);
  return expected;
}

inline std::vector<ValueDesc> output_descs(const Expected& expected) {
  std::vector<ValueDesc> descs;
  for (const Tensor& tensor : expected.outputs) {
    descs.push_back({tensor.dtype(), tensor.shape(), dense_strides(tensor.shape()), nullptr});
  }
  return descs;
}

/// One lowering: this order of inputs, this tier, this many threads. Returns the outputs' bytes.
inline std::vector<Stored> run_once(const Case& test, const Expected& expected, const CpuRow& row,
                                    Layout current, int gaps, IsaTier tier, int threads) {
  std::vector<ValueDesc> inputs = input_descs(test);
  std::vector<ValueDesc> outputs = output_descs(expected);
  std::vector<Layout> orders;
  for (const ValueDesc& input : inputs) {
    const bool image =
        current == Layout::channels_last && input.shape.size() >= 3 && input.constant == nullptr;
    orders.push_back(image ? Layout::channels_last : Layout::dense);
  }
  const NodeLayout layout = row.layout(expected.node, inputs, outputs, orders);
  std::vector<Stored> stored;
  std::vector<TensorView> views;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].present()) {
      stored.emplace_back();
      views.emplace_back();
      continue;
    }
    const Layout want = i < layout.inputs.size() ? layout.inputs[i] : Layout::any;
    Strides strides = inputs[i].strides;
    if (inputs[i].constant == nullptr) {
      strides = want == Layout::any
                    ? strides_of(orders[i] == Layout::dense ? Layout::inner_dense : orders[i],
                                 inputs[i].shape, gaps)
                    : strides_of(want, inputs[i].shape, gaps);
    }
    REQUIRE(satisfies(want, inputs[i].shape, strides));
    inputs[i].strides = strides;
    stored.push_back(store(inputs[i].dtype, inputs[i].shape, strides, &test.inputs[i].value));
    views.push_back(stored.back().view);
  }
  std::vector<Stored> results;
  std::vector<MutTensorView> targets;
  for (ValueDesc& output : outputs) {
    if (!output.present()) {
      results.emplace_back();
      targets.emplace_back();
      continue;
    }
    const Layout order = layout.output == Layout::dense && layout.pitched_output && gaps != 0
                             ? Layout::inner_dense
                             : layout.output;
    output.strides = strides_of(order, output.shape, layout.pitched_output ? gaps : 0);
    results.push_back(store(output.dtype, output.shape, output.strides, nullptr));
    const TensorView& view = results.back().view;
    targets.push_back({const_cast<std::byte*>(view.data), view.dtype, view.shape, view.strides});
  }
  InstantWeights weights;
  auto lowered = row.lower(expected.node, inputs, outputs, {tier, threads}, weights);
  if (!lowered) FAIL(lowered.error().message);
  for (std::size_t i = 0; i < lowered->packed_inputs.size() && i < views.size(); ++i) {
    if (lowered->packed_inputs[i]) views[i] = TensorView{};
  }
  Buffer workspace =
      Buffer::allocate(lowered->step->workspace_bytes() + 64, nullptr, "test").value();
  std::memset(workspace.data(), 0xFF, workspace.size());
  SplitParallel parallel(threads);
  const auto ran = lowered->step->run({views, targets, workspace.data(), &parallel});
  if (!ran) FAIL(ran.error().message);
  for (const Stored& result : results) CHECK(canaries_intact(result));
  return results;
}

inline void check_row(const Case& test) {
  const CpuRow* row = find_cpu_row(test.domain, test.op);
  REQUIRE(row != nullptr);
  const Expected expected = reference_of(test);
  const Support support = row->supports(expected.node, input_descs(test), output_descs(expected));
  INFO(test.op << ": " << support.reason);
  REQUIRE(support);
  for (const IsaTier tier : {IsaTier::generic, IsaTier::avx2, IsaTier::avx512}) {
    if (tier > host_cpu_features().tier) continue;
    for (const Layout current : {Layout::dense, Layout::channels_last}) {
      for (const int gaps : {0, 1}) {
        INFO(isa_tier_name(tier) << ", " << layout_name(current) << ", gaps " << gaps);
        const auto whole = run_once(test, expected, *row, current, gaps, tier, 1);
        const auto split = run_once(test, expected, *row, current, gaps, tier, 3);
        for (std::size_t k = 0; k < whole.size(); ++k) {
          if (whole[k].view.dtype == DType::undefined) continue;
          INFO("output " << k);
          const std::int64_t bad =
              first_difference(whole[k].view, expected.outputs[k].view(), test.tolerance);
          if (bad >= 0) {
            std::int64_t index = 0;
            for_each_offset<2>(
                whole[k].view.shape, {whole[k].view.strides, expected.outputs[k].view().strides},
                [&](const auto& at) {
                  if (index++ == bad) {
                    UNSCOPED_INFO("element " << bad << ": " << number_at(whole[k].view, at[0])
                                             << " instead of "
                                             << number_at(expected.outputs[k].view(), at[1]));
                  }
                });
          }
          REQUIRE(bad == -1);
          REQUIRE(first_difference(whole[k].view, split[k].view, 0.0) == -1);
        }
      }
    }
  }
}

/// The reason why the row refuses the node; empty when it accepts it.
inline std::string refusal(const Case& test) {
  const CpuRow* row = find_cpu_row(test.domain, test.op);
  REQUIRE(row != nullptr);
  const Expected expected = reference_of(test);
  return row->supports(expected.node, input_descs(test), output_descs(expected)).reason;
}

/// The error of running a node whose data is bad (dense, generic tier); fails when there is none.
inline Error run_error(const Case& test, const std::vector<ValueDesc>& outputs) {
  const CpuRow* row = find_cpu_row(test.domain, test.op);
  REQUIRE(row != nullptr);
  const Node node = node_of(test);
  const std::vector<ValueDesc> inputs = input_descs(test);
  InstantWeights weights;
  auto lowered = row->lower(node, inputs, outputs, {IsaTier::generic, 1}, weights);
  if (!lowered) FAIL(lowered.error().message);
  std::vector<TensorView> views;
  for (const Operand& operand : test.inputs) views.push_back(operand.value.view());
  std::vector<Tensor> storage;
  std::vector<MutTensorView> targets;
  for (const ValueDesc& output : outputs) {
    storage.push_back(Tensor::allocate(output.dtype, output.shape).value());
    targets.push_back(storage.back().mutable_view());
  }
  SplitParallel parallel(1);
  const auto ran = lowered->step->run({views, targets, nullptr, &parallel});
  if (ran) FAIL("no error");
  return ran.error();
}

}  // namespace vernier::row_check
