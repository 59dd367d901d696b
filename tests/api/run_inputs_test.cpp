#include "api/run_inputs.h"

#include <catch2/catch.hpp>

#include "support/temp_dir.h"
#include "tensor/npy.h"
#include "tensor/npz.h"

using namespace vernier;

namespace {

const std::vector<TensorInfo> kTwo = {
    {"x", ValueType::of(DType::float32, {Dim::named("N"), Dim::known(2)})},
    {"x=y", ValueType::of(DType::float32, {Dim::named("N")})}};

Result<GatheredInputs> gather(std::span<const TensorInfo> inputs, std::vector<std::string> files,
                              std::int64_t batch = 0) {
  InputRequest request;
  request.files = std::move(files);
  request.batch = batch;
  return gather_inputs(inputs, request, nullptr);
}

Tensor numbers(const Shape& shape) {
  return Tensor::from_float(
      std::vector<float>(static_cast<std::size_t>(element_count(shape)), 1.0F), shape);
}

}  // namespace

TEST_CASE("inputs are made up when no file is given", "[api]") {
  const auto made = gather(kTwo, {}, 5);
  REQUIRE(made);
  REQUIRE(made->tensors.size() == 2);
  CHECK(made->synthetic);
  CHECK(made->tensors[0].tensor.shape() == Shape({5, 2}));
  CHECK(made->tensors[1].tensor.shape() == Shape({5}));
  CHECK(made->assumed.empty());
  CHECK(made->origins[0].kind == "gaussian");
}

TEST_CASE("files are given by name, alone, or all at once", "[api]") {
  const TempDir dir;
  const std::string a = dir.file("a=b.npy");
  REQUIRE(write_npy_file(a, numbers({3, 2}).view()));
  auto writer = NpzWriter::open(dir.file("all.npz"));
  REQUIRE(writer);
  REQUIRE(writer->add("x", numbers({3, 2}).view()));
  REQUIRE(writer->add("x=y", numbers({3}).view()));
  REQUIRE(writer->commit());

  const auto named = gather(kTwo, {"x=" + a, "x=y=" + dir.file("all.npz") + ":x=y"});
  REQUIRE(named);
  CHECK(named->tensors[0].name == "x");
  CHECK(named->tensors[1].name == "x=y");
  CHECK(named->tensors[1].tensor.shape() == Shape({3}));

  const auto all = gather(kTwo, {dir.file("all.npz")});
  REQUIRE(all);
  CHECK(all->tensors.size() == 2);

  const auto alone = gather(std::span(kTwo).first(1), {a});
  REQUIRE(alone);
  CHECK(alone->tensors[0].name == "x");

  const auto unclear = gather(kTwo, {a});
  REQUIRE_FALSE(unclear);
  CHECK(unclear.error().id == "E-INPUT-NAME");
  const auto unknown = gather(kTwo, {"z=" + a});
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().id == "E-INPUT-NAME");
  const auto odd = gather(kTwo, {"x=" + dir.file("a.txt")});
  REQUIRE_FALSE(odd);
  CHECK(odd.error().id == "E-INPUT-FILE");
}

TEST_CASE("a batch needs a free first dimension", "[api]") {
  const std::vector<TensorInfo> fixed = {
      {"x", ValueType::of(DType::float32, {Dim::known(1), Dim::known(2)})}};
  const auto refused = gather(fixed, {}, 4);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id == "E-BATCH");
  CHECK(gather(fixed, {}, 1));
}

TEST_CASE("a shape given beside a file must be the file's", "[api]") {
  const TempDir dir;
  REQUIRE(write_npy_file(dir.file("a.npy"), numbers({3, 2}).view()));
  InputRequest request;
  request.files = {"x=" + dir.file("a.npy")};
  request.shapes = {{"x", {4, 2}}};
  const auto refused = gather_inputs(kTwo, request, nullptr);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id == "E-SHAPE");
  request.shapes = {{"x", {3, 2}}};
  CHECK(gather_inputs(kTwo, request, nullptr));
}
