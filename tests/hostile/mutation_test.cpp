// Broken copies of valid models: truncated, with flipped bits, and plain noise. Import and
// inference of types must end in a result or an error, never in undefined behaviour (the sanitizer
// builds check it).

#include <catch2/catch.hpp>
#include <random>

#include "support/import_test.h"

using namespace vernier;
namespace w = onnx_writer;

namespace {

/// A model that touches most of the importer: body, function, old forms, all kinds of constants.
std::string rich_model() {
  const auto x = w::value("x", 1, {"n", 4});
  const auto body =
      w::graph({{w::node("Add", {"t", "b"}, {"o"})}, {}, {w::value("o", 1, {"n", 4})}});
  const auto function =
      w::function({"local",
                   "f",
                   {"a"},
                   {"r"},
                   {},
                   {w::attr_float("slope", 0.5F)},
                   {w::node("LeakyRelu", {"a"}, {"r"}, {w::attr_ref("alpha", "slope", 1)})},
                   11});
  const auto sparse = w::text(1, w::tensor_floats("sp", {2}, {1, 2})) +
                      w::text(2, w::tensor_ints("", {2}, {1, 3})) + w::number(3, 4);
  w::GraphParts parts;
  parts.nodes = {
      w::node("Clip", {"x"}, {"c"}, {w::attr_float("min", 0), w::attr_float("max", 6)}),
      w::node("f", {"c"}, {"t"}, {}, "call", "local"),
      w::node("If", {"flag"}, {"i"},
              {w::attr_graph("then_branch", body), w::attr_graph("else_branch", body)}),
      w::node("Softmax", {"i"}, {"s"}),
      w::node("Unsqueeze", {"s"}, {"u"}, {w::attr_ints("axes", {0})}),
      w::node("Constant", {}, {"k"}, {w::attr_tensor("value", w::tensor_ints("", {1}, {0}))}),
      w::node("Cast", {"k"}, {"kf"}, {w::attr_int("to", 1)}),
      w::node("Add", {"u", "kf"}, {"y"})};
  parts.inputs = {x, w::value("flag", 9, {})};
  parts.outputs = {w::value("y", 1, {std::int64_t{1}, "n", 4})};
  parts.initializers = {w::tensor_floats("b", {4}, {1, 2, 3, 4})};
  parts.values = {w::value("c", 1, {"n", 4})};
  return w::model(w::graph(parts) + w::text(15, sparse), 10, {function});
}

void check_survives(const std::string& bytes) {
  auto model = import_bytes(bytes);
  if (!model) {
    CHECK_FALSE(model.error().id.empty());
    CHECK(model.error().code != Errc::internal);
    CHECK(format_error(model.error()).find('\n') == std::string::npos);
    return;
  }
  if (const auto inferred = infer_types(model->graph); !inferred) {
    CHECK_FALSE(inferred.error().id.empty());
  }
}

}  // namespace

TEST_CASE("the model that the mutations start from is valid") {
  auto model = import_bytes(rich_model());
  if (!model) FAIL(format_error(model.error()));
  const auto inferred = infer_types(model->graph);
  if (!inferred) FAIL(format_error(inferred.error()));
}

TEST_CASE("truncation at every offset") {
  const std::string good = rich_model();
  for (std::size_t size = 0; size < good.size(); ++size) check_survives(good.substr(0, size));
}

TEST_CASE("flipped bits") {
  const std::string good = rich_model();
  std::mt19937_64 random(20240607);
  for (int round = 0; round < 4000; ++round) {
    std::string bad = good;
    const int flips = 1 + static_cast<int>(random() % 4);
    for (int i = 0; i < flips; ++i) {
      bad[random() % bad.size()] ^= static_cast<char>(1U << (random() % 8));
    }
    check_survives(bad);
  }
}

TEST_CASE("bytes removed, repeated and replaced by extremes") {
  const std::string good = rich_model();
  std::mt19937_64 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string bad = good;
    const std::size_t at = random() % bad.size();
    const std::size_t count = 1 + random() % 16;
    switch (random() % 4) {
      case 0:
        bad.erase(at, count);
        break;
      case 1:
        bad.insert(at, good.substr(at, count));
        break;
      case 2:
        bad[at] = '\xff';
        break;
      default:
        bad.insert(at, w::varint(~std::uint64_t{0} >> (random() % 64)));
        break;
    }
    check_survives(bad);
  }
}

TEST_CASE("noise") {
  std::mt19937_64 random(99);
  for (int round = 0; round < 2000; ++round) {
    std::string noise(random() % 200, '\0');
    for (char& c : noise) c = static_cast<char>(random());
    check_survives(noise);
    check_survives(w::text(7, noise));              // as a graph
    check_survives(w::text(7, w::text(1, noise)));  // as a node
    check_survives(w::text(7, w::text(5, noise)));  // as an initializer
  }
}
