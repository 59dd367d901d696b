#include "measure/divergence.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "measure/agreement.h"

namespace vernier {
namespace {

const NamedTensor* find_tensor(std::span<const NamedTensor> list, const std::string& name) {
  const auto found = std::find_if(list.begin(), list.end(),
                                  [&](const NamedTensor& item) { return item.name == name; });
  return found == list.end() ? nullptr : &*found;
}

Shape without_ones(const Shape& shape) {
  Shape result;
  for (const std::int64_t dim : shape) {
    if (dim != 1) result.push_back(dim);
  }
  return result;
}

bool same_but_for_ones(const Shape& a, const Shape& b) {
  return element_count(a) == element_count(b) && without_ones(a) == without_ones(b);
}

std::string title(const LayerNode& node) {
  const std::string& name =
      node.name.empty() && !node.outputs.empty() ? node.outputs.front() : node.name;
  return "'" + name + "' (" + node.op + ")";
}

bool differs(const LayerDifference& d, double tolerance) {
  return d.compared && !(d.rel_l2 <= tolerance);
}

class Search {
 public:
  Search(std::span<const LayerNode> nodes, const std::vector<std::string>& outputs,
         const CutRunner& run, const DivergenceOptions& options)
      : nodes_(nodes), outputs_(outputs), run_(run), options_(options) {}

  Result<Divergence> go() && {
    if (options_.table) VERNIER_TRY(measure_all());
    if (nodes_.empty()) return std::move(result_);
    VERNIER_TRY(bisect());
    return std::move(result_);
  }

 private:
  enum class State : std::uint8_t { agrees, diverges, cannot };

  /// Tensors that are alive after node `k`.
  [[nodiscard]] std::vector<std::string> frontier(std::size_t k) const {
    std::set<std::string_view> wanted(outputs_.begin(), outputs_.end());
    for (std::size_t i = k + 1; i < nodes_.size(); ++i) {
      wanted.insert(nodes_[i].inputs.begin(), nodes_[i].inputs.end());
    }
    std::vector<std::string> alive;
    for (std::size_t i = 0; i <= k; ++i) {
      for (const std::string& tensor : nodes_[i].outputs) {
        if (wanted.count(tensor) != 0) alive.push_back(tensor);
      }
    }
    return alive;
  }

  Result<std::vector<LayerDifference>> compare(const std::vector<std::string>& tensors,
                                               const std::vector<NamedTensor>& from = {}) {
    VERNIER_ASSIGN(const CutOutputs values, run_(tensors, from));
    std::vector<LayerDifference> rows;
    for (const std::string& tensor : tensors) {
      rows.push_back(compare_layer(tensor, values.contender, values.baseline));
    }
    kept_ = values.baseline;
    return rows;
  }

  [[nodiscard]] bool any_differs(const std::vector<LayerDifference>& rows) const {
    return std::any_of(rows.begin(), rows.end(),
                       [&](const auto& row) { return differs(row, options_.tolerance); });
  }

  /// Runs the cut after node k, once.
  Result<State> probe(std::size_t k) {
    for (const CutProbe& old : result_.probes) {
      if (old.after == k) return state_of(old);
    }
    CutProbe probe;
    probe.after = k;
    probe.node = title(nodes_[k]);
    auto rows = compare(frontier(k));
    if (rows) {
      probe.tensors = std::move(*rows);
      probe.diverges = any_differs(probe.tensors);
    } else {
      if (rows.error().code == Errc::interrupted) return std::move(rows).error();
      if (!first_error_) first_error_ = rows.error();
      probe.error = rows.error().message;
    }
    result_.probes.push_back(std::move(probe));
    return state_of(result_.probes.back());
  }

  static State state_of(const CutProbe& probe) {
    if (!probe.error.empty()) return State::cannot;
    return probe.diverges ? State::diverges : State::agrees;
  }

