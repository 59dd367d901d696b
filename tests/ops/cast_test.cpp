#include <catch2/catch.hpp>
#include <limits>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Cast of floats to the usual dtypes") {
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{10}}},
                        .inputs = {floats({11}, {-300.0F, -2.75F, -1.0F, -0.3F, 0.0F, 0.3F, 1.0F,
                                                 2.75F, 5.0F, 90.0F, 1000.0F})}},
                 {numbers(DType::float16, {11},
                          {-300.0, -2.75, -1.0, -0.300048828125, 0.0, 0.300048828125, 1.0, 2.75,
                           5.0, 90.0, 1000.0})}) == "");
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{11}}},
                        .inputs = {floats({11}, {-300.0F, -2.75F, -1.0F, -0.3F, 0.0F, 0.3F, 1.0F,
                                                 2.75F, 5.0F, 90.0F, 1000.0F})}},
                 {numbers(DType::float64, {11},
                          {-300.0, -2.75, -1.0, -0.30000001192092896, 0.0, 0.30000001192092896, 1.0,
                           2.75, 5.0, 90.0, 1000.0})}) == "");
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{16}}},
                        .inputs = {floats({11}, {-300.0F, -2.75F, -1.0F, -0.3F, 0.0F, 0.3F, 1.0F,
                                                 2.75F, 5.0F, 90.0F, 1000.0F})}},
                 {numbers(DType::bfloat16, {11},
                          {-300.0, -2.75, -1.0, -0.30078125, 0.0, 0.30078125, 1.0, 2.75, 5.0, 90.0,
                           1000.0})}) == "");
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{7}}},
                        .inputs = {floats({11}, {-300.0F, -2.75F, -1.0F, -0.3F, 0.0F, 0.3F, 1.0F,
                                                 2.75F, 5.0F, 90.0F, 1000.0F})}},
                 {ints({11}, {-300, -2, -1, 0, 0, 0, 1, 2, 5, 90, 1000})}) == "");
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{9}}},
                        .inputs = {floats({11}, {-300.0F, -2.75F, -1.0F, -0.3F, 0.0F, 0.3F, 1.0F,
                                                 2.75F, 5.0F, 90.0F, 1000.0F})}},
                 {bools({11}, {true, true, true, true, false, true, true, true, true, true,
                               true})}) == "");
}

TEST_CASE("Cast of floats to 8-bit floats") {
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{17}}, {"saturate", std::int64_t{1}}},
                        .inputs = {numbers(
                            DType::float32, {13},
                            {-300.0, -2.75, -0.30000001192092896, 0.0, 0.30000001192092896, 2.75,
                             90.0, 440.0, 1000.0, 70000.0, kNan, kInf, -kInf})}},
                 {numbers(DType::float8e4m3fn, {13},
                          {-288.0, -2.75, -0.3125, 0.0, 0.3125, 2.75, 88.0, 448.0, 448.0, 448.0,
                           kNan, 448.0, -448.0})}) == "");
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{17}}, {"saturate", std::int64_t{0}}},
                        .inputs = {numbers(
                            DType::float32, {13},
                            {-300.0, -2.75, -0.30000001192092896, 0.0, 0.30000001192092896, 2.75,
                             90.0, 440.0, 1000.0, 70000.0, kNan, kInf, -kInf})}},
                 {numbers(DType::float8e4m3fn, {13},
                          {-288.0, -2.75, -0.3125, 0.0, 0.3125, 2.75, 88.0, 448.0, kNan, kNan, kNan,
                           kNan, kNan})}) == "");
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{18}}, {"saturate", std::int64_t{1}}},
                        .inputs = {numbers(
                            DType::float32, {13},
                            {-300.0, -2.75, -0.30000001192092896, 0.0, 0.30000001192092896, 2.75,
                             90.0, 440.0, 1000.0, 70000.0, kNan, kInf, -kInf})}},
                 {numbers(DType::float8e4m3fnuz, {13},
                          {-240.0, -2.75, -0.3125, 0.0, 0.3125, 2.75, 88.0, 240.0, 240.0, 240.0,
                           kNan, 240.0, -240.0})}) == "");
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{18}}, {"saturate", std::int64_t{0}}},
                        .inputs = {numbers(
                            DType::float32, {13},
                            {-300.0, -2.75, -0.30000001192092896, 0.0, 0.30000001192092896, 2.75,
                             90.0, 440.0, 1000.0, 70000.0, kNan, kInf, -kInf})}},
                 {numbers(DType::float8e4m3fnuz, {13},
                          {kNan, -2.75, -0.3125, 0.0, 0.3125, 2.75, 88.0, kNan, kNan, kNan, kNan,
                           kNan, kNan})}) == "");
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{19}}, {"saturate", std::int64_t{1}}},
                        .inputs = {numbers(
                            DType::float32, {13},
                            {-300.0, -2.75, -0.30000001192092896, 0.0, 0.30000001192092896, 2.75,
                             90.0, 440.0, 1000.0, 70000.0, kNan, kInf, -kInf})}},
                 {numbers(DType::float8e5m2, {13},
                          {-320.0, -3.0, -0.3125, 0.0, 0.3125, 3.0, 96.0, 448.0, 1024.0, 57344.0,
                           kNan, 57344.0, -57344.0})}) == "");
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{19}}, {"saturate", std::int64_t{0}}},
                        .inputs = {numbers(
                            DType::float32, {13},
                            {-300.0, -2.75, -0.30000001192092896, 0.0, 0.30000001192092896, 2.75,
                             90.0, 440.0, 1000.0, 70000.0, kNan, kInf, -kInf})}},
                 {numbers(DType::float8e5m2, {13},
                          {-320.0, -3.0, -0.3125, 0.0, 0.3125, 3.0, 96.0, 448.0, 1024.0, kInf, kNan,
                           kInf, -kInf})}) == "");
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{20}}, {"saturate", std::int64_t{1}}},
                        .inputs = {numbers(
                            DType::float32, {13},
                            {-300.0, -2.75, -0.30000001192092896, 0.0, 0.30000001192092896, 2.75,
                             90.0, 440.0, 1000.0, 70000.0, kNan, kInf, -kInf})}},
                 {numbers(DType::float8e5m2fnuz, {13},
                          {-320.0, -3.0, -0.3125, 0.0, 0.3125, 3.0, 96.0, 448.0, 1024.0, 57344.0,
                           kNan, 57344.0, -57344.0})}) == "");
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{20}}, {"saturate", std::int64_t{0}}},
                        .inputs = {numbers(
                            DType::float32, {13},
                            {-300.0, -2.75, -0.30000001192092896, 0.0, 0.30000001192092896, 2.75,
                             90.0, 440.0, 1000.0, 70000.0, kNan, kInf, -kInf})}},
                 {numbers(DType::float8e5m2fnuz, {13},
                          {-320.0, -3.0, -0.3125, 0.0, 0.3125, 3.0, 96.0, 448.0, 1024.0, kNan, kNan,
                           kNan, kNan})}) == "");
}

