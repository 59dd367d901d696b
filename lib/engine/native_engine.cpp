#include "engine/native_engine.h"

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <list>
#include <utility>

#include "base/cpu_features.h"
#include "engine/inputs.h"
#include "engine/native_model.h"
#include "engine/run_timer.h"
#include "runtime/state.h"
#include "runtime/thread_pool.h"

namespace vernier {
namespace {

/// Plans kept for shapes seen before; the least recently used goes first.
constexpr std::size_t kMaxCachedShapes = 8;

std::vector<std::string> split_list(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    if (end > begin) parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

}  // namespace

Result<std::vector<const Backend*>> choose_backends(std::span<const Backend* const> all,
                                                    const std::string& names) {
  std::vector<const Backend*> chosen;
  const auto add = [&](std::string_view name) {
    const auto at =
        std::find_if(all.begin(), all.end(), [&](const Backend* b) { return b->name() == name; });
    if (at == all.end()) return false;
    if (std::find(chosen.begin(), chosen.end(), *at) == chosen.end()) chosen.push_back(*at);
    return true;
  };
  for (const std::string& name : split_list(names, ',')) {
    if (add(name)) continue;
    if (name == "cuda") {
      return make_error(Errc::device, "E-DEVICE-ABSENT",
                        "backend 'cuda' is not part of this build, so no GPU can be used");
    }
    std::string known;
    for (const Backend* backend : all) {
      known += (known.empty() ? "" : ", ") + std::string(backend->name());
    }
    std::string text = "there is no backend '";
    text.append(name).append("' (there are: ").append(known).append(")");
    return usage_error(std::move(text));
  }
  if (chosen.empty()) return usage_error("no backend is named");
  if (chosen.back()->name() == "cpu") add(kReferenceBackend);
  return chosen;
}

namespace {

class NativeEngine final : public Engine {
 public:
  explicit NativeEngine(std::span<const Backend* const> backends) : backends_(backends) {}

  [[nodiscard]] std::string name() const override { return "vernier"; }
  [[nodiscard]] std::string version() const override { return VERNIER_VERSION; }

  Result<void> load(const std::string& path, const EngineSettings& settings) override {
    plans_.clear();  // they point into the weights of the model that was loaded before
    bound_.clear();
    inputs_.clear();
    outputs_.clear();
    fixed_shapes_ = false;
    if (settings.precision != "fp32") {
      return unsupported("precision '" + settings.precision + "' is not available yet, only fp32",
                         "E-UNSUPPORTED-PRECISION");
    }
    if (settings.threads < 1) return usage_error("threads must be at least 1");
    if (settings.streams < 1 || settings.streams > kMaxStreams) {
      return usage_error("streams must be 1 to 64");
    }
    forget();
    NativeModelOptions options;
    VERNIER_ASSIGN(options.backends, choose_backends(backends_, settings.backend));
    VERNIER_ASSIGN(options.lower.isa, effective_isa_tier());
    options.lower.threads = settings.threads;
    options.max_memory_bytes = settings.max_memory_bytes;
    options.dims = settings.dims;
    for (const auto& [key, value] : settings.options) {
      if (key == "optimize") {
        options.optimize = value != "0";
      } else if (key == "disable") {
        options.disabled_passes = split_list(value, '+');
      } else if (key == "fixed_shapes") {
        fixed_shapes_ = value != "0";
      } else {
        return usage_error("engine 'vernier' has no option '" + key +
                           "' (it has: disable, fixed_shapes, optimize)");
      }
    }
    isa_ = options.lower.isa;
    VERNIER_ASSIGN(model_, NativeModel::load(path, std::move(options)));
    for (int stream = 0; stream < settings.streams; ++stream) {
      VERNIER_ASSIGN(auto pool, ThreadPool::create(settings.threads));
      pools_.push_back(std::move(pool));
    }
    const Graph& graph = model_->model().graph;
    inputs_ = infos_of(graph, graph.inputs);
    outputs_ = infos_of(graph, graph.outputs);
    // Known shapes: plan now, so that an impossible budget is refused before inputs are made.
    std::vector<ValueType> types;
    for (const TensorInfo& input : inputs_) {
      if (!input.type.shape()) return {};
      types.push_back(input.type);
    }
    return use_plan_for(types);
  }

  [[nodiscard]] const std::vector<TensorInfo>& inputs() const override { return inputs_; }
  [[nodiscard]] const std::vector<TensorInfo>& outputs() const override { return outputs_; }

  Result<void> bind(std::span<const NamedTensor> inputs) override {
    VERNIER_ASSIGN(auto ordered, order_inputs(inputs_, inputs));
    VERNIER_TRY(use_plan_for(types_of(ordered)));
    bound_ = std::move(ordered);
    for (const auto& state : current().states) {
      for (std::size_t i = 0; i < bound_.size(); ++i) {
        VERNIER_TRY(state->bind_input(i, bound_[i].view()));
      }
    }
    return {};
  }

