#include "engine/native_check.h"

#include <cmath>
#include <cstring>

#include "tensor/npz.h"

using namespace vernier;
using namespace vernier::test;

namespace {

const std::string kFashion =
    std::string(VERNIER_SOURCE_DIR) + "/models/fashion_mnist/fashion_mnist.onnx";

struct Run {
  std::unique_ptr<Engine> engine;
  std::vector<NamedTensor> outputs;
};

Run run_model(const std::string& path, EngineSettings settings, std::vector<NamedTensor> inputs) {
  Run r;
  r.engine = make_native_engine(all_backends());
  REQUIRE(r.engine->load(path, settings).has_value());
  REQUIRE(r.engine->bind(inputs).has_value());
  REQUIRE(r.engine->run().has_value());
  auto outputs = r.engine->fetch_outputs();
  REQUIRE(outputs.has_value());
  r.outputs = std::move(outputs).value();
  return r;
}

std::vector<NamedTensor> fashion_images() {
  auto npz =
      NpzReader::open(std::string(VERNIER_SOURCE_DIR) + "/tests/models/fashion_mnist_10.npz");
  REQUIRE(npz.has_value());
  auto image = npz->read("image");
  REQUIRE(image.has_value());
  return {{"image", std::move(image).value()}};
}

double relative_l2(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  double difference = 0;
  double norm = 0;
  for (std::int64_t i = 0; i < a.element_count(); ++i) {
    const double d = static_cast<double>(a.as<float>()[i]) - b.as<float>()[i];
    difference += d * d;
    norm += static_cast<double>(b.as<float>()[i]) * b.as<float>()[i];
  }
  return std::sqrt(difference / norm);
}

}  // namespace

TEST_CASE("the classifier gives ONNX Runtime's logits, optimised or not, on every backend") {
  auto npz =
      NpzReader::open(std::string(VERNIER_SOURCE_DIR) + "/tests/models/fashion_mnist_10.npz");
  REQUIRE(npz.has_value());
  const auto expected = npz->read("logits");
  REQUIRE(expected.has_value());
  for (const char* backend : {"cpu", "reference"}) {
    for (const char* optimize : {"1", "0"}) {
      EngineSettings settings;
      settings.backend = backend;
      settings.options["optimize"] = optimize;
      const Run r = run_model(kFashion, settings, fashion_images());
      INFO(backend << " optimize=" << optimize);
      CHECK(relative_l2(r.outputs[0].tensor, *expected) < 1e-5);
    }
  }
}

TEST_CASE("one and two threads give the same bits") {
  for (const char* name :
       {"fashion_mnist", "mobilenet_v2", "yolov8n", "minilm_l6", "ppocr_v4_rec"}) {
    const std::string path = std::string(name) == "fashion_mnist" ? kFashion : cached_model(name);
    if (path.empty()) {
      WARN("skipped " << name << ": the model is not on this machine");
      continue;
    }
    std::vector<Tensor> first;
    for (const int threads : {1, 2, 3}) {
      auto engine = make_native_engine(all_backends());
      EngineSettings settings;
      settings.threads = threads;
      REQUIRE(engine->load(path, settings).has_value());
      const std::vector<std::int64_t> dims =
          std::string(name) == "ppocr_v4_rec" ? std::vector<std::int64_t>{1, 48, 160}
          : std::string(name) == "minilm_l6"  ? std::vector<std::int64_t>{2, 16}
                                              : std::vector<std::int64_t>{};
      REQUIRE(engine->bind(seeded_inputs(*engine, 3, dims)).has_value());
      REQUIRE(engine->run().has_value());
      auto outputs = engine->fetch_outputs();
      REQUIRE(outputs.has_value());
      for (std::size_t i = 0; i < outputs->size(); ++i) {
        const Tensor& t = (*outputs)[i].tensor;
        if (threads == 1) {
          first.push_back(t);
        } else {
          INFO(name << " with " << threads << " threads");
          CHECK(std::memcmp(t.data(), first[i].data(), t.byte_count()) == 0);
        }
      }
    }
  }
}

