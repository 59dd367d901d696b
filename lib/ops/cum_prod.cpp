#include "ops/cum_prod.h"

#include "ops/cumulative.h"

namespace vernier {
namespace {

struct Combine {
  static constexpr int kStart = 1;
  template <class T>
  static T combine(T total, T value) {
    if constexpr (std::is_same_v<T, double>) {
      return total * value;
    } else {
      return wrapping_mul(total, value);
    }
  }
};

}  // namespace

const OpDef cum_prod_op = {.domain = "",
                           .name = "CumProd",
                           .since_version = 26,
                           .inputs = {2, 2},
                           .parse = parse_cumulative,
                           .infer = infer_cumulative,
                           .reference = reference_cumulative<Combine>};

}  // namespace vernier
