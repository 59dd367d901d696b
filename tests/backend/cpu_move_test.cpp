// Copies, resizing, gathering, padding and rearranging.
#include "backend/cpu_row_check.h"

using namespace vernier;
using namespace vernier::row_check;

namespace {

Operand in(Tensor value) { return {std::move(value), false}; }
Operand fixed(Tensor value) { return {std::move(value), true}; }
Operand ints(std::vector<std::int64_t> values) { return fixed(Tensor::from_int64(values)); }
Operand scales(std::vector<float> values) {
  return fixed(Tensor::from_float(values, Shape{static_cast<std::int64_t>(values.size())}));
}

}  // namespace

TEST_CASE("lower_cpu_copy moves any strides to any strides") {
  const Shape shape{2, 35, 6, 9};
  for (const DType dtype : {DType::float32, DType::int64, DType::uint8, DType::float16}) {
    const Tensor x = integers(dtype, shape, 3, 0, 250);
    for (const Layout from : {Layout::dense, Layout::channels_last, Layout::inner_dense}) {
      for (const Layout to : {Layout::dense, Layout::channels_last, Layout::inner_dense}) {
        for (const int gaps : {0, 1}) {
          const Stored src = store(dtype, shape, strides_of(from, shape, gaps), &x);
          const Stored dst = store(dtype, shape, strides_of(to, shape, gaps), nullptr);
          const ValueDesc source{dtype, shape, src.view.strides, nullptr};
          const ValueDesc target{dtype, shape, dst.view.strides, nullptr};
          const auto step = lower_cpu_copy(source, target, {host_cpu_features().tier, 3});
          REQUIRE(step != nullptr);
          SplitParallel parallel(3);
          const std::vector<TensorView> inputs = {src.view};
          const std::vector<MutTensorView> outputs = {
              {const_cast<std::byte*>(dst.view.data), dtype, shape, dst.view.strides}};
          REQUIRE(step->run({inputs, outputs, nullptr, &parallel}));
          CHECK(first_difference(dst.view, x.view(), 0.0) == -1);
          CHECK(canaries_intact(dst));
        }
      }
    }
  }
  const ValueDesc text{DType::string, Shape{2}, Shape{1}, nullptr};
  CHECK(lower_cpu_copy(text, text, {}) == nullptr);
}

TEST_CASE("Resize nearest and linear in every coordinate mode") {
  for (const char* coordinates : {"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel",
                                  "align_corners", "asymmetric"}) {
    for (const char* mode : {"nearest", "linear"}) {
      for (const auto& [h, w] :
           {std::pair<float, float>{2.0F, 2.0F}, {1.5F, 0.6F}, {0.5F, 3.0F}, {1.0F, 2.0F}}) {
        INFO(mode << " " << coordinates << " " << h << " " << w);
        check_row({"",
                   "Resize",
                   {in(floats({2, 19, 6, 5}, 1)), {}, scales({1.0F, 1.0F, h, w})},
                   {attr("mode", mode), attr("coordinate_transformation_mode", coordinates)}});
      }
      check_row({"",
                 "Resize",
                 {in(floats({1, 3, 7}, 1)), {}, {}, ints({1, 3, 11})},
                 {attr("mode", mode), attr("coordinate_transformation_mode", coordinates)}});
    }
    for (const char* nearest : {"floor", "ceil", "round_prefer_ceil"}) {
      check_row({"",
                 "Resize",
                 {in(floats({1, 19, 6, 5}, 1)), {}, {}, ints({1, 19, 9, 4})},
                 {attr("mode", "nearest"), attr("nearest_mode", nearest),
                  attr("coordinate_transformation_mode", coordinates)}});
    }
  }
  check_row({"",
             "Resize",
             {in(integers(DType::uint8, {1, 3, 4, 4}, 1, 0, 255)), {}, scales({1, 1, 2, 2})},
             {attr("mode", "nearest"), attr("coordinate_transformation_mode", "asymmetric")}});
  CHECK_FALSE(refusal({"",
                       "Resize",
                       {in(floats({1, 2, 4, 4}, 1)), {}, scales({1, 1, 2, 2})},
                       {attr("mode", "cubic")}})
                  .empty());
  CHECK_FALSE(refusal({"",
                       "Resize",
                       {in(floats({1, 2, 4, 4}, 1)), {}, scales({1, 2, 2, 2})},
                       {attr("mode", "nearest")}})
                  .empty());
}

