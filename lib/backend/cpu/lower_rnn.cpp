#include <cstring>

#include "backend/cpu/kernels/gemm/gemm.h"
#include "backend/cpu/kernels/gemm/select.h"
#include "backend/cpu/kernels/rnn/rnn.h"
#include "backend/cpu/kernels/rnn/select.h"
#include "backend/cpu/lower.h"
#include "backend/cpu/lower_common.h"
#include "backend/cpu/lower_walk.h"
#include "ops/gru.h"
#include "ops/lstm.h"

namespace vernier {
namespace {

constexpr std::size_t kX = 0;
constexpr std::size_t kW = 1;
constexpr std::size_t kR = 2;
constexpr std::size_t kB = 3;
constexpr std::size_t kLengths = 4;
constexpr std::size_t kH0 = 5;
constexpr std::size_t kC0 = 6;
constexpr std::size_t kPeepholes = 7;
/// Recurrent weights above this are worth a hand-over to the other threads at every time step.
constexpr std::size_t kSharedStepBytes = 512 * 1024;

bool absent(std::span<const ValueDesc> descs, std::size_t i) {
  return i >= descs.size() || !descs[i].present();
}

/// Sizes and the matrix products of one recurrent node. Weights of a direction are packed as the
/// input projection (all gates) and the recurrent one (all gates, or z r and n apart for GRU).
struct RnnPlan {
  std::int64_t steps = 0;
  std::int64_t batch = 0;
  std::int64_t input = 0;
  std::int64_t hidden = 0;
  std::int64_t gates = 0;
  std::int64_t directions = 1;
  bool reversed = false;  ///< the only direction runs backwards
  bool lstm = false;
  bool linear_before_reset = false;
  GemmF32Plan project;    ///< [steps * batch, input] x [input, gates * hidden]
  GemmF32Plan recurrent;  ///< [batch, hidden] x [hidden, recurrent_gates * hidden]
  GemmF32Plan candidate;  ///< GRU without linear_before_reset: [batch, hidden] x [hidden, hidden]
  std::int64_t recurrent_gates = 0;

  [[nodiscard]] bool splits_candidate() const { return !lstm && !linear_before_reset; }
  /// Floats of a direction's packed recurrent weights.
  [[nodiscard]] std::size_t recurrent_floats() const {
    return round_up(recurrent.packed_floats) +
           (splits_candidate() ? round_up(candidate.packed_floats) : 0);
  }
  [[nodiscard]] std::size_t project_floats() const { return round_up(project.packed_floats); }
  /// Bias of the projection, then (linear_before_reset) that of the recurrent product.
  [[nodiscard]] std::size_t bias_floats() const {
    const auto one = static_cast<std::size_t>(gates * hidden);
    return linear_before_reset ? 2 * one : one;
  }
  /// Workspace of a direction: projected gates, h, c or reset state, recurrent gates.
  [[nodiscard]] std::size_t direction_floats() const {
    const std::int64_t floats = steps * batch * gates * hidden + 2 * batch * hidden +
                                (linear_before_reset ? batch * gates * hidden : 0);
    return round_up(static_cast<std::size_t>(floats));
  }
  [[nodiscard]] std::size_t scratch_bytes() const {
    std::size_t bytes = std::max(project.scratch_bytes, recurrent.scratch_bytes);
    if (splits_candidate()) bytes = std::max(bytes, candidate.scratch_bytes);
    return scratch_stride(bytes);
  }
  static constexpr std::size_t round_up(std::size_t floats) { return (floats + 15) / 16 * 16; }
};

RnnPlan make_plan(const Node& node, std::span<const ValueDesc> inputs, IsaTier isa) {
  const auto& params = params_as<RecurrentParams>(node);
  RnnPlan plan;
  plan.lstm = node.op->name == "LSTM";
  plan.linear_before_reset = !plan.lstm && params.linear_before_reset;
  plan.steps = inputs[kX].shape[0];
  plan.batch = inputs[kX].shape[1];
  plan.input = inputs[kX].shape[2];
  plan.hidden = inputs[kR].shape[2];
  plan.gates = plan.lstm ? 4 : 3;
  plan.directions = static_cast<std::int64_t>(params.directions());
  plan.reversed = params.direction == RecurrentDirection::reverse;
  plan.recurrent_gates = plan.splits_candidate() ? 2 : plan.gates;
  const GemmF32Kernel& kernel = gemm_f32_select(isa);
  plan.project =
      gemm_f32_plan(kernel, plan.steps * plan.batch, plan.gates * plan.hidden, plan.input);
  plan.recurrent =
      gemm_f32_plan(kernel, plan.batch, plan.recurrent_gates * plan.hidden, plan.hidden);
  if (plan.splits_candidate()) {
    plan.candidate = gemm_f32_plan(kernel, plan.batch, plan.hidden, plan.hidden);
  }
  return plan;
}

void pack_all(const GemmF32Plan& plan, const float* weights, float* packed) {
  gemm_f32_pack_b(plan, weights, 1, plan.k, 0, plan.panels.count, packed);
}

class RnnStep final : public Step {
 public:
  RnnStep(const RnnPlan& plan, const RnnF32Kernel& kernel, int threads)
      : plan_(plan), kernel_(kernel), threads_(threads) {}

