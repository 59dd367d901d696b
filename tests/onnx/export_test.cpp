#include "onnx/export.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <filesystem>

#include "base/file.h"
#include "base/half.h"
#include "graph/builder.h"
#include "graph/evaluate.h"
#include "graph/infer.h"
#include "onnx/import.h"
#include "onnx/schema.h"
#include "ops/registry.h"
#include "support/temp_dir.h"

using namespace vernier;
using namespace vernier::onnx;

namespace {

ValueType floats(std::vector<Dim> dims) { return ValueType::of(DType::float32, std::move(dims)); }

Model model_of(GraphBuilder builder, int opset) {
  auto graph = std::move(builder).build();
  REQUIRE(graph);
  Model model;
  model.graph = *std::move(graph);
  model.opset_imports[""] = opset;
  model.ir_version = 8;
  model.metadata["key"] = "value";
  REQUIRE(infer_types(model.graph));
  return model;
}

Model squeeze_model(int opset) {
  GraphBuilder builder("squeeze", opset);
  const ValueId x = builder.input("x", floats({Dim::known(2), Dim::known(1), Dim::named("n")}));
  const std::int64_t axes[] = {1};
  const ValueId a = builder.constant("axes", Tensor::from_int64(axes));
  const ValueId y = builder.add(find_op("", "Squeeze"), {x, a});
  const float w[] = {1.5F, -2.0F};
  const ValueId b = builder.constant("w", Tensor::from_float(w, Shape{2, 1}));
  builder.output("y", builder.add(find_op("", "Mul"), {y, b}));
  return model_of(std::move(builder), opset);
}

std::vector<float> run(const Graph& graph, const Tensor& x) {
  const TensorView inputs[] = {x.view()};
  auto outputs = evaluate_graph(graph, inputs);
  REQUIRE(outputs);
  const auto all = (*outputs)[0].span<float>();
  return {all.begin(), all.end()};
}

Tensor example() {
  const float values[] = {1, 2, 3, 4, 5, 6};
  return Tensor::from_float(values, Shape{2, 1, 3});
}

}  // namespace

TEST_CASE("schemas: what the table says of known operators", "[export]") {
  REQUIRE(find_schema("Clip", 6)->inputs.max == 1);
  REQUIRE(find_schema("Clip", 11)->inputs.max == 3);
  REQUIRE(find_schema("Clip", 10)->since == 6);
  REQUIRE(find_schema("Gelu", 19) == nullptr);
  REQUIRE(first_opset("Gelu") == 20);
  REQUIRE(find_schema("NoSuchOperator", 20) == nullptr);
  REQUIRE(find_schema("Softmax", 12)->default_of("axis") == "1");
  REQUIRE(find_schema("Softmax", 13)->default_of("axis") == "-1");
  REQUIRE(find_schema("Conv", 11)->allows_input(0, DType::float16));
  REQUIRE_FALSE(find_schema("Conv", 11)->allows_input(0, DType::bfloat16));
  REQUIRE(find_schema("Conv", 22)->allows_input(0, DType::bfloat16));
  REQUIRE_FALSE(find_schema("Resize", 19)->allows_input(2, DType::float16));
  REQUIRE(find_schema("Concat", 13)->allows_input(7, DType::int64));  // variadic
}

TEST_CASE("export: what is written is read back", "[export]") {
  const TempDir folder;
  for (const int opset : {12, 13, 17, 21}) {
    INFO("opset " << opset);
    const Model model = squeeze_model(17);
    ExportOptions options;
    options.opset = opset;
    const auto summary = export_model(model, folder.file("m.onnx"), options);
    REQUIRE(summary);
    REQUIRE(summary->opset == opset);
    REQUIRE(summary->ir_version == ir_version_of(opset));
    auto again = import_model(folder.file("m.onnx"));
    REQUIRE(again);
    REQUIRE(again->opset_imports.at("") == opset);
    REQUIRE(again->metadata.at("key") == "value");
    REQUIRE(again->graph.inputs[0].name == "x");
    REQUIRE(again->graph.outputs[0].name == "y");
    REQUIRE(again->graph.value(again->graph.inputs[0].value).type.dims[2].symbol == "n");
    REQUIRE(run(again->graph, example()) == run(model.graph, example()));
  }
}

