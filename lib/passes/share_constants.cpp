#include "passes/share_constants.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "graph/edit.h"

namespace vernier {
namespace {

constexpr std::size_t kSmallBytes = 64;

std::int64_t share_in(Graph& graph) {
  using Key = std::tuple<DType, std::vector<std::int64_t>, std::string>;
  std::map<Key, ValueId> firsts;
  const std::set<ValueId> captured(graph.captures.begin(), graph.captures.end());
  std::int64_t merged = 0;
  for (std::size_t i = 0; i < graph.value_count(); ++i) {
    const auto id = static_cast<ValueId>(i);
    const auto& constant = graph.value(id).constant;
    if (!constant || constant->dtype() == DType::string || constant->byte_count() > kSmallBytes) {
      continue;
    }
    if (graph.uses(id).empty() || graph.is_output(id) || captured.count(id) != 0) continue;
    Key key{constant->dtype(),
            {constant->shape().begin(), constant->shape().end()},
            {reinterpret_cast<const char*>(constant->data()), constant->byte_count()}};
    const auto [at, is_first] = firsts.emplace(std::move(key), id);
    if (is_first) continue;
    graph.replace_uses(id, at->second);
    ++merged;
  }
  return merged;
}

}  // namespace

std::int64_t share_constants(Graph& graph) {
  clone_bodies(graph);
  std::int64_t merged = 0;
  for (Graph* part : all_graphs(graph)) merged += share_in(*part);
  return merged;
}

}  // namespace vernier
