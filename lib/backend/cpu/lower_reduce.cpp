#include "backend/cpu/lower_reduce.h"

#include <cmath>

#include "backend/cpu/kernels/reduce/select.h"
#include "backend/cpu/lower.h"
#include "backend/cpu/lower_walk.h"
#include "ops/reduce.h"

namespace vernier {
namespace {

double finish_mean(double total, ptrdiff_t count) { return total / static_cast<double>(count); }
double finish_root(double total, ptrdiff_t /*count*/) { return std::sqrt(total); }
double finish_log(double total, ptrdiff_t /*count*/) { return std::log(total); }

ReduceFinishFn finish_of(ReduceFinish finish) {
  switch (finish) {
    case ReduceFinish::mean:
      return finish_mean;
    case ReduceFinish::root:
      return finish_root;
    case ReduceFinish::log:
      return finish_log;
    case ReduceFinish::none:
      break;
  }
  return nullptr;
}

struct Nests {
  LoopNest<2> kept;     ///< y, x
  LoopNest<1> reduced;  ///< x
};

Nests split_dims(const Shape& axes, const ValueDesc& x, const ValueDesc& y) {
  const bool keeps_dims = y.shape.size() == x.shape.size();
  Nests nests;
  std::size_t out = 0;
  for (std::size_t i = 0; i < x.shape.size(); ++i) {
    if (axes[i] != 0) {
      const int at = nests.reduced.rank++;
      nests.reduced.dims[at] = x.shape[i];
      nests.reduced.strides[0][at] = x.strides[i];
      if (keeps_dims) ++out;
      continue;
    }
    const int at = nests.kept.rank++;
    nests.kept.dims[at] = x.shape[i];
    nests.kept.strides[0][at] = y.strides[out++];
    nests.kept.strides[1][at] = x.strides[i];
  }
  return nests;
}

class ReduceF32Step final : public Step {
 public:
  ReduceF32Step(const ReduceSpec& spec, const ReducePlan& plan, const ReduceF32Kernel& kernel)
      : spec_(spec), plan_(plan), kernel_(kernel) {}
  Result<void> run(const StepArgs& args) const override {
    run_items(*args.parallel, plan_.kept.items,
              [&](std::int64_t begin, std::int64_t end, int /*thread*/) {
                reduce_f32_run(kernel_, spec_.kind, plan_, finish_of(spec_.finish),
                               args.inputs[0].as<float>(), args.outputs[0].as<float>(), begin, end);
              });
    return {};
  }
  [[nodiscard]] std::string_view kernel() const noexcept override { return kernel_.name; }

 private:
  ReduceSpec spec_;
  ReducePlan plan_;
  const ReduceF32Kernel& kernel_;
};

class ReduceTypedStep final : public Step {
 public:
  ReduceTypedStep(ReduceTypedFn fn, const Nests& nests, std::size_t bytes)
      : fn_(fn),
        plan_(reduce_plan(nests.kept, nests.reduced)),
        bytes_(static_cast<std::int64_t>(bytes)) {}
  Result<void> run(const StepArgs& args) const override {
    const LoopNest<2>& kept = plan_.kept.nest;
    const int inner = kept.rank - 1;
    row_walk_run(plan_.kept, 0, plan_.kept.items,
                 [&](const ptrdiff_t(&at)[2], ptrdiff_t rows, ptrdiff_t n) {
                   for (ptrdiff_t r = 0; r < rows; ++r) {
                     for (ptrdiff_t i = 0; i < n; ++i) {
                       const ptrdiff_t out =
                           at[0] + r * kept.strides[0][inner - 1] + i * kept.strides[0][inner];
                       const ptrdiff_t in =
                           at[1] + r * kept.strides[1][inner - 1] + i * kept.strides[1][inner];
                       fn_(args.inputs[0].data + in * bytes_, plan_.reduced,
                           args.outputs[0].data + out * bytes_);
                     }
                   }
                 });
    return {};
  }
  [[nodiscard]] std::string_view kernel() const noexcept override { return "reduce_int_generic"; }

