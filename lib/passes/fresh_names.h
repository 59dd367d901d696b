#pragma once

#include <set>
#include <string>
#include <utility>

#include "graph/graph.h"

namespace vernier {

/// Names for new values and nodes of a graph that none of its values has: prefix_0, prefix_1, ...
class FreshNames {
 public:
  FreshNames(const Graph& graph, std::string prefix) : prefix_(std::move(prefix)) {
    for (std::size_t i = 0; i < graph.value_count(); ++i) {
      names_.insert(graph.value(static_cast<ValueId>(i)).name);
    }
  }
  std::string next() {
    std::string name;
    do {
      name = prefix_ + "_" + std::to_string(count_++);
    } while (!names_.insert(name).second);
    return name;
  }

 private:
  std::string prefix_;
  std::set<std::string> names_;
  int count_ = 0;
};

}  // namespace vernier