TEST_CASE("Cast of floats to small types") {
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{23}}},
                        .inputs = {numbers(DType::float32, {1}, {kNan})}},
                 {numbers(DType::float4e2m1, {1}, {-0.0})}) == "");
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{22}}},
                        .inputs = {floats({5}, {-8.0F, -1.5F, 0.0F, 3.9F, 7.0F})}},
                 {numbers(DType::int4, {5}, {-8.0, -1.0, 0.0, 3.0, 7.0})}) == "");
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{21}}},
                        .inputs = {floats({3}, {0.0F, 3.9F, 15.0F})}},
                 {numbers(DType::uint4, {3}, {0.0, 3.0, 15.0})}) == "");
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{23}}},
                        .inputs = {floats({7}, {-7.0F, -0.7F, 0.2F, 0.3F, 2.4F, 5.0F, 100.0F})}},
                 {numbers(DType::float4e2m1, {7}, {-6.0, -0.5, 0.0, 0.5, 2.0, 4.0, 6.0})}) == "");
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{26}}},
                        .inputs = {floats({4}, {-2.0F, -1.0F, 0.0F, 1.0F})}},
                 {numbers(DType::int2, {4}, {-2.0, -1.0, 0.0, 1.0})}) == "");
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{25}}},
                        .inputs = {floats({2}, {0.0F, 3.0F})}},
                 {numbers(DType::uint2, {2}, {0.0, 3.0})}) == "");
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{3}}},
                        .inputs = {floats({3}, {-128.0F, -1.5F, 127.0F})}},
                 {numbers(DType::int8, {3}, {-128.0, -1.0, 127.0})}) == "");
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{2}}},
                        .inputs = {floats({3}, {0.0F, 1.9F, 255.0F})}},
                 {numbers(DType::uint8, {3}, {0.0, 1.0, 255.0})}) == "");
}

TEST_CASE("Cast of floats to float8e8m0") {
  CHECK(
      check_op(
          OpCase{.name = "Cast",
                 .attributes = {{"to", std::int64_t{24}}, {"round_mode", std::string("up")}},
                 .inputs = {numbers(DType::float32, {9},
                                    {1.0000000031710769e-30, 0.30000001192092896, 1.0, 1.5,
                                     2.9000000953674316, 3.0, 3.0999999046325684, 1000.0, kNan})}},
          {numbers(DType::float8e8m0, {9},
                   {1.5777218104420236e-30, 0.5, 1.0, 2.0, 4.0, 4.0, 4.0, 1024.0, kNan})}) == "");
  CHECK(
      check_op(
          OpCase{.name = "Cast",
                 .attributes = {{"to", std::int64_t{24}}, {"round_mode", std::string("down")}},
                 .inputs = {numbers(DType::float32, {9},
                                    {1.0000000031710769e-30, 0.30000001192092896, 1.0, 1.5,
                                     2.9000000953674316, 3.0, 3.0999999046325684, 1000.0, kNan})}},
          {numbers(DType::float8e8m0, {9},
                   {7.888609052210118e-31, 0.25, 1.0, 1.0, 2.0, 2.0, 2.0, 512.0, kNan})}) == "");
  CHECK(
      check_op(
          OpCase{.name = "Cast",
                 .attributes = {{"to", std::int64_t{24}}, {"round_mode", std::string("nearest")}},
                 .inputs = {numbers(DType::float32, {9},
                                    {1.0000000031710769e-30, 0.30000001192092896, 1.0, 1.5,
                                     2.9000000953674316, 3.0, 3.0999999046325684, 1000.0, kNan})}},
          {numbers(DType::float8e8m0, {9},
                   {7.888609052210118e-31, 0.25, 1.0, 2.0, 2.0, 4.0, 4.0, 1024.0, kNan})}) == "");
}

