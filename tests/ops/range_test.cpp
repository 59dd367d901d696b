#include <catch2/catch.hpp>
#include <limits>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Range") {
  CHECK(check_op(OpCase{.name = "Range", .inputs = {ints({}, {1}), ints({}, {10}), ints({}, {3})}},
                 {ints({3}, {1, 4, 7})}) == "");
  CHECK(check_op(OpCase{.name = "Range",
                        .inputs = {floats({}, {10.0F}), floats({}, {4.0F}), floats({}, {-2.0F})}},
                 {floats({3}, {10.0F, 8.0F, 6.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Range", .inputs = {ints({}, {5}), ints({}, {1}), ints({}, {1})}},
                 {ints({0}, {})}) == "");
  CHECK(check_op(
            OpCase{.name = "Range",
                   .inputs = {numbers(DType::int32, {}, {5.0}), numbers(DType::int32, {}, {-5.0}),
                              numbers(DType::int32, {}, {-4.0})}},
            {numbers(DType::int32, {3}, {5.0, 1.0, -3.0})}) == "");
  CHECK(check_op(OpCase{.name = "Range",
                        .inputs = {floats({}, {0.0F}), floats({}, {1.0F}), floats({}, {0.3F})}},
                 {floats({4}, {0.0F, 0.3F, 0.6F, 0.90000004F})}) == "");
}

TEST_CASE("Range refuses endless ranges") {
  CHECK(load_error(
            OpCase{.name = "Range", .inputs = {ints({}, {1}), ints({}, {2}), ints({}, {0})}}) ==
        "E-MODEL-SHAPE");
  CHECK(
      run_error(OpCase{.name = "Range", .inputs = {ints({}, {1}), ints({}, {2}), ints({}, {0})}}) ==
      "E-DATA-VALUE");
  CHECK(run_error(OpCase{.name = "Range",
                         .inputs = {ints({}, {std::numeric_limits<std::int64_t>::min()}),
                                    ints({}, {std::numeric_limits<std::int64_t>::max()}),
                                    ints({}, {1})}}) == "E-DATA-VALUE");
  CHECK(run_error(OpCase{.name = "Range",
                         .inputs = {floats({}, {0.0F}), numbers(DType::float32, {}, {kNan}),
                                    floats({}, {1.0F})}}) == "E-DATA-VALUE");
}