  Result<void> run(const StepArgs& args) const override {
    const bool share_steps =
        plan_.directions == 1 && plan_.recurrent_floats() * sizeof(float) > kSharedStepBytes;
    for (std::int64_t d = 0; d < plan_.directions; ++d) {
      begin_direction(args, d);
      project(args, d);
    }
    if (plan_.directions == 1) {
      advance(args, 0, 0, share_steps);
      return {};
    }
    run_items(*args.parallel, plan_.directions,
              [&](std::int64_t begin, std::int64_t end, int thread) {
                for (std::int64_t d = begin; d < end; ++d) advance(args, d, thread, false);
              });
    return {};
  }
  [[nodiscard]] std::size_t workspace_bytes() const noexcept override {
    return plan_.direction_floats() * static_cast<std::size_t>(plan_.directions) * sizeof(float) +
           plan_.scratch_bytes() * static_cast<std::size_t>(threads_);
  }
  [[nodiscard]] std::string_view kernel() const noexcept override { return kernel_.name; }

  std::shared_ptr<const PackedWeight> w;
  std::shared_ptr<const PackedWeight> r;
  std::shared_ptr<const PackedWeight> bias;  ///< null: no bias

 private:
  struct State {
    float* gates;      ///< [steps][batch][gates * hidden]
    float* h;          ///< [batch][hidden]
    float* c;          ///< LSTM: cell state; GRU: reset state
    float* recurrent;  ///< linear_before_reset only
  };
  [[nodiscard]] State state(const StepArgs& args, std::int64_t d) const {
    State s{};
    s.gates = reinterpret_cast<float*>(args.workspace) +
              static_cast<std::size_t>(d) * plan_.direction_floats();
    s.h = s.gates + plan_.steps * plan_.batch * plan_.gates * plan_.hidden;
    s.c = s.h + plan_.batch * plan_.hidden;
    s.recurrent = s.c + plan_.batch * plan_.hidden;
    return s;
  }
  [[nodiscard]] std::byte* scratch(const StepArgs& args, int thread) const {
    return args.workspace +
           plan_.direction_floats() * static_cast<std::size_t>(plan_.directions) * sizeof(float) +
           static_cast<std::size_t>(thread) * plan_.scratch_bytes();
  }
  static void initial(const StepArgs& args, std::size_t input, std::int64_t offset,
                      std::int64_t count, float* to) {
    const auto bytes = static_cast<std::size_t>(count) * sizeof(float);
    if (input < args.inputs.size() && args.inputs[input].data != nullptr) {
      std::memcpy(to, args.inputs[input].as<float>() + offset, bytes);
    } else {
      std::memset(to, 0, bytes);
    }
  }
  void begin_direction(const StepArgs& args, std::int64_t d) const {
    const State s = state(args, d);
    const std::int64_t count = plan_.batch * plan_.hidden;
    initial(args, kH0, d * count, count, s.h);
    if (plan_.lstm) initial(args, kC0, d * count, count, s.c);
  }
  [[nodiscard]] const float* bias_of(std::int64_t d) const {
    if (!bias) return nullptr;
    return bias->as<float>() + static_cast<std::size_t>(d) * plan_.bias_floats();
  }

  /// Gates of all time steps from the input.
  void project(const StepArgs& args, std::int64_t d) const {
    GemmF32Args gemm{};
    gemm.a = args.inputs[kX].as<float>();
    gemm.lda = plan_.input;
    gemm.packed_b = w->as<float>() + static_cast<std::size_t>(d) * plan_.project_floats();
    gemm.bias = bias_of(d);
    gemm.c = state(args, d).gates;
    gemm.ldc = plan_.gates * plan_.hidden;
    gemm.act = {ActivationKind::none, 0.0F, 0.0F};
    run_items(*args.parallel, plan_.project.items,
              [&](std::int64_t begin, std::int64_t end, int thread) {
                gemm_f32_run(plan_.project, gemm, begin, end, scratch(args, thread));
              });
  }

