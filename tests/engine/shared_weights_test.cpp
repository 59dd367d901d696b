// One weight read by several nodes that pack it differently.
#include "engine/small_model.h"

using namespace vernier;
using namespace vernier::test;
namespace ow = onnx_writer;

namespace {

std::vector<NamedTensor> run(const std::string& bytes, const std::vector<NamedTensor>& inputs) {
  auto outputs = run_bytes(bytes, inputs);
  if (!outputs) FAIL(format_error(outputs.error()));
  return std::move(outputs).value();
}

}  // namespace

TEST_CASE("factors that differ by less than a millionth keep their own weights") {
  const auto gemm = [](const char* y, float alpha, float beta) {
    return ow::node("Gemm", {"x", "b", "c"}, {y},
                    {ow::attr_float("alpha", alpha), ow::attr_float("beta", beta)});
  };
  const std::string bytes = ow::model(
      {{gemm("y1", 1e-7F, 1.0F), gemm("y2", 4e-7F, 1.0F), gemm("y3", 1.0F, 2e-7F),
        gemm("y4", 1.0F, 4e-7F)},
       {ow::value("x", 1, {std::int64_t{1}, std::int64_t{1}})},
       {ow::value("y1", 1, {std::int64_t{1}, std::int64_t{2}}),
        ow::value("y2", 1, {std::int64_t{1}, std::int64_t{2}}),
        ow::value("y3", 1, {std::int64_t{1}, std::int64_t{2}}),
        ow::value("y4", 1, {std::int64_t{1}, std::int64_t{2}})},
       {ow::tensor_floats("b", {1, 2}, {1e7F, 2e7F}), ow::tensor_floats("c", {2}, {0, 0})},
       {}});
  // c = 0 hides beta in y1 and y2; y3 and y4 need a c that counts.
  auto outputs = run(bytes, {{"x", Tensor::from_float(std::vector<float>{1}, {1, 1})}});
  CHECK(floats_of(outputs[0].tensor) == std::vector<float>{1, 2});
  CHECK(floats_of(outputs[1].tensor) == std::vector<float>{4, 8});
  const std::string biased = ow::model(
      {{gemm("y3", 1.0F, 2e-7F), gemm("y4", 1.0F, 4e-7F)},
       {ow::value("x", 1, {std::int64_t{1}, std::int64_t{1}})},
       {ow::value("y3", 1, {std::int64_t{1}, std::int64_t{2}}),
        ow::value("y4", 1, {std::int64_t{1}, std::int64_t{2}})},
       {ow::tensor_floats("b", {1, 2}, {0, 0}), ow::tensor_floats("c", {2}, {1e7F, 2e7F})},
       {}});
  outputs = run(biased, {{"x", Tensor::from_float(std::vector<float>{1}, {1, 1})}});
  CHECK(floats_of(outputs[0].tensor) == std::vector<float>{2, 4});
  CHECK(floats_of(outputs[1].tensor) == std::vector<float>{4, 8});
}

TEST_CASE("a column is not its own transpose") {
  // B [20, 1] as it is sums 20 products; transposed, [1, 20], it spreads one number.
  std::vector<float> b(20);
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<float>(i);
  const std::string bytes =
      ow::model({{ow::node("Gemm", {"x", "b"}, {"sum"}),
                  ow::node("Gemm", {"t", "b"}, {"spread"}, {ow::attr_int("transB", 1)})},
                 {ow::value("x", 1, {std::int64_t{1}, std::int64_t{20}}),
                  ow::value("t", 1, {std::int64_t{1}, std::int64_t{1}})},
                 {ow::value("sum", 1, {std::int64_t{1}, std::int64_t{1}}),
                  ow::value("spread", 1, {std::int64_t{1}, std::int64_t{20}})},
                 {ow::tensor_floats("b", {20, 1}, b)},
                 {}});
  const auto outputs = run(bytes, {{"x", Tensor::from_float(std::vector<float>(20, 1.0F), {1, 20})},
                                   {"t", Tensor::from_float(std::vector<float>{1}, {1, 1})}});
  CHECK(floats_of(outputs[0].tensor) == std::vector<float>{190});
  CHECK(floats_of(outputs[1].tensor) == b);
}

TEST_CASE("transposed convolutions that lack different phases share no packed weight") {
  // Stride 2, kernel 2x2, one pixel kept of one axis: the output spreads along the other.
  const auto deconv = [](const char* x, const char* y, std::vector<std::int64_t> pads) {
    return ow::node("ConvTranspose", {x, "w"}, {y},
                    {ow::attr_ints("strides", {2, 2}), ow::attr_ints("pads", pads)});
  };
  const std::string bytes = ow::model(
      {{deconv("x", "wide", {0, 0, 1, 0}), deconv("x", "tall", {0, 0, 0, 1})},
       {ow::value("x", 1, {std::int64_t{1}, std::int64_t{1}, std::int64_t{1}, std::int64_t{1}})},
       {ow::value("wide", 1, {std::int64_t{1}, std::int64_t{1}, std::int64_t{1}, std::int64_t{2}}),
        ow::value("tall", 1, {std::int64_t{1}, std::int64_t{1}, std::int64_t{2}, std::int64_t{1}})},
       {ow::tensor_floats("w", {1, 1, 2, 2}, {1, 2, 3, 4})},
       {}});
  const auto outputs = run(bytes, {{"x", Tensor::from_float(std::vector<float>{1}, {1, 1, 1, 1})}});
  CHECK(floats_of(outputs[0].tensor) == std::vector<float>{1, 2});
  CHECK(floats_of(outputs[1].tensor) == std::vector<float>{1, 3});
}
