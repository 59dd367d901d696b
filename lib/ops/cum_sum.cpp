#include "ops/cum_sum.h"

#include "ops/cumulative.h"

namespace vernier {
namespace {

struct Combine {
  static constexpr int kStart = 0;
  template <class T>
  static T combine(T total, T value) {
    if constexpr (std::is_same_v<T, double>) {
      return total + value;
    } else {
      return wrapping_add(total, value);
    }
  }
};

}  // namespace

const OpDef cum_sum_op = {.domain = "",
                          .name = "CumSum",
                          .since_version = 14,
                          .inputs = {2, 2},
                          .parse = parse_cumulative,
                          .infer = infer_cumulative,
                          .reference = reference_cumulative<Combine>};

}  // namespace vernier