TEST_CASE("shapes that change are planned once each and give what a fresh engine gives") {
  auto engine = make_native_engine(all_backends());
  REQUIRE(engine->load(kFashion, {}).has_value());
  for (const std::int64_t batch : {1, 5, 2, 5, 1}) {
    const auto inputs = seeded_inputs(*engine, 9, {batch});
    REQUIRE(engine->bind(inputs).has_value());
    REQUIRE(engine->run().has_value());
    auto outputs = engine->fetch_outputs();
    REQUIRE(outputs.has_value());
    CHECK(outputs->front().tensor.shape() == Shape{batch, 10});
    const Run fresh = run_model(kFashion, {}, inputs);
    CHECK(std::memcmp(outputs->front().tensor.data(), fresh.outputs[0].tensor.data(),
                      fresh.outputs[0].tensor.byte_count()) == 0);
  }
}

TEST_CASE("an engine that loads again forgets the model before") {
  auto engine = make_native_engine(all_backends());
  for (int times = 0; times < 3; ++times) {
    REQUIRE(engine->load(kFashion, {}).has_value());
    CHECK(engine->inputs().size() == 1);
    CHECK(engine->outputs().size() == 1);
    CHECK_FALSE(engine->run().has_value());  // nothing is bound
    const auto inputs = seeded_inputs(*engine, 9, {2});
    REQUIRE(engine->bind(inputs).has_value());
    REQUIRE(engine->run().has_value());
    const auto outputs = engine->fetch_outputs();
    REQUIRE(outputs.has_value());
    const Run fresh = run_model(kFashion, {}, inputs);
    CHECK(std::memcmp(outputs->front().tensor.data(), fresh.outputs[0].tensor.data(),
                      fresh.outputs[0].tensor.byte_count()) == 0);
  }
}

TEST_CASE("inferences in flight give the outputs of one, and every one is counted") {
  EngineSettings settings;
  settings.streams = 3;
  auto engine = make_native_engine(all_backends());
  REQUIRE(engine->load(kFashion, settings).has_value());
  const auto inputs = seeded_inputs(*engine, 9, {2});
  REQUIRE(engine->bind(inputs).has_value());
  const auto runs = engine->run_timed(50);
  REQUIRE(runs.has_value());
  CHECK(runs->ns.size() == 50);
  CHECK(runs->wall_ns > 0);
  const auto outputs = engine->fetch_outputs();
  REQUIRE(outputs.has_value());
  const Run fresh = run_model(kFashion, {}, inputs);
  CHECK(std::memcmp(outputs->front().tensor.data(), fresh.outputs[0].tensor.data(),
                    fresh.outputs[0].tensor.byte_count()) == 0);
  settings.streams = kMaxStreams + 1;
  CHECK(engine->load(kFashion, settings).error().code == Errc::usage);
}

TEST_CASE("wrong inputs are named") {
  auto engine = make_native_engine(all_backends());
  REQUIRE(engine->load(kFashion, {}).has_value());
  const auto id_of = [&](std::vector<NamedTensor> inputs) {
    auto result = engine->bind(inputs);
    REQUIRE_FALSE(result.has_value());
    return result.error().id;
  };
  const Tensor image = fashion_images()[0].tensor;
  CHECK(id_of({{"imagge", image}}) == "E-INPUT-NAME");
  CHECK(id_of({}) == "E-INPUT-NAME");
  CHECK(id_of({{"image", image}, {"image", image}}) == "E-INPUT-NAME");
  CHECK(id_of({{"image", image.reshaped({10, 784})}}) == "E-INPUT-RANK");
  CHECK(id_of({{"image", image.reshaped({10, 1, 14, 56})}}) == "E-INPUT-SHAPE");
  CHECK(id_of({{"image", *Tensor::allocate(DType::int64, {1, 1, 28, 28})}}) == "E-INPUT-DTYPE");
}

TEST_CASE("a budget below the plan is refused before anything is packed") {
  auto engine = make_native_engine(all_backends());
  EngineSettings settings;
  settings.max_memory_bytes = 64 * 1024;
  auto result = engine->load(kFashion, settings);
  if (result) result = engine->bind(seeded_inputs(*engine, 1, {64}));
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == Errc::limit);
}

TEST_CASE("what is not there is refused by its kind") {
  auto engine = make_native_engine(all_backends());
  EngineSettings settings;
  settings.backend = "cuda";
  CHECK(engine->load(kFashion, settings).error().code == Errc::device);
  settings.backend = "gpu";
  CHECK(engine->load(kFashion, settings).error().code == Errc::usage);
  settings.backend = "cpu";
  settings.precision = "int8";
  CHECK(engine->load(kFashion, settings).error().code == Errc::unsupported);
  settings.precision = "fp32";
  settings.dims = {{"nonsense", 4}};
  CHECK(engine->load(kFashion, settings).error().id == "E-DIM-NAME");
}
