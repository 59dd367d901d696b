#include "ops/less_or_equal.h"

#include "ops/binary.h"

namespace vernier {
namespace {

template <class T>
bool compare(T a, T b) {
  return a <= b;
}

}  // namespace

const OpDef less_or_equal_op =
    binary_op("LessOrEqual", 16, false, infer_comparison_of<kNumbers>,
              eval_comparison<compare<double>, compare<std::int64_t>, compare<std::uint64_t>>);

}  // namespace vernier