  void multiply(const StepArgs& args, const GemmF32Plan& plan, const GemmF32Args& gemm, int thread,
                bool share) const {
    if (!share) {
      gemm_f32_run(plan, gemm, 0, plan.items, scratch(args, thread));
      return;
    }
    run_items(*args.parallel, plan.items, [&](std::int64_t begin, std::int64_t end, int worker) {
      gemm_f32_run(plan, gemm, begin, end, scratch(args, worker));
    });
  }

  /// All time steps of a direction.
  void advance(const StepArgs& args, std::int64_t d, int thread, bool share) const {
    const State s = state(args, d);
    const std::int64_t hidden = plan_.hidden;
    const std::int64_t state_count = plan_.batch * hidden;
    const bool backwards = plan_.reversed || d == 1;
    const bool has_y = !args.outputs.empty() && args.outputs[0].data != nullptr;
    const float* packed = r->as<float>() + static_cast<std::size_t>(d) * plan_.recurrent_floats();
    for (std::int64_t step = 0; step < plan_.steps; ++step) {
      const std::int64_t t = backwards ? plan_.steps - 1 - step : step;
      RnnF32Args cell{};
      cell.gates = s.gates + t * plan_.batch * plan_.gates * hidden;
      cell.gates_pitch = plan_.gates * hidden;
      cell.recurrent = s.recurrent;
      cell.reset = s.c;
      cell.h = s.h;
      cell.c = s.c;
      cell.rows = plan_.batch;
      cell.hidden = hidden;
      if (has_y) {
        cell.y = args.outputs[0].as<float>() + (t * plan_.directions + d) * state_count;
      }
      GemmF32Args gemm{};
      gemm.a = s.h;
      gemm.lda = hidden;
      gemm.packed_b = packed;
      gemm.act = {ActivationKind::none, 0.0F, 0.0F};
      if (plan_.linear_before_reset) {
        gemm.c = s.recurrent;
        gemm.ldc = plan_.gates * hidden;
        if (bias) gemm.bias = bias_of(d) + plan_.gates * hidden;
        multiply(args, plan_.recurrent, gemm, thread, share);
        kernel_.gru_linear(cell);
        continue;
      }
      gemm.c = cell.gates;
      gemm.ldc = cell.gates_pitch;
      gemm.residual = cell.gates;
      gemm.ldr = cell.gates_pitch;
      multiply(args, plan_.recurrent, gemm, thread, share);
      if (plan_.lstm) {
        kernel_.lstm(cell);
        continue;
      }
      kernel_.gru_reset(cell);
      gemm.a = s.c;
      gemm.packed_b = packed + RnnPlan::round_up(plan_.recurrent.packed_floats);
      gemm.c = cell.gates + 2 * hidden;
      gemm.residual = gemm.c;
      multiply(args, plan_.candidate, gemm, thread, share);
      kernel_.gru_out(cell);
    }
    finish(args, d, s);
  }

  void finish(const StepArgs& args, std::int64_t d, const State& s) const {
    const std::int64_t count = plan_.batch * plan_.hidden;
    const auto bytes = static_cast<std::size_t>(count) * sizeof(float);
    for (std::size_t k = 1; k < args.outputs.size() && k < 3; ++k) {
      if (args.outputs[k].data == nullptr) continue;
      std::memcpy(args.outputs[k].as<float>() + d * count, k == 1 ? s.h : s.c, bytes);
    }
  }

