// Shapes that a file declares for values that depend on data: the data decides.
#include "engine/small_model.h"

using namespace vernier;
using namespace vernier::test;
namespace ow = onnx_writer;

namespace {

const ow::Bytes kThree = ow::value("x", 1, {std::int64_t{3}});
NamedTensor ones() { return {"x", Tensor::from_float(std::vector<float>{1, 1, 1}, {3})}; }

std::vector<NamedTensor> run(const std::string& bytes, const std::vector<NamedTensor>& inputs) {
  auto outputs = run_bytes(bytes, inputs);
  if (!outputs) FAIL(format_error(outputs.error()));
  return std::move(outputs).value();
}

}  // namespace

TEST_CASE("NonZero finds what is there, not what is declared") {
  auto outputs = run(ow::model({{ow::node("NonZero", {"x"}, {"y"})},
                                {kThree},
                                {ow::value("y", 7, {std::int64_t{1}, std::int64_t{2}})}}),
                     {ones()});
  CHECK(outputs[0].tensor.shape() == Shape{1, 3});
  CHECK(ints_of(outputs[0].tensor) == std::vector<std::int64_t>{0, 1, 2});
  // The declared shape must not reach what is computed from it either.
  outputs = run(ow::model({{ow::node("NonZero", {"x"}, {"i"}),
                            ow::node("Cast", {"i"}, {"y"}, {ow::attr_int("to", 1)}),
                            ow::node("Shape", {"i"}, {"s"})},
                           {kThree},
                           {ow::value("y", 1, {std::int64_t{1}, std::int64_t{2}}),
                            ow::value("s", 7, {std::int64_t{2}})},
                           {},
                           {ow::value("i", 7, {std::int64_t{1}, std::int64_t{2}})}}),
                {ones()});
  CHECK(floats_of(outputs[0].tensor) == std::vector<float>{0, 1, 2});
  CHECK(ints_of(outputs[1].tensor) == std::vector<std::int64_t>{1, 3});
}

TEST_CASE("TopK takes its k from the data") {
  const auto outputs =
      run(ow::model({{ow::node("TopK", {"x", "k"}, {"v", "i"})},
                     {kThree, ow::value("k", 7, {std::int64_t{1}})},
                     {ow::value("v", 1, {std::int64_t{2}}), ow::value("i", 7, {std::int64_t{2}})}}),
          {ones(), {"k", Tensor::from_int64(std::vector<std::int64_t>{3})}});
  CHECK(outputs[0].tensor.shape() == Shape{3});
}

TEST_CASE("the branch that runs decides the shape") {
  const auto branch = [](std::int64_t size) {
    return ow::graph(
        {{ow::node("Identity", {"c" + std::to_string(size)}, {"r"})},
         {},
         {ow::value("r", 1, {size})},
         {ow::tensor_floats("c" + std::to_string(size), {size},
                            std::vector<float>(static_cast<std::size_t>(size), 7.0F))}});
  };
  const std::string bytes = ow::model({{ow::node("If", {"go"}, {"y"},
                                                 {ow::attr_graph("then_branch", branch(2)),
                                                  ow::attr_graph("else_branch", branch(4))})},
                                       {ow::value("go", 9, {})},
                                       {ow::value("y", 1, {std::int64_t{4}})}});
  for (const bool go : {true, false}) {
    auto flag = Tensor::allocate(DType::boolean, {});
    REQUIRE(flag.has_value());
    *flag->mutable_view().data = std::byte{go ? std::uint8_t{1} : std::uint8_t{0}};
    const auto outputs = run(bytes, {{"go", *flag}});
    CHECK(outputs[0].tensor.shape() == Shape{go ? 2 : 4});
  }
}

TEST_CASE("a loop carries what it computes, whatever its body declares") {
  // Starts with one element and doubles; the body says that it is always one.
  const ow::Bytes body = ow::graph(
      {{ow::node("Identity", {"c"}, {"c2"}),
        ow::node("Concat", {"v", "v"}, {"v2"}, {ow::attr_int("axis", 0)})},
       {ow::value("i", 7, {}), ow::value("c", 9, {}), ow::value("v", 1, {std::int64_t{1}})},
       {ow::value("c2", 9, {}), ow::value("v2", 1, {std::int64_t{2}})}});
  const auto outputs = run_bytes(
      ow::model({{ow::node("Loop", {"n", "", "x"}, {"y"}, {ow::attr_graph("body", body)}, "grow")},
                 {ow::value("x", 1, {std::int64_t{1}}), ow::value("n", 7, {})},
                 {ow::value("y", 1, {"m"})}}),
      {{"x", Tensor::from_float(std::vector<float>{1}, {1})}, {"n", Tensor::scalar_int64(3)}});
  if (!outputs) FAIL(format_error(outputs.error()));
  CHECK(outputs->front().tensor.shape() == Shape{8});
}