  /// Invariant: no cut at or before `low` is known to diverge, the cut after `high` does.
  Result<void> bisect() {
    const std::size_t last = nodes_.size() - 1;
    VERNIER_ASSIGN(const State whole, probe(last));
    if (whole == State::cannot) return *first_error_;
    if (whole == State::agrees) {
      result_.notes.emplace_back("the model's outputs agree: no node was looked for");
      return {};
    }
    std::size_t high = last;
    std::size_t low = 0;  // nodes before it are in a cut that agrees
    while (low < high) {
      const std::size_t middle = low + (high - low) / 2;
      VERNIER_ASSIGN(const auto at, probe_near(middle, low, high));
      if (!at) break;  // no cut between them can be run
      VERNIER_ASSIGN(const State state, probe(*at));
      if (state == State::diverges) {
        high = *at;
      } else {
        low = *at + 1;
      }
    }
    result_.found = true;
    result_.node = nodes_[high];
    if (low < high) {
      result_.notes.push_back("no cut between " + title(nodes_[low]) + " and " +
                              title(nodes_[high]) +
                              " can be run by both engines: the node is one of these");
    }
    return confirm(high);
  }

  /// A position in [low, high) whose cut can be run, nearest to `middle`.
  Result<std::optional<std::size_t>> probe_near(std::size_t middle, std::size_t low,
                                                std::size_t high) {
    constexpr std::size_t kReach = 8;  // each try loads a model twice
    for (std::size_t step = 0; step <= kReach; ++step) {
      for (const bool up : {true, false}) {
        if (step == 0 && !up) continue;
        if (up ? middle + step >= high : middle < low + step) continue;
        const std::size_t at = up ? middle + step : middle - step;
        VERNIER_ASSIGN(const State state, probe(at));
        if (state != State::cannot) return std::optional(at);
      }
    }
    return std::optional<std::size_t>();
  }

  Result<void> confirm(std::size_t k) {
    const LayerNode& node = nodes_[k];
    const std::vector<std::string> inputs = produced(node.inputs);
    std::vector<std::string> tensors = inputs;
    tensors.insert(tensors.end(), node.outputs.begin(), node.outputs.end());
    auto rows = compare(tensors);
    if (!rows) {
      if (rows.error().code == Errc::interrupted) return std::move(rows).error();
      result_.notes.push_back("the node could not be confirmed: " + rows.error().message);
      take_from_probes(k);
      return {};
    }
    const auto split = static_cast<std::ptrdiff_t>(inputs.size());
    result_.before.assign(rows->begin(), rows->begin() + split);
    result_.after.assign(rows->begin() + split, rows->end());
    const std::vector<NamedTensor> values = kept_;
    const bool before_differs = any_differs(result_.before);
    const bool after_differs = any_differs(result_.after);
    result_.confirmed = !before_differs && after_differs;
    if (before_differs) {
      result_.notes.emplace_back(
          "not monotonic: the node's inputs differ too when they are outputs of the cut; an "
          "earlier difference was swallowed in a later cut. --layers=all shows every tensor");
    } else if (!after_differs) {
      result_.notes.emplace_back(
          "the difference is gone when the node's inputs are outputs as well: the engine goes "
          "wrong only when it fuses this node with the ones before it");
      take_from_probes(k);
    }
    return run_alone(node, values);
  }

  /// The node alone, on what the baseline computed.
  Result<void> run_alone(const LayerNode& node, const std::vector<NamedTensor>& values) {
    std::vector<NamedTensor> from;
    for (const std::string& input : node.inputs) {
      const NamedTensor* value = find_tensor(values, input);
      if (value == nullptr) return {};  // an input of the model itself: nothing new to learn
      from.push_back(*value);
    }
    if (from.empty()) return {};
    auto rows = compare(node.outputs, from);
    if (rows) {
      result_.alone = std::move(*rows);
      return {};
    }
    if (rows.error().code == Errc::interrupted) return std::move(rows).error();
    result_.notes.push_back("the node could not be run alone: " + rows.error().message);
    return {};
  }