  RnnPlan plan_;
  const RnnF32Kernel& kernel_;
  int threads_;
};

Support rnn_supports(const Node& node, std::span<const ValueDesc> inputs,
                     std::span<const ValueDesc> /*outputs*/) {
  const auto& params = params_as<RecurrentParams>(node);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (i != kLengths && inputs[i].present() && inputs[i].dtype != DType::float32) {
      return Support::no("only fp32");
    }
  }
  if (!absent(inputs, kLengths)) return Support::no("sequence lengths are given");
  if (!absent(inputs, kPeepholes)) return Support::no("peepholes");
  if (inputs[kW].constant == nullptr || inputs[kR].constant == nullptr) {
    return Support::no("the weights are not constant");
  }
  if (!absent(inputs, kB) && inputs[kB].constant == nullptr) {
    return Support::no("the bias is not constant");
  }
  if (params.batch_first) return Support::no("layout 1");
  if (params.clip > 0.0F || params.input_forget) return Support::no("clip or input_forget");
  const std::size_t per_direction = node.op->name == "LSTM" ? 3 : 2;
  for (std::size_t i = 0; i < params.activations.size(); ++i) {
    const auto wanted =
        i % per_direction == 0 ? GateActivation::Kind::sigmoid : GateActivation::Kind::tanh;
    if (params.activations[i].kind != wanted) return Support::no("other activations");
  }
  if (element_count(inputs[kX].shape) == 0 || element_count(inputs[kR].shape) == 0) {
    return Support::no("empty tensor");
  }
  return Support::yes("rnn_f32");
}

NodeLayout rnn_layout(const Node& /*node*/, std::span<const ValueDesc> inputs,
                      std::span<const ValueDesc> /*outputs*/, std::span<const Layout> /*current*/) {
  NodeLayout layout;
  layout.inputs.assign(inputs.size(), Layout::dense);
  return layout;
}

/// Wb + Rb where they meet before an activation; for linear_before_reset Wb, then Rb.
void fill_bias(const RnnPlan& plan, const float* b, float* to) {
  const std::int64_t count = plan.gates * plan.hidden;
  for (std::int64_t d = 0; d < plan.directions; ++d) {
    const float* wb = b + d * 2 * count;
    const float* rb = wb + count;
    float* out = to + static_cast<std::size_t>(d) * plan.bias_floats();
    for (std::int64_t i = 0; i < count; ++i) {
      out[i] = plan.linear_before_reset ? wb[i] : wb[i] + rb[i];
      if (plan.linear_before_reset) out[count + i] = rb[i];
    }
  }
}

Result<LoweredNode> rnn_lower(const Node& node, std::span<const ValueDesc> inputs,
                              std::span<const ValueDesc> /*outputs*/, const LowerOptions& options,
                              WeightStore& weights) {
  const RnnPlan plan = make_plan(node, inputs, options.isa);
  auto step = std::make_unique<RnnStep>(plan, rnn_select(options.isa), options.threads);
  const std::string kernel = plan.project.kernel->name;
  const auto directions = static_cast<std::size_t>(plan.directions);
  step->w = weights.request(
      *inputs[kW].constant, kernel + "/rnn_w", plan.project_floats() * directions * sizeof(float),
      [plan](const Tensor& from, std::byte* to) {
        for (std::int64_t d = 0; d < plan.directions; ++d) {
          pack_all(
              plan.project, from.as<float>() + d * plan.gates * plan.hidden * plan.input,
              reinterpret_cast<float*>(to) + static_cast<std::size_t>(d) * plan.project_floats());
        }
      });
  step->r = weights.request(
      *inputs[kR].constant, kernel + (plan.splits_candidate() ? "/rnn_r_split" : "/rnn_r"),
      plan.recurrent_floats() * directions * sizeof(float),
      [plan](const Tensor& from, std::byte* to) {
        for (std::int64_t d = 0; d < plan.directions; ++d) {
          const float* source = from.as<float>() + d * plan.gates * plan.hidden * plan.hidden;
          float* out =
              reinterpret_cast<float*>(to) + static_cast<std::size_t>(d) * plan.recurrent_floats();
          pack_all(plan.recurrent, source, out);
          if (!plan.splits_candidate()) continue;
          pack_all(plan.candidate, source + 2 * plan.hidden * plan.hidden,
                   out + RnnPlan::round_up(plan.recurrent.packed_floats));
        }
      });
  LoweredNode lowered;
  lowered.packed_inputs = {false, true, true};
  if (!absent(inputs, kB)) {
    step->bias = weights.request(
        *inputs[kB].constant, plan.linear_before_reset ? "rnn_b_apart" : "rnn_b",
        plan.bias_floats() * directions * sizeof(float), [plan](const Tensor& from, std::byte* to) {
          fill_bias(plan, from.as<float>(), reinterpret_cast<float*>(to));
        });
    lowered.packed_inputs.push_back(true);
  }
  lowered.step = std::move(step);
  return lowered;
}

constexpr CpuRow kRows[] = {
    {"", "LSTM", rnn_supports, rnn_layout, rnn_lower},
    {"", "GRU", rnn_supports, rnn_layout, rnn_lower},
};

}  // namespace

std::span<const CpuRow> rnn_rows() { return kRows; }

}  // namespace vernier
