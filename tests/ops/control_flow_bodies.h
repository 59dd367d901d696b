#pragma once

#include <memory>
#include <utility>

#include "graph/builder.h"
#include "graph/infer.h"
#include "ops/registry.h"
#include "support/op_test.h"

namespace vernier::test {

/// The body that `builder` describes, its types inferred; nullptr when it is invalid.
inline GraphPtr body_of(GraphBuilder&& builder) {
  auto graph = std::move(builder).build();
  if (!graph || !infer_types(*graph)) return nullptr;
  return std::make_shared<Graph>(std::move(*graph));
}

inline ValueType float_type() { return ValueType::of(DType::float32); }

}  // namespace vernier::test