 private:
  ReduceTypedFn fn_;
  ReducePlan plan_;
  std::int64_t bytes_;
};

struct ReduceRow {
  std::string_view name;
  ReduceSpec spec;
};
constexpr ReduceRow kReduceOps[] = {
    {"ReduceSum", {ReduceKind::sum, ReduceFinish::none}},
    {"ReduceMean", {ReduceKind::sum, ReduceFinish::mean}},
    {"ReduceMax", {ReduceKind::max, ReduceFinish::none}},
    {"ReduceMin", {ReduceKind::min, ReduceFinish::none}},
    {"ReduceProd", {ReduceKind::prod, ReduceFinish::none}},
    {"ReduceL1", {ReduceKind::sum_abs, ReduceFinish::none}},
    {"ReduceL2", {ReduceKind::sum_square, ReduceFinish::root}},
    {"ReduceSumSquare", {ReduceKind::sum_square, ReduceFinish::none}},
    {"ReduceLogSum", {ReduceKind::sum, ReduceFinish::log}},
};

const ReduceSpec& spec_of(const Node& node) {
  for (const ReduceRow& row : kReduceOps) {
    if (row.name == node.op->name) return row.spec;
  }
  return kReduceOps[0].spec;
}

/// One flag per dim; error when the axes are not known before running.
Result<Shape> reduce_axes(const Node& node, std::span<const ValueDesc> inputs) {
  TensorView axes;
  Tensor aligned;
  if (inputs.size() > 1 && inputs[1].present()) {
    if (inputs[1].constant == nullptr) return unsupported("the axes are not constant");
    VERNIER_ASSIGN(aligned, inputs[1].constant->to_aligned());
    axes = aligned.view();
  }
  return resolve_reduce_axes(params_as<ReduceParams>(node), axes, inputs[0].shape.size());
}

Support reduce_supports(const Node& node, std::span<const ValueDesc> inputs,
                        std::span<const ValueDesc> /*outputs*/) {
  const auto axes = reduce_axes(node, inputs);
  if (!axes) return Support::no(axes.error().message);
  if (element_count(inputs[0].shape) == 0) return Support::no("empty tensor");
  if (inputs[0].dtype == DType::float32) return Support::yes("reduce_f32");
  const ReduceSpec& spec = spec_of(node);
  if (spec.finish != ReduceFinish::none || reduce_typed(spec.kind, inputs[0].dtype) == nullptr) {
    return Support::no("no kernel for " + std::string(dtype_name(inputs[0].dtype)));
  }
  return Support::yes("reduce_int");
}

NodeLayout reduce_layout(const Node& /*node*/, std::span<const ValueDesc> /*inputs*/,
                         std::span<const ValueDesc> /*outputs*/,
                         std::span<const Layout> /*current*/) {
  return {{Layout::any, Layout::any}, Layout::dense, true};
}

Result<LoweredNode> reduce_lower(const Node& node, std::span<const ValueDesc> inputs,
                                 std::span<const ValueDesc> outputs, const LowerOptions& options,
                                 WeightStore& /*weights*/) {
  VERNIER_ASSIGN(const Shape axes, reduce_axes(node, inputs));
  const ReduceSpec& spec = spec_of(node);
  LoweredNode lowered;
  lowered.packed_inputs = {false, true};
  if (inputs[0].dtype == DType::float32) {
    lowered.step = make_reduce_f32(spec, axes, inputs[0], outputs[0], options);
  } else {
    lowered.step = std::make_unique<ReduceTypedStep>(reduce_typed(spec.kind, inputs[0].dtype),
                                                     split_dims(axes, inputs[0], outputs[0]),
                                                     dtype_size(inputs[0].dtype));
  }
  return lowered;
}

constexpr auto kRows = [] {
  std::array<CpuRow, std::size(kReduceOps)> rows{};
  std::size_t at = 0;
  for (const ReduceRow& row : kReduceOps) {
    rows[at++] = {"", row.name, reduce_supports, reduce_layout, reduce_lower};
  }
  return rows;
}();

}  // namespace

std::unique_ptr<Step> make_reduce_f32(const ReduceSpec& spec, const Shape& axes, const ValueDesc& x,
                                      const ValueDesc& y, const LowerOptions& options) {
  const Nests nests = split_dims(axes, x, y);
  return std::make_unique<ReduceF32Step>(spec, reduce_plan(nests.kept, nests.reduced),
                                         reduce_select(options.isa));
}

std::span<const CpuRow> reduce_rows() { return kRows; }

}  // namespace vernier
