// Softmax, reductions, normalisations.
#include "backend/cpu_row_check.h"

using namespace vernier;
using namespace vernier::row_check;

namespace {

Operand in(Tensor value) { return {std::move(value), false}; }
Operand fixed(Tensor value) { return {std::move(value), true}; }
Operand ints(std::vector<std::int64_t> values) { return fixed(Tensor::from_int64(values)); }

}  // namespace

TEST_CASE("softmax along every axis") {
  for (const std::string name : {"Softmax", "LogSoftmax"}) {
    for (const Shape& shape :
         {Shape{5}, Shape{3, 40}, Shape{2, 19, 5}, Shape{2, 16, 4, 33}, Shape{1, 1, 3, 3}}) {
      for (int axis = -static_cast<int>(shape.size()); axis < 0; ++axis) {
        INFO(name << " axis " << axis);
        check_row({"", name, {in(floats(shape, 5, -20.0F, 20.0F))}, {attr("axis", axis)}});
      }
    }
  }
  check_row({"", "Softmax", {in(special_floats({40, 9}, 5))}});
  check_row({"", "Softmax", {in(special_floats({9, 40}, 5))}, {attr("axis", 0)}});
}

TEST_CASE("reductions over any axes") {
  const std::vector<std::vector<std::int64_t>> axes = {{-1},   {0},    {1},         {2, 3},
                                                       {1, 3}, {0, 2}, {0, 1, 2, 3}};
  for (const std::string name : {"ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceL1",
                                 "ReduceL2", "ReduceSumSquare", "ReduceProd"}) {
    for (const auto& list : axes) {
      for (const int keep : {0, 1}) {
        INFO(name << " axis " << list.front() << " keep " << keep);
        check_row({"",
                   name,
                   {in(floats({2, 21, 5, 7}, 5, 0.5F, 1.5F)), ints(list)},
                   {attr("keepdims", keep)}});
      }
    }
    check_row({"", name, {in(floats({3, 5}, 5))}});
    check_row({"", name, {in(floats({3, 5}, 5))}, {attr("noop_with_empty_axes", 1)}});
  }
  check_row({"", "ReduceLogSum", {in(floats({3, 50}, 5, 0.1F, 2.0F)), ints({1})}});
  check_row({"", "ReduceMean", {in(floats({2, 130, 20, 20}, 5)), ints({2, 3})}});
  for (const std::string name : {"ReduceMax", "ReduceMin"}) {
    check_row({"", name, {in(special_floats({40, 9}, 5)), ints({1})}});
    check_row({"", name, {in(special_floats({9, 40}, 5)), ints({0})}});
  }
  for (const std::string name : {"ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd"}) {
    check_row({"", name, {in(integers(DType::int64, {4, 5, 6}, 1, -3, 3)), ints({0, 2})}});
    check_row({"", name, {in(integers(DType::int32, {4, 5, 6}, 1, -3, 3)), ints({1})}});
  }
}

TEST_CASE("reductions refuse axes that are not known") {
  CHECK_FALSE(
      refusal({"",
               "ReduceSum",
               {in(floats({3, 4}, 1)), in(Tensor::from_int64(std::vector<std::int64_t>{1}))}})
          .empty());
}

TEST_CASE("positions of extremes") {
  for (const std::string name : {"ArgMax", "ArgMin"}) {
    for (const int axis : {0, 1, 2, 3}) {
      for (const int last : {0, 1}) {
        check_row({"",
                   name,
                   {in(integers(DType::int64, {2, 9, 4, 5}, 2, 0, 4))},
                   {attr("axis", axis), attr("select_last_index", last), attr("keepdims", last)}});
        check_row({"",
                   name,
                   {in(special_floats({2, 9, 4, 5}, 2))},
                   {attr("axis", axis), attr("select_last_index", last)}});
      }
    }
  }
}

TEST_CASE("normalisation of rows") {
  for (const int axis : {-1, 1}) {
    for (const Shape& x : {Shape{3, 40}, Shape{2, 7, 33}, Shape{1, 5, 384}}) {
      Shape tail;
      for (std::size_t i = axis < 0 ? x.size() - 1 : 1; i < x.size(); ++i) tail.push_back(x[i]);
      check_row({"",
                 "LayerNormalization",
                 {in(floats(x, 1)), fixed(floats(tail, 2)), fixed(floats(tail, 3))},
                 {attr("axis", axis)}});
      check_row({"",
                 "LayerNormalization",
                 {in(floats(x, 1)), in(floats(tail, 2))},
                 {attr("axis", axis), attr("epsilon", 0.1F)}});
      check_row({"",
                 "RMSNormalization",
                 {in(floats(x, 1)), fixed(floats(tail, 2))},
                 {attr("axis", axis)}});
    }
  }
  CHECK_FALSE(
      refusal({"", "LayerNormalization", {in(floats({2, 2}, 1)), in(floats({2, 1}, 2))}}).empty());
  CHECK_FALSE(
      refusal({"", "LayerNormalization", {in(floats({2, 2}, 1)), in(floats({2}, 2))}, {}, {}, 2})
          .empty());
}

TEST_CASE("normalisation of channels") {
  for (const Shape& x : {Shape{2, 24, 5, 7}, Shape{1, 3, 9}, Shape{2, 6, 4, 4}}) {
    const Shape c{x[1]};
    check_row({"",
               "BatchNormalization",
               {in(floats(x, 1)), fixed(floats(c, 2)), fixed(floats(c, 3)), fixed(floats(c, 4)),
                fixed(floats(c, 5, 0.1F, 2.0F))}});
    check_row(
        {"", "InstanceNormalization", {in(floats(x, 1)), fixed(floats(c, 2)), in(floats(c, 3))}});
    check_row({"",
               "GroupNormalization",
               {in(floats(x, 1)), fixed(floats(c, 2)), fixed(floats(c, 3))},
               {attr("num_groups", 3)}});
  }
}
