#include "plan/views.h"

#include <catch2/catch.hpp>
#include <numeric>
#include <vector>

#include "tensor/strided.h"
#include "tensor/tensor.h"

using namespace vernier;

namespace {

/// Elements of a view in row-major order of its shape.
std::vector<int> walk(const Shape& shape, const Strides& strides, const std::vector<int>& memory) {
  std::vector<int> values;
  for_each_offset<1>(shape, {strides}, [&](const auto& offset) {
    values.push_back(memory.at(static_cast<std::size_t>(offset[0])));
  });
  return values;
}

void check_reshape(const Shape& from, const Strides& strides, const Shape& to) {
  std::vector<int> memory(4096);
  std::iota(memory.begin(), memory.end(), 0);
  const auto result = reshape_strides(from, strides, to);
  REQUIRE(result.has_value());
  CHECK(walk(to, *result, memory) == walk(from, strides, memory));
}

}  // namespace

TEST_CASE("a dense tensor can be seen in every shape") {
  const Shape from{2, 3, 4};
  for (const Shape& to : {Shape{24}, Shape{6, 4}, Shape{2, 12}, Shape{1, 24, 1}, Shape{4, 3, 2}}) {
    check_reshape(from, dense_strides(from), to);
  }
}

TEST_CASE("a gap allows only shapes that do not cross it") {
  const Shape from{2, 3, 4};
  const Strides pitched{24, 8, 1};  // rows of 4 in rows of 8
  check_reshape(from, pitched, {6, 4});
  check_reshape(from, pitched, {2, 3, 2, 2});
  CHECK_FALSE(reshape_strides(from, pitched, {2, 12}).has_value());
  CHECK_FALSE(reshape_strides(from, pitched, {24}).has_value());
}

TEST_CASE("channels-last planes flatten without a copy, channels do not") {
  const Shape from{1, 8, 3, 5};
  const Strides strides = channels_last_strides(from);
  check_reshape(from, strides, {1, 8, 15});
  check_reshape(from, strides, {1, 2, 4, 15});
  CHECK_FALSE(reshape_strides(from, strides, {1, 120}).has_value());
}

TEST_CASE("transposed axes keep their own steps") {
  check_reshape({4, 6}, {1, 4}, {2, 2, 3, 2});
  CHECK_FALSE(reshape_strides({4, 6}, {1, 4}, {24}).has_value());
}

TEST_CASE("ones and empty shapes do not matter") {
  check_reshape({1, 1, 6}, {77, 99, 1}, {2, 3});
  check_reshape({}, {}, {1, 1});
  CHECK(reshape_strides({0, 4}, {4, 1}, {2, 0}).has_value());
}
