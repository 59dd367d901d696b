#include "graph/clone.h"

#include <memory>
#include <vector>

namespace vernier {

Graph clone_graph(const Graph& graph) {
  Graph copy = graph;
  // Bodies may nest: a work list instead of recursion.
  std::vector<Graph*> open{&copy};
  while (!open.empty()) {
    Graph& current = *open.back();
    open.pop_back();
    for (std::size_t i = 0; i < current.node_capacity(); ++i) {
      const auto id = static_cast<NodeId>(i);
      if (!current.alive(id)) continue;
      for (GraphPtr& body : current.mutable_node(id).subgraphs) {
        body = std::make_shared<Graph>(*body);
        open.push_back(body.get());
      }
    }
  }
  return copy;
}

}  // namespace vernier