  Result<void> run() override { return run_stream(0); }

  Result<TimedRuns> run_timed(int n) override {
    return time_runs(n, static_cast<int>(pools_.size()),
                     [this](int stream) { return run_stream(static_cast<std::size_t>(stream)); });
  }

  Result<std::vector<NamedTensor>> fetch_outputs() override {
    if (plans_.empty()) return internal_error("outputs before bind");
    std::vector<NamedTensor> results;
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      VERNIER_ASSIGN(
          Tensor tensor,
          Tensor::copy_of(current().states[last_stream_.load()]->output(i), model_->budget()));
      results.push_back({outputs_[i].name, std::move(tensor)});
    }
    return results;
  }

  [[nodiscard]] EngineFacts facts() const override {
    EngineFacts facts;
    facts.isa = isa_tier_name(isa_);
    if (!model_) return facts;
    facts.notes = model_->model().notes;
    for (const PassReport& pass : model_->passes()) {
      if (pass.applied > 0) {
        facts.notes.push_back("pass " + std::string(pass.name) + ": " +
                              std::to_string(pass.applied) + " applied");
      }
    }
    if (plans_.empty()) return facts;
    const Plan& plan = *plans_.front().plan;
    facts.planned_arena_bytes = plan.memory.arena_bytes;
    facts.weights_bytes = model_->weights().bytes() + plan.memory.constants_bytes;
    for (const PlanStep& step : plan.steps) {
      facts.placement.push_back({step.node, step.op, step.backend, step.kernel, step.reason});
    }
    return facts;
  }

 private:
  struct Prepared {
    std::vector<ValueType> types;
    std::shared_ptr<Plan> plan;                  // shared with its state
    std::vector<std::unique_ptr<State>> states;  // per stream
  };
  Prepared& current() { return plans_.front(); }

  Result<void> run_stream(std::size_t stream) {
    if (plans_.empty()) return internal_error("run before bind");
    VERNIER_TRY(current().states[stream]->run(*pools_[stream]));
    last_stream_.store(stream, std::memory_order_relaxed);
    return {};
  }

  /// Makes the plan for these input types the current one (front of the list).
  Result<void> use_plan_for(const std::vector<ValueType>& types) {
    const auto at = std::find_if(plans_.begin(), plans_.end(),
                                 [&](const Prepared& p) { return p.types == types; });
    if (at != plans_.end()) {
      plans_.splice(plans_.begin(), plans_, at);
      return {};
    }
    if (fixed_shapes_ && !plans_.empty()) {
      return usage_error("the engine was loaded with fixed_shapes=1 and has other shapes already");
    }
    Prepared prepared;
    prepared.types = types;
    {
      VERNIER_ASSIGN(const Graph graph, model_->specialize(types));
      // Nothing can change in a model whose shapes are all given by the file.
      const bool fixed =
          fixed_shapes_ || std::all_of(inputs_.begin(), inputs_.end(), [](const TensorInfo& i) {
            return i.type.shape().has_value();
          });
      VERNIER_ASSIGN(prepared.plan, model_->plan(graph));
      if (fixed) model_->release_graph();
    }
    // What importing and rewriting left free goes back to the system before the weights are made.
    malloc_trim(0);
    VERNIER_TRY(model_->materialize(*prepared.plan));
    malloc_trim(0);
    for (std::size_t stream = 0; stream < pools_.size(); ++stream) {
      VERNIER_ASSIGN(auto state, State::create(prepared.plan, model_->budget()));
      prepared.states.push_back(std::move(state));
    }
    if (plans_.size() >= kMaxCachedShapes) plans_.pop_back();
    plans_.push_front(std::move(prepared));
    return {};
  }

  /// Nothing of an earlier model may be left: its plans fit its shapes only.
  void forget() {
    plans_.clear();
    bound_.clear();
    pools_.clear();
    inputs_.clear();
    outputs_.clear();
    model_.reset();
    fixed_shapes_ = false;
  }

  std::span<const Backend* const> backends_;
  IsaTier isa_ = IsaTier::generic;
  bool fixed_shapes_ = false;
  std::unique_ptr<NativeModel> model_;
  std::vector<std::unique_ptr<ThreadPool>> pools_;  // per stream
  std::atomic<std::size_t> last_stream_{0};         // whose outputs are those of the last run
  std::vector<TensorInfo> inputs_;
  std::vector<TensorInfo> outputs_;
  std::vector<Tensor> bound_;
  std::list<Prepared> plans_;
};

}  // namespace

std::unique_ptr<Engine> make_native_engine(std::span<const Backend* const> backends) {
  return std::make_unique<NativeEngine>(backends);
}

}  // namespace vernier