TEST_CASE("export: constants become attributes below the opset that made them inputs", "[export]") {
  const TempDir folder;
  ExportOptions options;
  options.opset = 11;
  REQUIRE(export_model(squeeze_model(17), folder.file("m.onnx"), options));
  const auto text = read_text_file(folder.file("m.onnx"), 1 << 20);
  REQUIRE(text);
  REQUIRE(text->find("axes") != std::string::npos);  // the attribute
  auto again = import_model(folder.file("m.onnx"));
  REQUIRE(again);
  REQUIRE_FALSE(again->notes.empty());  // the importer turned it back
}

TEST_CASE("export: what empty axes would mean matters only where they are", "[export]") {
  for (const bool empty : {false, true}) {
    GraphBuilder builder("sum", 15);
    const ValueId x = builder.input("x", floats({Dim::known(2), Dim::known(3)}));
    const std::vector<std::int64_t> axes =
        empty ? std::vector<std::int64_t>{} : std::vector<std::int64_t>{1};
    const ValueId a = builder.constant("axes", Tensor::from_int64(axes));
    builder.output("y", builder.add(find_op("", "ReduceSum"), {x, a},
                                    {{"noop_with_empty_axes", std::int64_t{1}}}));
    CHECK(export_blockers(model_of(std::move(builder), 15), 12).empty() != empty);
  }
}

TEST_CASE("export: a node without a form at the opset is named, and nothing is written",
          "[export]") {
  const TempDir folder;
  GraphBuilder builder("gelu", 20);
  const ValueId x = builder.input("x", floats({Dim::known(4)}));
  builder.output("y", builder.add(find_op("", "Gelu"), {x}, {}, "act"));
  const Model model = model_of(std::move(builder), 20);
  const auto blockers = export_blockers(model, 19);
  REQUIRE(blockers.size() == 1);
  REQUIRE(blockers[0].node == "act");
  REQUIRE(blockers[0].why == "the operator begins with opset 20");
  ExportOptions options;
  options.opset = 19;
  const auto summary = export_model(model, folder.file("m.onnx"), options);
  REQUIRE_FALSE(summary);
  REQUIRE(summary.error().id == "E-EXPORT-OPSET");
  REQUIRE(summary.error().where.node == "act");
  REQUIRE(std::filesystem::is_empty(folder.path()));
  REQUIRE(export_blockers(model, 20).empty());
}

TEST_CASE("export: the opset rises only as far as it must", "[export]") {
  GraphBuilder builder("gelu", 20);
  const ValueId x = builder.input("x", floats({Dim::known(4)}));
  builder.output("y", builder.add(find_op("", "Gelu"), {x}));
  Model model = model_of(std::move(builder), 20);
  model.opset_imports[""] = 17;
  REQUIRE(exported_opset(model).value() == 20);
  model.opset_imports[""] = 22;
  REQUIRE(exported_opset(model).value() == 22);
}

TEST_CASE("export: weights beside the model, aligned, and back", "[export]") {
  const TempDir folder;
  const Model model = squeeze_model(17);
  ExportOptions options;
  options.external = ExportOptions::External::always;
  options.external_least_bytes = 8;
  const auto summary = export_model(model, folder.file("m.onnx"), options);
  REQUIRE(summary);
  REQUIRE(summary->external_file == folder.file("m.onnx.data"));
  REQUIRE(std::filesystem::file_size(summary->external_file) == summary->external_bytes);
  REQUIRE(summary->external_bytes == 64 + 8);  // axes: 8 bytes at 0; w: 8 bytes at 64
  auto again = import_model(folder.file("m.onnx"));
  REQUIRE(again);
  REQUIRE(run(again->graph, example()) == run(model.graph, example()));
}

