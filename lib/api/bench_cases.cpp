#include "api/bench_cases.h"

#include <algorithm>
#include <map>

#include "api/settings.h"

namespace vernier {
namespace {

std::string shape_text(const std::string& name, const std::vector<std::int64_t>& shape) {
  std::string text = name + "=";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += (i == 0 ? "" : "x") + std::to_string(shape[i]);
  }
  return text;
}

bool says(const EngineRequest& request, std::string_view key) {
  return std::any_of(request.options.begin(), request.options.end(),
                     [&](const auto& option) { return option.first == key; });
}

/// A setting that may be a list: the texts of its values, or one empty text for "as it is".
std::vector<std::string> variants(const EngineRequest& request, std::string_view key,
                                  const std::vector<std::string>& values) {
  if (values.empty() || says(request, key)) return {""};
  return values;
}

std::vector<std::string> texts(const std::vector<int>& numbers) {
  std::vector<std::string> result;
  result.reserve(numbers.size());
  for (const int number : numbers) result.push_back(std::to_string(number));
  return result;
}

}  // namespace

std::vector<BenchCase> bench_cases(const BenchOptions& options) {
  std::vector<std::int64_t> batches = options.batches;
  if (batches.empty()) batches.push_back(0);
  auto shape_sets = options.shape_sets;
  if (shape_sets.empty()) shape_sets.emplace_back();
  std::vector<BenchCase> cases;
  for (const auto& set : shape_sets) {
    for (const std::int64_t batch : batches) {
      BenchCase one;
      one.batch = batch;
      one.shapes = options.model.shapes;
      for (const auto& [name, shape] : set) {
        const auto same = std::find_if(one.shapes.begin(), one.shapes.end(),
                                       [&](const auto& item) { return item.first == name; });
        if (same != one.shapes.end()) {
          same->second = shape;
        } else {
          one.shapes.emplace_back(name, shape);
        }
        if (shape_sets.size() > 1) {
          one.label += (one.label.empty() ? "" : ",") + shape_text(name, shape);
        }
      }
      if (batches.size() > 1) {
        one.label += (one.label.empty() ? "" : ",") + ("batch=" + std::to_string(batch));
      }
      cases.push_back(std::move(one));
    }
  }
  return cases;
}

Result<std::vector<BenchEntry>> bench_entries(const BenchOptions& options) {
  std::vector<std::string> names = options.engines;
  if (names.empty()) names.emplace_back("vernier");
  std::vector<BenchEntry> entries;
  std::map<std::string, int> seen;
  BenchVariant own;
  const auto add =
      [&](const EngineRequest& plain,
          const std::vector<std::pair<const char*, std::string>>& varied) -> Result<void> {
    BenchEntry entry;
    entry.request = plain;
    entry.own = own;
    entry.label = own.label.empty() ? plain.text : own.label;
    for (const auto& [key, value] : varied) {
      if (value.empty()) continue;
      entry.request.options.emplace_back(key, value);
      entry.label +=
          (entry.label.find(':') == std::string::npos ? ":" : ",") + std::string(key) + "=" + value;
    }
    EngineSettings base = engine_settings(options.model);
    if (plain.name == "vernier") {
      base.options.emplace("fixed_shapes", "1");  // a worker is bound once
    } else {
      base.options.clear();  // passes are vernier's own affair
    }
    VERNIER_ASSIGN(entry.settings, apply_engine_options(entry.request, std::move(base)));
    const int times = ++seen[entry.label];
    if (times > 1) entry.label += " #" + std::to_string(times);
    entries.push_back(std::move(entry));
    return {};
  };
  for (std::size_t i = 0; i < names.size(); ++i) {
    VERNIER_ASSIGN(const EngineRequest request, parse_engine_request(names[i]));
    own = i < options.variants.size() ? options.variants[i] : BenchVariant{};
    for (const auto& precision : variants(request, "precision", options.precisions)) {
      for (const auto& threads : variants(request, "threads", texts(options.thread_counts))) {
        for (const auto& streams : variants(request, "streams", texts(options.streams))) {
          VERNIER_TRY(
              add(request, {{"precision", precision}, {"threads", threads}, {"streams", streams}}));
        }
      }
    }
  }
  return entries;
}

}  // namespace vernier
