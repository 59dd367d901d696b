#include "api/side_by_side.h"

#include <algorithm>
#include <utility>

#include "api/bench_engines.h"
#include "api/settings.h"
#include "base/budget.h"
#include "engine/inputs.h"

namespace vernier {
namespace {

bool has(const std::vector<TensorInfo>& list, const std::string& name) {
  return std::any_of(list.begin(), list.end(),
                     [&](const TensorInfo& info) { return info.name == name; });
}

/// Those of `list` whose names `other` does not have.
std::vector<TensorInfo> strangers(const std::vector<TensorInfo>& list,
                                  const std::vector<TensorInfo>& other) {
  std::vector<TensorInfo> result;
  for (const TensorInfo& info : list) {
    if (!has(other, info.name)) result.push_back(info);
  }
  return result;
}

bool may_be_same(const ValueType& a, const ValueType& b) {
  if (a.dtype != b.dtype) return false;
  if (!a.ranked || !b.ranked) return true;
  if (a.rank() != b.rank()) return false;
  for (std::size_t i = 0; i < a.rank(); ++i) {
    if (a.dims[i].is_known() && b.dims[i].is_known() && a.dims[i].value != b.dims[i].value) {
      return false;
    }
  }
  return true;
}

/// True when the i-th of `a` can only belong to the i-th of `b`: as many, of suitable types, and no
/// two of them that could be taken for each other.
bool by_order(const std::vector<TensorInfo>& a, const std::vector<TensorInfo>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j < b.size(); ++j) {
      if (may_be_same(a[i].type, b[j].type) != (i == j)) return false;
    }
  }
  return true;
}

}  // namespace

Result<SideBySide> SideBySide::start(const std::string& model, const BenchOptions& options) {
  SideBySide both;
  both.options_ = options;
  if (both.options_.engines.empty()) both.options_.engines.emplace_back("vernier");
  // Names are matched here, where both are known.
  for (BenchVariant& variant : both.options_.variants) variant.aliases.clear();
  both.options_.noise_floor = false;
  VERNIER_ASSIGN(const auto entries, bench_entries(both.options_));
  VERNIER_ASSIGN(both.contenders_, start_contenders(model, entries, {}, both.options_));
  both.dead_.assign(both.contenders_.size(), false);
  both.aliases_.resize(both.contenders_.size());
  both.outputs_.resize(both.contenders_.size());
  for (std::size_t i = 0; i < options.variants.size() && i < both.aliases_.size(); ++i) {
    both.aliases_[i] = options.variants[i].aliases;
  }
  return both;
}

Result<void> SideBySide::match_names(std::size_t i) {
  const Engine& first = *contenders_.front().engine;
  const Engine& other = *contenders_[i].engine;
  const auto ours = strangers(other.inputs(), first.inputs());
  const auto theirs = strangers(first.inputs(), other.inputs());
  if (!ours.empty() || !theirs.empty()) {
    if (!by_order(theirs, ours)) {
      Error error = usage_error(
          "the inputs of the models do not belong together: " + names_and_types_of(theirs) +
              " of the first, " + names_and_types_of(ours) + " of the second",
          "E-COMPARE-INPUTS");
      error.where.model = contenders_[i].model;
      return error;
    }
    for (std::size_t k = 0; k < ours.size(); ++k) aliases_[i][ours[k].name] = theirs[k].name;
  }
  // Outputs that cannot be matched are reported as missing.
  const auto our_outputs = strangers(other.outputs(), first.outputs());
  const auto their_outputs = strangers(first.outputs(), other.outputs());
  if (by_order(their_outputs, our_outputs)) {
    for (std::size_t k = 0; k < our_outputs.size(); ++k) {
      aliases_[i][our_outputs[k].name] = their_outputs[k].name;
    }
  }
  return {};
}

Result<void> SideBySide::run() {
  for (std::size_t i = 0; i < size(); ++i) {
    Contender& contender = contenders_[i];
    VERNIER_TRY(contender.engine->load(contender.model, contender.settings));
    if (i > 0 && aliases_[i].empty()) VERNIER_TRY(match_names(i));
    if (i == 0) {
      const auto& ports = contender.engine->inputs();
      const auto budget = make_memory_budget(options_.model.max_memory_bytes);
      VERNIER_ASSIGN(
          inputs_,
          gather_inputs(options_.inputs.empty() ? with_uses(ports, contender.model, budget) : ports,
                        input_request(contender.model, options_, bench_cases(options_).front()),
                        budget));
    }
    std::vector<NamedTensor> named = inputs_.tensors;
    for (NamedTensor& input : named) {
      for (const auto& [own, alias] : aliases_[i]) {
        if (alias == input.name && has(contender.engine->inputs(), own)) {
          input.name = own;
          break;
        }
      }
    }
    auto bound = contender.engine->bind(named);
    if (!bound) return blame_assumed(std::move(bound).error(), inputs_.assumed);
    VERNIER_TRY(contender.engine->run());
    VERNIER_ASSIGN(outputs_[i], contender.engine->fetch_outputs());
    for (NamedTensor& output : outputs_[i]) {
      const auto alias = aliases_[i].find(output.name);
      if (alias != aliases_[i].end()) output.name = alias->second;
    }
  }
  return {};
}

Result<void> SideBySide::revive(std::size_t i) {
  VERNIER_ASSIGN(contenders_[i].engine, contenders_[i].start_again());
  dead_[i] = false;
  return {};
}

Result<std::vector<NamedTensor>> SideBySide::run_on(std::size_t i, const std::string& model,
                                                    const std::vector<NamedTensor>& inputs) {
  if (dead_[i]) VERNIER_TRY(revive(i));
  Engine& engine = *contenders_[i].engine;
  EngineSettings settings = contenders_[i].settings;
  settings.dims.clear();  // the part may not have them; the inputs bring their sizes
  Result<std::vector<NamedTensor>> outputs = [&]() -> Result<std::vector<NamedTensor>> {
    VERNIER_TRY(engine.load(model, settings));
    std::vector<NamedTensor> wanted;
    for (const NamedTensor& input : inputs) {
      if (has(engine.inputs(), input.name)) wanted.push_back(input);
    }
    VERNIER_TRY(engine.bind(wanted));
    VERNIER_TRY(engine.run());
    return engine.fetch_outputs();
  }();
  if (!outputs) {
    const Errc code = outputs.error().code;
    dead_[i] = code == Errc::device || code == Errc::limit || code == Errc::internal;
  }
  return outputs;
}

}  // namespace vernier
