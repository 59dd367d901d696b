#include "ops/greater.h"

#include "ops/binary.h"

namespace vernier {
namespace {

template <class T>
bool compare(T a, T b) {
  return a > b;
}

}  // namespace

const OpDef greater_op =
    binary_op("Greater", 13, false, infer_comparison_of<kNumbers>,
              eval_comparison<compare<double>, compare<std::int64_t>, compare<std::uint64_t>>);

}  // namespace vernier