TEST_CASE("export: constants are cast while they are written", "[export]") {
  const TempDir folder;
  GraphBuilder builder("cast", 17);
  const ValueId x = builder.input("x", ValueType::of(DType::float16, {Dim::known(3)}));
  const float w[] = {0.1F, 65536.0F, 1e-9F};
  const ValueId b = builder.constant("w", Tensor::from_float(w, Shape{3}));
  const ValueId y = builder.add(find_op("", "Identity"), {b});
  const ValueId z = builder.add(find_op("", "Identity"), {x});
  builder.output("y", y);
  builder.output("z", z);
  const Model model = model_of(std::move(builder), 17);
  ExportOptions options;
  options.stored_as[b] = DType::float16;
  REQUIRE(export_model(model, folder.file("m.onnx"), options));
  auto again = import_model(folder.file("m.onnx"));
  REQUIRE(again);
  for (std::size_t i = 0; i < again->graph.value_count(); ++i) {
    const Value& value = again->graph.value(static_cast<ValueId>(i));
    if (!value.constant) continue;
    REQUIRE(value.constant->dtype() == DType::float16);
    const auto bits = value.constant->to_aligned();
    // numpy.float16([0.1, 65536, 1e-9]).view(uint16)
    REQUIRE(bits->as<vernier::float16>()[0].bits == 0x2E66);
    REQUIRE(bits->as<vernier::float16>()[1].bits == 0x7C00);
    REQUIRE(bits->as<vernier::float16>()[2].bits == 0x0000);
  }
}

TEST_CASE("export: an output that shows an input or a constant gets an Identity", "[export]") {
  const TempDir folder;
  GraphBuilder builder("alias", 17);
  const ValueId x = builder.input("x", floats({Dim::known(2)}));
  const ValueId y = builder.add(find_op("", "Neg"), {x});
  builder.output("same", x);
  builder.output("y", y);
  builder.output("again", y);
  const Model model = model_of(std::move(builder), 17);
  REQUIRE(export_model(model, folder.file("m.onnx")));
  auto again = import_model(folder.file("m.onnx"));
  REQUIRE(again);
  REQUIRE(again->graph.outputs.size() == 3);
  REQUIRE(again->graph.outputs[0].name == "same");
  REQUIRE(again->graph.outputs[2].name == "again");
  REQUIRE(again->graph.node_count() == 3);
}

namespace {

/// What the importer makes of a Softmax along axis 1 before opset 13; `dims` are those of x.
Model joint_softmax_model(const std::vector<Dim>& dims) {
  GraphBuilder builder("joint", 11);
  const ValueId x = builder.input("x", floats(dims));
  const ValueId flat = builder.add(find_op("", "Flatten"), {x}, {{"axis", std::int64_t{1}}});
  const ValueId normal = builder.add(find_op("", "Softmax"), {flat}, {{"axis", std::int64_t{1}}});
  const ValueId shape = builder.add(find_op("", "Shape"), {x});
  builder.output(
      "y", builder.add(find_op("", "Reshape"), {normal, shape}, {{"allowzero", std::int64_t{1}}}));
  return model_of(std::move(builder), 11);
}

/// Bytes of an AttributeProto that holds an integer: name, i, type INT.
std::string int_attribute_bytes(const std::string& name, char value) {
  return "\x0A" + std::string(1, static_cast<char>(name.size())) + name + "\x18" + value +
         "\xA0\x01\x02";
}

}  // namespace

