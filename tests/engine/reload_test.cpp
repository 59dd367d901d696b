#include "engine/native_check.h"
#include "support/onnx_writer.h"
#include "support/temp_dir.h"

#include <fstream>

using namespace vernier;
using namespace vernier::test;
namespace ow = onnx_writer;

TEST_CASE("an engine that loads a second model has nothing left of the first") {
  const TempDir dir;
  const std::vector<ow::Dim> size = {std::int64_t{4}};
  const auto put = [&](const char* name, const char* op, const char* input, const char* output) {
    std::ofstream(dir.file(name), std::ios::binary) << ow::model({{ow::node(op, {input}, {output})},
                                                                  {ow::value(input, 1, size)},
                                                                  {ow::value(output, 1, size)},
                                                                  {},
                                                                  {}});
    return dir.file(name);
  };
  const std::string first = put("a.onnx", "Neg", "x", "y");
  const std::string second = put("b.onnx", "Abs", "p", "q");
  const auto engine = make_native_engine(all_backends());
  EngineSettings settings;
  const auto run = [&](const std::string& model, const char* input) {
    REQUIRE(engine->load(model, settings));
    const std::vector<NamedTensor> inputs = {
        {input, Tensor::from_float(std::vector<float>{-1, 2, -3, 4}, {4})}};
    REQUIRE(engine->bind(inputs));
    REQUIRE(engine->run());
    auto outputs = engine->fetch_outputs();
    REQUIRE(outputs);
    REQUIRE(outputs->size() == 1);
    return outputs->front();
  };
  CHECK(run(first, "x").tensor.span<float>()[0] == 1.0F);
  const NamedTensor again = run(second, "p");
  CHECK(engine->inputs().size() == 1);
  CHECK(engine->outputs().size() == 1);
  CHECK(again.name == "q");
  CHECK(again.tensor.span<float>()[1] == 2.0F);  // the first model's plan would say -2
  CHECK(run(first, "x").tensor.span<float>()[1] == -2.0F);
}
