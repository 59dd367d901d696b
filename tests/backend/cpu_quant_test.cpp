#include "backend/cpu_row_check.h"

using namespace vernier;
using namespace vernier::row_check;

// All rows of the integer operators give exactly the bits of the scalar reference, in every tier.
namespace {

constexpr double kExact = 0.0;

Operand in(Tensor value) { return {std::move(value), false}; }
Operand fixed(Tensor value) { return {std::move(value), true}; }
Operand none() { return {}; }

Tensor bytes(DType dtype, const Shape& shape, std::uint64_t seed) {
  return dtype == DType::int8 ? integers(dtype, shape, seed, -128, 127)
                              : integers(dtype, shape, seed, 0, 255);
}
Tensor table(std::uint64_t seed) { return bytes(DType::uint8, {256}, seed); }

std::vector<Attribute> join(std::vector<Attribute> a, const std::vector<Attribute>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

struct Picture {
  Shape x;
  Shape w;
  std::vector<Attribute> attributes;
};

const std::vector<Picture>& pictures() {
  static const std::vector<Picture> all = {
      {{1, 3, 9, 11}, {20, 3, 3, 3}, {attr("strides", {2, 2}), attr("pads", {1, 1, 1, 1})}},
      {{2, 40, 7, 8}, {70, 40, 1, 1}, {}},
      {{1, 17, 6, 7}, {33, 17, 3, 3}, {attr("pads", {1, 0, 1, 2}), attr("dilations", {2, 1})}},
      {{1, 12, 6, 6}, {18, 4, 3, 3}, {attr("group", 3), attr("pads", {1, 1, 1, 1})}},
      {{1, 70, 9, 9}, {70, 1, 3, 3}, {attr("group", 70), attr("pads", {1, 1, 1, 1})}},
      {{2, 24, 8, 9},
       {24, 1, 5, 5},
       {attr("group", 24), attr("strides", {2, 2}), attr("pads", {2, 2, 2, 2})}},
      {{2, 10, 13}, {9, 10, 3}, {attr("pads", {1, 1})}}};
  return all;
}

Shape output_of(const Picture& picture, std::vector<Attribute> extra = {}) {
  Case test{"vernier",
            "QConv",
            {in(bytes(DType::uint8, picture.x, 1)), fixed(bytes(DType::int8, picture.w, 2)),
             fixed(floats({1}, 3, 0.001F, 0.002F))},
            join(picture.attributes, extra)};
  return reference_of(test).outputs[0].shape();
}

}  // namespace

TEST_CASE("QConv equals the reference bit for bit") {
  std::uint64_t seed = 0;
  for (const Picture& picture : pictures()) {
    const Shape channels{picture.w[0]};
    for (const DType x : {DType::uint8, DType::int8}) {
      ++seed;
      const auto zero = attr("x_zero", x == DType::uint8 ? 117 : -9);
      check_row({"vernier",
                 "QConv",
                 {in(bytes(x, picture.x, seed)), fixed(bytes(DType::int8, picture.w, seed + 50)),
                  fixed(floats(channels, seed, 0.0005F, 0.01F)), none(),
                  fixed(integers(DType::int32, channels, seed, -4000, 4000))},
                 join(picture.attributes, {zero, attr("y_zero", 100), attr("y_low", 100)}),
                 {},
                 1,
                 kExact});
    }
  }
}

TEST_CASE("QConv with residual, mid, table, float output and weight zero points") {
  for (const Picture& picture : pictures()) {
    const Shape channels{picture.w[0]};
    const Shape shape = output_of(picture);
    const Operand x = in(bytes(DType::uint8, picture.x, 5));
    const Operand w = fixed(bytes(DType::int8, picture.w, 6));
    const Operand scale = fixed(floats(channels, 7, 0.0005F, 0.01F));
    const Operand offset = fixed(floats(channels, 8, -9.0F, 9.0F));
    check_row(
        {"vernier",
         "QConv",
         {x, w, scale, none(), none(), offset, in(bytes(DType::int8, shape, 9)), fixed(table(10))},
         join(picture.attributes,
              {attr("x_zero", 30), attr("y_zero", 90), attr("mid", 1), attr("mid_low", -128),
               attr("mid_high", 100), attr("mid_scale", 0.7F), attr("residual_zero", 3),
               attr("residual_scale", 0.3F)}),
         {},
         1,
         kExact});
    check_row({"vernier",
               "QConv",
               {x, w, scale, none(), none(), offset},
               join(picture.attributes, {attr("y_dtype", 1), attr("y_min", 0.0F)}),
               {},
               1,
               kExact});
    check_row({"vernier",
               "QConv",
               {x, fixed(bytes(DType::uint8, picture.w, 11)), scale,
                fixed(integers(DType::int32, channels, 12, 0, 255))},
               join(picture.attributes, {attr("x_zero", 30), attr("y_dtype", 3)}),
               {},
               1,
               kExact});
  }
}

TEST_CASE("QMatMul equals the reference bit for bit") {
  struct Sizes {
    Shape a;
    Shape b;
  };
  for (const Sizes& sizes :
       {Sizes{{5, 7}, {7, 33}}, Sizes{{1, 64}, {64, 10}}, Sizes{{2, 9, 70}, {70, 65}},
        Sizes{{2, 3, 6, 17}, {2, 3, 17, 19}}, Sizes{{2, 1, 4, 16}, {3, 16, 5}}}) {
    const Shape channels{sizes.b.back()};
    for (const bool constant : {true, false}) {
      if (constant && sizes.b.size() > 2) continue;
      for (const DType dtype : {DType::uint8, DType::int8}) {
        check_row({"vernier",
                   "QMatMul",
                   {in(bytes(dtype, sizes.a, 1)),
                    {bytes(dtype, sizes.b, 2), constant},
                    fixed(floats(channels, 3, 0.0005F, 0.01F)),
                    fixed(integers(DType::int32, {1}, 4, 0, 100)),
                    fixed(integers(DType::int32, channels, 5, -500, 500))},
                   {attr("x_zero", 12), attr("y_dtype", 3), attr("y_zero", -4)},
                   {},
                   1,
                   kExact});
        check_row({"vernier",
                   "QMatMul",
                   {in(bytes(dtype, sizes.a, 1)),
                    {bytes(DType::int8, sizes.b, 2), constant},
                    fixed(floats({1}, 3, 0.0005F, 0.01F)),
                    none(),
                    none(),
                    fixed(floats(channels, 5, -3.0F, 3.0F))},
                   {attr("x_zero", 12), attr("y_dtype", 1)},
                   {},
                   1,
                   kExact});
      }
    }
  }
}

TEST_CASE("QAdd and QMul equal the reference bit for bit") {
  struct Shapes {
    Shape a;
    Shape b;
  };
  for (const Shapes& shapes :
       {Shapes{{2, 70, 5, 6}, {2, 70, 5, 6}}, Shapes{{1, 19, 7, 3}, {1, 19, 1, 1}},
        Shapes{{1, 19, 1, 1}, {1, 19, 7, 3}}, Shapes{{4, 200}, {200}}, Shapes{{3, 1}, {1, 5}},
        Shapes{{2, 3, 40000}, {1}}}) {
    const std::vector<Attribute> out = {attr("a_zero", 77), attr("b_zero", -3), attr("y_zero", 120),
                                        attr("y_high", 250)};
    const Operand a = in(bytes(DType::uint8, shapes.a, 1));
    const Operand b = in(bytes(DType::int8, shapes.b, 2));
    for (const bool looks_up : {false, true}) {
      std::vector<Operand> inputs = {a, b};
      if (looks_up) inputs.push_back(fixed(table(3)));
      check_row({"vernier",
                 "QAdd",
                 inputs,
                 join(out, {attr("a_scale", 0.37F), attr("b_scale", -0.91F)}),
                 {},
                 1,
                 kExact});
      check_row({"vernier", "QMul", inputs, join(out, {attr("scale", 0.0123F)}), {}, 1, kExact});
    }
  }
}

TEST_CASE("QTable, QuantizeLinear and DequantizeLinear equal the reference bit for bit") {
  for (const Shape& shape : {Shape{2, 70, 5, 6}, Shape{3, 1000}, Shape{1, 3, 40000}, Shape{7}}) {
    for (const DType dtype : {DType::uint8, DType::int8}) {
      const Operand x = in(bytes(dtype, shape, 4));
      const Operand scale = fixed(floats({}, 5, 0.01F, 0.02F));
      const Operand zero = fixed(bytes(dtype, {}, 6));
      check_row({"vernier", "QTable", {x, fixed(table(7))}, {}, {}, 1, kExact});
      check_row({"", "DequantizeLinear", {x, scale, zero}, {}, {}, 1, kExact});
      check_row({"", "QuantizeLinear", {in(floats(shape, 8)), scale, zero}, {}, {}, 1, kExact});
      check_row(
          {"", "QuantizeLinear", {in(special_floats(shape, 9)), scale, zero}, {}, {}, 1, kExact});
    }
  }
}

TEST_CASE("QuantizeLinear along an axis equals the reference bit for bit") {
  for (const DType dtype : {DType::uint8, DType::int8}) {
    for (const std::int64_t axis : {std::int64_t{1}, std::int64_t{-1}}) {
      const Shape shape{2, 19, 5, 40};
      const Shape count{axis == 1 ? 19 : 40};
      for (const Tensor& x : {floats(shape, 1), special_floats(shape, 2)}) {
        check_row({"",
                   "QuantizeLinear",
                   {in(x), fixed(floats(count, 5, 0.01F, 0.02F)), fixed(bytes(dtype, count, 6))},
                   {attr("axis", axis)},
                   {},
                   1,
                   kExact});
      }
    }
  }
}

TEST_CASE("8-bit pooling equals the reference bit for bit") {
  const std::vector<std::vector<Attribute>> windows = {
      {attr("kernel_shape", {3, 3}), attr("strides", {2, 2}), attr("pads", {1, 1, 1, 1})},
      {attr("kernel_shape", {2, 3}), attr("dilations", {2, 1})},
      {attr("kernel_shape", {3, 3}), attr("strides", {2, 2}), attr("ceil_mode", 1)}};
  for (const DType dtype : {DType::uint8, DType::int8}) {
    for (const Shape& shape : {Shape{1, 3, 9, 11}, Shape{2, 70, 7, 8}}) {
      const Operand x = in(bytes(dtype, shape, 1));
      const std::vector<Attribute> out = {attr("x_zero", 40), attr("scale", 0.8F),
                                          attr("y_zero", 60)};
      for (const auto& window : windows) {
        check_row({"", "MaxPool", {x}, window, {}, 1, kExact});
        check_row({"vernier", "QAveragePool", {x}, join(window, out), {}, 1, kExact});
        check_row({"vernier",
                   "QAveragePool",
                   {x, fixed(table(2))},
                   join(join(window, out), {attr("count_include_pad", 1)}),
                   {},
                   1,
                   kExact});
      }
      check_row({"vernier", "QAveragePool", {x}, join({attr("global", 1)}, out), {}, 1, kExact});
    }
  }
}

TEST_CASE("integer rows say what they do not take") {
  const Operand x = in(bytes(DType::uint8, {1, 3, 5, 5}, 1));
  const Operand scale = fixed(floats({1}, 3, 0.001F, 0.002F));
  CHECK(refusal({"vernier", "QConv", {x, in(bytes(DType::int8, {2, 3, 3, 3}, 2)), scale}}) ==
        "the weight is not a constant");
  CHECK(refusal({"vernier",
                 "QConv",
                 {x, fixed(bytes(DType::int8, {2, 3, 3, 3}, 2)),
                  in(floats({1}, 3, 0.001F, 0.002F))}}) ==
        "a scale, zero point, bias or table is not a constant");
  CHECK(refusal({"",
                 "DequantizeLinear",
                 {in(bytes(DType::uint8, {2, 3}, 1)), fixed(floats({3}, 2, 0.01F, 0.02F)),
                  fixed(bytes(DType::uint8, {3}, 3))}}) == "not one constant scale");
}
