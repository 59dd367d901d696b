#include "backend/cpu_row_check.h"

using namespace vernier;
using namespace vernier::row_check;

namespace {

Operand in(Tensor value) { return {std::move(value), false}; }

}  // namespace

TEST_CASE("pooling windows match the reference") {
  const std::vector<std::vector<Attribute>> windows = {
      {attr("kernel_shape", {3, 3})},
      {attr("kernel_shape", {3, 3}), attr("strides", {2, 2}), attr("pads", {1, 1, 1, 1})},
      {attr("kernel_shape", {5, 5}), attr("pads", {2, 2, 2, 2})},
      {attr("kernel_shape", {2, 3}), attr("strides", {1, 2}), attr("dilations", {2, 1})},
      {attr("kernel_shape", {3, 2}), attr("strides", {2, 3}), attr("ceil_mode", 1)},
      {attr("kernel_shape", {3, 3}), attr("strides", {2, 2}), attr("auto_pad", "SAME_UPPER")},
      {attr("kernel_shape", {1, 1}), attr("strides", {2, 2})}};
  for (const std::string name : {"MaxPool", "AveragePool"}) {
    for (const auto& window : windows) {
      for (const Shape& shape : {Shape{1, 3, 9, 11}, Shape{2, 40, 7, 8}}) {
        INFO(name);
        check_row({"", name, {in(floats(shape, 3))}, window});
      }
    }
    check_row({"",
               name,
               {in(floats({2, 20, 17}, 4))},
               {attr("kernel_shape", {4}), attr("strides", {3}), attr("pads", {1, 2})}});
  }
  check_row(
      {"",
       "AveragePool",
       {in(floats({2, 20, 9, 9}, 4))},
       {attr("kernel_shape", {3, 3}), attr("pads", {1, 1, 1, 1}), attr("count_include_pad", 1)}});
  check_row({"",
             "AveragePool",
             {in(floats({2, 20, 8, 8}, 4))},
             {attr("kernel_shape", {3, 3}), attr("strides", {2, 2}), attr("pads", {1, 1, 1, 1}),
              attr("count_include_pad", 1), attr("ceil_mode", 1)}});
}

TEST_CASE("maximum pooling keeps NaN") {
  check_row({"",
             "MaxPool",
             {in(special_floats({1, 19, 8, 8}, 4))},
             {attr("kernel_shape", {3, 3}), attr("pads", {1, 1, 1, 1})}});
  check_row({"",
             "MaxPool",
             {in(special_floats({1, 19, 8, 8}, 5))},
             {attr("kernel_shape", {2, 2}), attr("strides", {2, 2})}});
}

TEST_CASE("global pooling") {
  for (const std::string name : {"GlobalAveragePool", "GlobalMaxPool"}) {
    for (const Shape& shape : {Shape{2, 70, 7, 7}, Shape{1, 3, 31, 9}, Shape{2, 5, 13},
                               Shape{1, 1, 4, 4}, Shape{1, 130, 1, 1}}) {
      INFO(name);
      check_row({"", name, {in(floats(shape, 6))}});
    }
  }
  check_row({"", "GlobalMaxPool", {in(special_floats({1, 20, 5, 5}, 7))}});
}

TEST_CASE("pooling refuses what it cannot do") {
  CHECK_FALSE(
      refusal({"", "MaxPool", {in(floats({1, 1, 4, 4, 4}, 1))}, {attr("kernel_shape", {2, 2, 2})}})
          .empty());
  CHECK_FALSE(
      refusal({"", "MaxPool", {in(floats({1, 1, 4, 4}, 1))}, {attr("kernel_shape", {2, 2})}, {}, 2})
          .empty());
}