TEST_CASE("Cast from other dtypes") {
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{2}}},
                        .inputs = {ints({4}, {-1, 0, 1099511627776, 255})}},
                 {numbers(DType::uint8, {4}, {255.0, 0.0, 0.0, 255.0})}) == "");
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{1}}},
                        .inputs = {bools({2}, {true, false})}},
                 {floats({2}, {1.0F, 0.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{1}}},
                        .inputs = {numbers(DType::int4, {2}, {-8.0, 7.0})}},
                 {floats({2}, {-8.0F, 7.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{1}}},
                        .inputs = {numbers(DType::float8e5m2, {3}, {-8.0, 0.75, kInf})}},
                 {numbers(DType::float32, {3}, {-8.0, 0.75, kInf})}) == "");
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{11}}},
                        .inputs = {numbers(DType::uint64, {1}, {9.223372036854776e+18})}},
                 {numbers(DType::float64, {1}, {9.223372036854776e+18})}) == "");
  CHECK(
      check_op(OpCase{.name = "Cast",
                      .attributes = {{"to", std::int64_t{7}}},
                      .inputs = {numbers(DType::float32, {3},
                                         {kNan, 1.0000000150474662e+30, -1.0000000150474662e+30})}},
               {ints({3}, {0, std::numeric_limits<std::int64_t>::max(),
                           std::numeric_limits<std::int64_t>::min()})}) == "");
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{10}}},
                        .inputs = {numbers(DType::float64, {1}, {1.00048828125})}},
                 {numbers(DType::float16, {1}, {1.0})}) == "");
}

TEST_CASE("Cast rounds once from double to half") {
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{10}}},
                        .inputs = {numbers(DType::float64, {1}, {1.0004882812509095})}},
                 {numbers(DType::float16, {1}, {1.0009765625})}) == "");
}

TEST_CASE("Cast to and from strings") {
  CHECK(check_op(
            OpCase{.name = "Cast",
                   .attributes = {{"to", std::int64_t{8}}},
                   .inputs = {numbers(DType::float32, {9},
                                      {0.5, 1.0, 9.999999747378752e-06, 123456.7890625, kNan, kInf,
                                       -kInf, 1.0000000200408773e+20, 0.10000000149011612})}},
            {strings({9}, {"0.5", "1.0", "1e-05", "123456.79", "nan", "inf", "-inf", "1e+20",
                           "0.1"})}) == "");
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{8}}},
                        .inputs = {ints({2}, {-5, 7})}},
                 {strings({2}, {"-5", "7"})}) == "");
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{1}}},
                        .inputs = {strings({6}, {"3.14", "1e-5", "INF", "-inf", "NaN", " +2"})}},
                 {numbers(DType::float32, {6},
                          {3.140000104904175, 9.999999747378752e-06, kInf, -kInf, kNan, 2.0})}) ==
        "");
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{7}}},
                        .inputs = {strings({2}, {"-12", "7"})}},
                 {ints({2}, {-12, 7})}) == "");
  CHECK(run_error(OpCase{.name = "Cast",
                         .attributes = {{"to", std::int64_t{1}}},
                         .inputs = {strings({1}, {"abc"})}}) == "E-DATA-VALUE");
  CHECK(check_op(OpCase{.name = "Cast",
                        .attributes = {{"to", std::int64_t{8}}},
                        .inputs = {numbers(DType::float16, {1}, {0.0999755859375})}},
                 {strings({1}, {"0.1"})}) == "");
}

TEST_CASE("Cast refuses unknown targets") {
  CHECK(load_error(OpCase{.name = "Cast",
                          .attributes = {{"to", std::int64_t{99}}},
                          .inputs = {floats({1}, {1.0F})}}) == "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "Cast", .inputs = {floats({1}, {1.0F})}}) == "E-MODEL-ATTR");
  CHECK(load_error(
            OpCase{.name = "Cast",
                   .attributes = {{"to", std::int64_t{24}}, {"round_mode", std::string("odd")}},
                   .inputs = {floats({1}, {1.0F})}}) == "E-MODEL-ATTR");
  CHECK(run_error(OpCase{.name = "Cast",
                         .attributes = {{"to", std::int64_t{14}}},
                         .inputs = {floats({1}, {1.0F})}}) == "E-UNSUPPORTED-DTYPE");
}