TEST_CASE("Gather picks along every axis") {
  for (const int axis : {0, 1, 2, -1}) {
    for (const DType dtype : {DType::int64, DType::int32}) {
      check_row({"",
                 "Gather",
                 {in(floats({6, 5, 7}, 1)), in(integers(dtype, {2, 3}, 2, -5, 4))},
                 {attr("axis", axis)}});
      check_row(
          {"",
           "Gather",
           {fixed(integers(DType::int64, {6, 5, 7}, 1, 0, 9)), in(integers(dtype, {}, 2, 0, 4))},
           {attr("axis", axis)}});
    }
  }
  check_row(
      {"",
       "Gather",
       {in(integers(DType::boolean, {9}, 1, 0, 1)), in(integers(DType::int64, {30}, 2, -9, 8))}});
}

TEST_CASE("Gather reports the first index out of range") {
  for (const std::int64_t bad :
       {std::int64_t{5}, std::int64_t{-6}, std::numeric_limits<std::int64_t>::min()}) {
    const Case test{
        "",
        "Gather",
        {in(floats({2, 5}, 1)), in(Tensor::from_int64(std::vector<std::int64_t>{0, bad}))},
        {attr("axis", 1)}};
    const Error error = run_error(test, {{DType::float32, Shape{2, 2}, Shape{2, 1}, nullptr}});
    CHECK(error.code == Errc::invalid_data);
    CHECK(error.id == "E-DATA-INDEX");
    CHECK(error.message.find(std::to_string(bad)) != std::string::npos);
  }
}

TEST_CASE("Pad in every mode, with crops") {
  for (const char* mode : {"constant", "reflect", "edge", "wrap"}) {
    INFO(mode);
    check_row({"",
               "Pad",
               {in(floats({2, 5, 6, 7}, 1)), ints({0, 0, 2, 1, 0, 0, 3, 2})},
               {attr("mode", mode)}});
    check_row(
        {"", "Pad", {in(floats({4, 5, 6}, 1)), ints({1, 2, -1, 0, 1, 3})}, {attr("mode", mode)}});
    check_row({"",
               "Pad",
               {in(integers(DType::int64, {9}, 1, 0, 99)), ints({3, -2})},
               {attr("mode", mode)}});
  }
  check_row({"",
             "Pad",
             {in(floats({2, 5, 6, 7}, 1)), ints({1, 2, 0, 3}), in(Tensor::scalar_float(7.5F)),
              ints({1, -1})}});
  CHECK_FALSE(
      refusal({"",
               "Pad",
               {in(floats({3}, 1)), in(Tensor::from_int64(std::vector<std::int64_t>{1, 1}))}})
          .empty());
}

TEST_CASE("Tile and the block rearrangements") {
  check_row({"", "Tile", {in(floats({2, 3, 4}, 1)), ints({2, 1, 3})}});
  check_row({"", "Tile", {in(integers(DType::int64, {2, 5, 3, 4}, 1, 0, 99)), ints({1, 2, 2, 1})}});
  for (const char* mode : {"DCR", "CRD"}) {
    check_row({"",
               "DepthToSpace",
               {in(floats({2, 36, 3, 4}, 1))},
               {attr("blocksize", 3), attr("mode", mode)}});
    check_row({"",
               "DepthToSpace",
               {in(integers(DType::uint8, {1, 8, 3, 4}, 1, 0, 255))},
               {attr("blocksize", 2), attr("mode", mode)}});
  }
  check_row({"", "SpaceToDepth", {in(floats({2, 5, 6, 8}, 1))}, {attr("blocksize", 2)}});
}