  /// The figures of the bisection for the node at k: its outputs in the cut after it, its inputs in
  /// the latest cut before it.
  void take_from_probes(std::size_t k) {
    result_.before.clear();
    result_.after.clear();
    for (const CutProbe& probe : result_.probes) {
      for (const LayerDifference& row : probe.tensors) {
        const auto& inputs = nodes_[k].inputs;
        const auto& outputs = nodes_[k].outputs;
        if (probe.after == k && std::count(outputs.begin(), outputs.end(), row.tensor) > 0) {
          result_.after.push_back(row);
        }
        if (probe.after + 1 == k && std::count(inputs.begin(), inputs.end(), row.tensor) > 0) {
          result_.before.push_back(row);
        }
      }
    }
  }

  /// Those of the tensors that a node produces: inputs of the model cannot be outputs of a cut.
  [[nodiscard]] std::vector<std::string> produced(const std::vector<std::string>& tensors) const {
    std::vector<std::string> result;
    for (const std::string& tensor : tensors) {
      const bool made = std::any_of(nodes_.begin(), nodes_.end(), [&](const LayerNode& node) {
        return std::count(node.outputs.begin(), node.outputs.end(), tensor) > 0;
      });
      if (made) result.push_back(tensor);
    }
    return result;
  }

  Result<void> measure_all() {
    std::vector<std::string> tensors;
    std::vector<std::string> names;
    for (const LayerNode& node : nodes_) {
      for (const std::string& tensor : node.outputs) {
        tensors.push_back(tensor);
        names.push_back(title(node));
      }
    }
    const std::size_t chunk = std::max<std::size_t>(options_.table_chunk, 1);
    for (std::size_t begin = 0; begin < tensors.size(); begin += chunk) {
      const auto first = tensors.begin() + static_cast<std::ptrdiff_t>(begin);
      const auto count = std::min(chunk, tensors.size() - begin);
      const std::vector<std::string> part(first, first + static_cast<std::ptrdiff_t>(count));
      auto rows = compare(part);
      if (!rows && rows.error().code == Errc::interrupted) return std::move(rows).error();
      for (std::size_t i = 0; i < part.size(); ++i) {
        if (rows) {
          result_.table.push_back(std::move((*rows)[i]));
        } else {
          LayerDifference row;
          row.tensor = part[i];
          row.reason = rows.error().message;
          result_.table.push_back(std::move(row));
        }
        result_.table_nodes.push_back(names[begin + i]);
      }
    }
    return {};
  }

  std::span<const LayerNode> nodes_;
  const std::vector<std::string>& outputs_;
  const CutRunner& run_;
  const DivergenceOptions& options_;
  Divergence result_;
  std::vector<NamedTensor> kept_;  // the baseline's tensors of the last run
  std::optional<Error> first_error_;
};

}  // namespace

LayerDifference compare_layer(const std::string& name, std::span<const NamedTensor> contender,
                              std::span<const NamedTensor> baseline) {
  LayerDifference row;
  row.tensor = name;
  const NamedTensor* a = find_tensor(contender, name);
  const NamedTensor* b = find_tensor(baseline, name);
  if (a == nullptr || b == nullptr) {
    row.reason = std::string(a == nullptr ? "the contender" : "the baseline") + " does not give it";
    return row;
  }
  if (a->tensor.dtype() != b->tensor.dtype()) {
    row.reason =
        "it is " + describe(a->tensor.view()) + ", the baseline's is " + describe(b->tensor.view());
    return row;
  }
  row.compared = true;
  Tensor actual = a->tensor;
  if (!(actual.shape() == b->tensor.shape()) &&
      same_but_for_ones(actual.shape(), b->tensor.shape())) {
    actual = actual.reshaped(b->tensor.shape());
  }
  const TensorDifference d = compare_tensors(actual.view(), b->tensor.view());
  row.rel_l2 = d.rel_l2;
  row.max_abs = d.max_abs;
  row.reason = d.reason;
  if (d.rel_l2 > 0.0) row.snr_db = -20.0 * std::log10(d.rel_l2);
  return row;
}

Result<Divergence> find_divergence(std::span<const LayerNode> nodes,
                                   const std::vector<std::string>& outputs, const CutRunner& run,
                                   const DivergenceOptions& options) {
  return Search(nodes, outputs, run, options).go();
}

}  // namespace vernier