TEST_CASE("export: a softmax over several axes is one node again below opset 13", "[export]") {
  const TempDir folder;
  const Dim n = Dim::named("n");
  const Model model = joint_softmax_model({n, Dim::known(2), Dim::known(3)});
  // x = log 1, log 2, ... over both axes: k / (1 + 2 + ... + 6)
  std::vector<float> x;
  for (int k = 1; k <= 6; ++k) x.push_back(std::log(static_cast<float>(k)));
  for (const int opset : {7, 10, 11, 12}) {
    INFO("opset " << opset);
    ExportOptions options;
    options.opset = opset;
    const auto summary = export_model(model, folder.file("m.onnx"), options);
    REQUIRE(summary);
    CHECK(summary->nodes == 1);
    const auto text = read_text_file(folder.file("m.onnx"), 1 << 20);
    REQUIRE(text);
    CHECK(text->find(int_attribute_bytes("axis", 1)) != std::string::npos);
    CHECK(text->find("Flatten") == std::string::npos);
    const auto again = import_model(folder.file("m.onnx"));
    REQUIRE(again);
    const auto y = run(again->graph, Tensor::from_float(x, Shape{1, 2, 3}));
    for (int k = 1; k <= 6; ++k) {
      CHECK(y[static_cast<std::size_t>(k) - 1] == Approx(static_cast<float>(k) / 21.0F));
    }
  }
  // No single axis: four nodes from opset 13 on. Only the batch may be 0, which a 0 copies as well.
  ExportOptions options;
  for (const int opset : {13, 14}) {
    options.opset = opset;
    const auto summary = export_model(model, folder.file("m.onnx"), options);
    REQUIRE(summary);
    CHECK(summary->nodes == 4);
    const auto text = read_text_file(folder.file("m.onnx"), 1 << 20);
    CHECK((text->find("allowzero") != std::string::npos) == (opset == 14));
  }
  CHECK(exported_opset(model).value() == 11);
}

TEST_CASE("export: a softmax over several axes of which one has a size is one in all opsets",
          "[export]") {
  const TempDir folder;
  const Dim one = Dim::known(1);
  const Model model = joint_softmax_model({Dim::named("n"), one, Dim::known(3), one});
  for (const int opset : {11, 13, 17}) {
    INFO("opset " << opset);
    ExportOptions options;
    options.opset = opset;
    const auto summary = export_model(model, folder.file("m.onnx"), options);
    REQUIRE(summary);
    CHECK(summary->nodes == 1);
    const auto text = read_text_file(folder.file("m.onnx"), 1 << 20);
    const char axis = opset < 13 ? 1 : 2;
    CHECK(text->find(int_attribute_bytes("axis", axis)) != std::string::npos);
  }
}

TEST_CASE("export: a softmax whose flat form is read elsewhere keeps it", "[export]") {
  const TempDir folder;
  GraphBuilder builder("joint", 11);
  const ValueId x = builder.input("x", floats({Dim::known(2), Dim::known(2), Dim::known(3)}));
  const ValueId flat = builder.add(find_op("", "Flatten"), {x}, {{"axis", std::int64_t{1}}});
  const ValueId normal = builder.add(find_op("", "Softmax"), {flat});
  const std::int64_t sizes[] = {2, 2, 3};
  const ValueId shape = builder.constant("sizes", Tensor::from_int64(sizes));
  builder.output("y", builder.add(find_op("", "Reshape"), {normal, shape}));
  builder.output("flat", flat);
  const Model model = model_of(std::move(builder), 11);
  const auto summary = export_model(model, folder.file("m.onnx"));
  REQUIRE(summary);
  CHECK(summary->nodes == 2);
  REQUIRE(import_model(folder.file("m.onnx")));
}

TEST_CASE("export: allowzero is needed where a size that a shape names may be 0", "[export]") {
  GraphBuilder builder("zero", 14);
  const ValueId x = builder.input("x", floats({Dim::known(2), Dim::named("n")}));
  const ValueId shape = builder.input("shape", ValueType::of(DType::int64, Shape{2}));
  builder.output("y",
                 builder.add(find_op("", "Reshape"), {x, shape}, {{"allowzero", std::int64_t{1}}}));
  const Model model = model_of(std::move(builder), 14);
  CHECK(export_blockers(model, 14).empty());
  const auto blockers = export_blockers(model, 13);
  REQUIRE(blockers.size() == 1);
  CHECK(blockers[0].why == "attribute 'allowzero' begins with opset 14");
}
