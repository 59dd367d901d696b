#include <catch2/catch.hpp>
#include <vector>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

namespace {

OpCase cum_prod(const Tensor& x, const Tensor& axis, std::vector<Attribute> attributes = {}) {
  return OpCase{
      .name = "CumProd", .attributes = std::move(attributes), .inputs = {x, axis}, .opset = 26};
}

}  // namespace

TEST_CASE("CumProd") {
  const Tensor x = floats({2, 3}, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F});
  const Tensor last = numbers(DType::int32, {}, {1.0});
  const Attribute exclusive = {"exclusive", std::int64_t{1}};
  const Attribute reverse = {"reverse", std::int64_t{1}};
  CHECK(check_op(cum_prod(x, last), {floats({2, 3}, {1.0F, 2.0F, 6.0F, 4.0F, 20.0F, 120.0F})}) ==
        "");
  CHECK(check_op(cum_prod(x, last, {exclusive}),
                 {floats({2, 3}, {1.0F, 1.0F, 2.0F, 1.0F, 4.0F, 20.0F})}) == "");
  CHECK(check_op(cum_prod(x, last, {reverse}),
                 {floats({2, 3}, {6.0F, 6.0F, 3.0F, 120.0F, 30.0F, 6.0F})}) == "");
  CHECK(check_op(cum_prod(x, last, {exclusive, reverse}),
                 {floats({2, 3}, {6.0F, 3.0F, 1.0F, 30.0F, 6.0F, 1.0F})}) == "");
  CHECK(check_op(cum_prod(ints({2, 3}, {1, 2, 3, 4, 5, 6}), ints({1}, {-2})),
                 {ints({2, 3}, {1, 2, 3, 4, 10, 18})}) == "");
  // 2^62 * 4 = 2^64 wraps to 0.
  CHECK(check_op(cum_prod(ints({3}, {std::int64_t{1} << 62, 2, 2}), ints({}, {0})),
                 {ints({3}, {std::int64_t{1} << 62, INT64_MIN, 0})}) == "");
  CHECK(check_op(cum_prod(ints({0}, {}), ints({}, {0})), {ints({0}, {})}) == "");
  CHECK(run_error(cum_prod(floats({1}, {1.0F}), ints({}, {1}))) == "E-MODEL-ATTR");
  CHECK(run_error(cum_prod(floats({1}, {1.0F}), ints({2}, {0, 0}))) == "E-DATA-SHAPE");
}
