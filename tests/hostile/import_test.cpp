// Hostile models, by the class that a real vulnerability or bug report gave them. Each must end in
// one clear error: the right code and id, one line, no control characters.

#include <sys/stat.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include "support/import_test.h"
#include "support/temp_dir.h"

using namespace vernier;
namespace w = onnx_writer;
namespace fs = std::filesystem;

namespace {

using Entries = std::vector<std::pair<std::string, std::string>>;

const w::Bytes kX = w::value("x", 1, {2});
const w::Bytes kY = w::value("y", 1, {2});

w::GraphParts add_graph(const w::Bytes& initializer) {
  return {{w::node("Add", {"x", "b"}, {"y"}, {}, "add")}, {kX}, {kY}, {initializer}};
}

/// "kind id" of the error; also checks the error line.
std::string verdict(const Result<Model>& model) {
  if (model) return "accepted";
  const std::string line = format_error(model.error());
  CHECK(line.rfind("error: ", 0) == 0);
  CHECK(line.find('\n') == std::string::npos);
  CHECK(line.find('\x1b') == std::string::npos);
  CHECK(line.size() < 10'000);
  return std::to_string(static_cast<int>(model.error().code)) + " " + model.error().id;
}
std::string verdict(const std::string& bytes) { return verdict(import_bytes(bytes)); }

void write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

/// A model directory inside a parent that holds a secret.
class ExternalModel {
 public:
  ExternalModel() {
    fs::create_directory(root_.file("model"));
    write(root_.file("secret"), "12345678");
    write(inside("w.bin"), "12345678");
  }
  [[nodiscard]] std::string inside(const std::string& name) const {
    return root_.file("model/" + name);
  }
  [[nodiscard]] std::string outside(const std::string& name) const { return root_.file(name); }
  [[nodiscard]] std::string load(const Entries& entries) const {
    write(inside("m.onnx"), w::model(add_graph(w::tensor_external("b", 1, {2}, entries))));
    return verdict(onnx::import_model(inside("m.onnx")));
  }
  [[nodiscard]] std::string at(const std::string& location) const {
    return load({{"location", location}});
  }

 private:
  TempDir root_;
};

constexpr const char* kExternal = "3 E-MODEL-EXTERNAL";

}  // namespace

TEST_CASE("H01-H03 external data outside the directory or not a regular file") {
  const ExternalModel model;
  CHECK(model.at("w.bin") == "accepted");
  CHECK(model.at("../secret") == kExternal);
  fs::create_directory(model.inside("sub"));
  CHECK(model.at("sub/../../secret") == kExternal);
  CHECK(model.at("sub/../w.bin") == kExternal);
  CHECK(model.at("./../secret") == kExternal);
  CHECK(model.at(model.outside("secret")) == kExternal);
  CHECK(model.at("/dev/zero") == kExternal);
  CHECK(model.at("/etc/passwd") == kExternal);
  CHECK(model.at("") == kExternal);
  CHECK(model.at(".") == kExternal);
  CHECK(model.at("sub") == kExternal);
  CHECK(model.at("missing.bin") == kExternal);
  CHECK(model.at(std::string("w.bin\0.txt", 10)) == kExternal);
  CHECK(model.at(std::string(10000, 'a')) == kExternal);
  REQUIRE(mkfifo(model.inside("fifo").c_str(), 0600) == 0);
  CHECK(model.at("fifo") == kExternal);
}

TEST_CASE("H04-H05 links") {
  const ExternalModel model;
  fs::create_symlink(model.outside("secret"), model.inside("link"));
  CHECK(model.at("link") == kExternal);
  fs::create_symlink("w.bin", model.inside("inner_link"));
  CHECK(model.at("inner_link") == kExternal);
  fs::create_directory_symlink("..", model.inside("up"));
  CHECK(model.at("up/secret") == kExternal);
  fs::create_hard_link(model.outside("secret"), model.inside("hard"));
  CHECK(model.at("hard") == kExternal);
}

TEST_CASE("H06 no window between check and open") {
  // The opener resolves beneath a directory handle in one step; a directory swapped for a link
  // between two loads is never followed.
  const ExternalModel model;
  for (int i = 0; i < 50; ++i) {
    fs::remove_all(model.inside("d"));
    if (i % 2 == 0) {
      fs::create_directory(model.inside("d"));
      write(model.inside("d/secret"), "12345678");
      CHECK(model.at("d/secret") == "accepted");
    } else {
      fs::create_directory_symlink("..", model.inside("d"));
      CHECK(model.at("d/secret") == kExternal);
    }
  }
}

TEST_CASE("H09-H10 external ranges and keys") {
  const ExternalModel model;
  const auto range = [&](const std::string& offset, const std::string& length) {
    return model.load({{"location", "w.bin"}, {"offset", offset}, {"length", length}});
  };
  CHECK(range("0", "8") == "accepted");
  CHECK(range("1", "8") == kExternal);
  CHECK(range("18446744073709551612", "8") == kExternal);
  CHECK(range("18446744073709551608", "18446744073709551608") == kExternal);
  CHECK(range("-1", "8") == kExternal);
  CHECK(range("0", "-8") == kExternal);
  CHECK(range("0", "1125899906842624") == kExternal);
  CHECK(range("99999999999999999999999", "8") == kExternal);
  CHECK(range("0x0", "8") == kExternal);
  CHECK(range("", "8") == kExternal);
  CHECK(range(" 0", "8") == kExternal);
  CHECK(range("0", "7") == kExternal);
  CHECK(model.load({{"location", "w.bin"}, {"__class__", "x"}}) == kExternal);
  CHECK(model.load({{"location", "w.bin"}, {"location", "../secret"}}) == kExternal);
  CHECK(model.load({{"offset", "0"}}) == kExternal);
  CHECK(model.load({}) == kExternal);
  CHECK(verdict(w::model(add_graph(w::tensor_external("b", 1, {2}, {{"location", "w.bin"}})))) ==
        kExternal);
}

TEST_CASE("H11-H14 payloads and shapes of initializers") {
  const auto with = [](int dtype, const std::vector<std::int64_t>& dims, const std::string& data) {
    return verdict(w::model(add_graph(w::tensor_raw("b", dtype, dims, data))));
  };
  CHECK(with(1, {2}, "12345678") == "accepted");
  CHECK(with(1, {2}, "1234567") == "3 E-MODEL-TENSOR");
  CHECK(with(22, {3}, "1") == "3 E-MODEL-TENSOR");
  CHECK(with(1, {(std::int64_t{1} << 42) + 1, (std::int64_t{1} << 42) + 1}, "") ==
        "3 E-MODEL-SHAPE");
  CHECK(with(1, {4194305, 4194305, 211106198978564}, "1234") == "3 E-MODEL-SHAPE");
  CHECK(with(1, {std::int64_t{1} << 50}, "") == "3 E-MODEL-TENSOR");
  CHECK(with(1, {-2}, "") == "3 E-MODEL-SHAPE");
  CHECK(with(1, {std::numeric_limits<std::int64_t>::min()}, "") == "3 E-MODEL-SHAPE");
  CHECK(with(1, std::vector<std::int64_t>(1'000'000, 1), "1234") == "6 E-LIMIT-RANK");
  const auto packed_dims = w::text(1, std::string(1'000'000, '\1')) + w::number(2, 1) +
                           w::text(8, "b") + w::text(9, "1234");
  CHECK(verdict(w::model(add_graph(packed_dims))) == "6 E-LIMIT-RANK");
  const auto typed = [](const std::vector<w::Dim>& dims) {
    return verdict(w::model({{w::node("Relu", {"x"}, {"y"})}, {w::value("x", 1, dims)}, {kY}, {}}));
  };
  CHECK(typed({std::int64_t{-5}}) == "3 E-MODEL-SHAPE");
  CHECK(typed({std::int64_t{-1}}) == "accepted");
  CHECK(typed(std::vector<w::Dim>(1000, std::int64_t{1})) == "6 E-LIMIT-RANK");
}

TEST_CASE("H16 a sparse or string tensor cannot ask for more than the budget") {
  const auto sparse = w::text(1, w::tensor_floats("b", {1}, {1})) +
                      w::text(2, w::tensor_ints("", {1}, {0})) +
                      w::number(3, std::int64_t{1} << 55);
  CHECK(verdict(w::model(w::graph({{w::node("Add", {"x", "b"}, {"y"})}, {kX}, {kY}, {}}) +
                         w::text(15, sparse))) == "6 E-LIMIT-MEMORY");
  CHECK(verdict(w::model(add_graph(w::tensor_head("b", 8, {std::int64_t{1} << 31})))) ==
        "3 E-MODEL-TENSOR");
}

TEST_CASE("H20 arity, names and missing parts") {
  const auto one = [](const w::Bytes& node) { return verdict(w::model({{node}, {kX}, {kY}, {}})); };
  CHECK(one(w::node("Relu", {}, {"y"})) == "3 E-MODEL-ARITY");
  CHECK(one(w::node("Relu", {"x", "x"}, {"y"})) == "3 E-MODEL-ARITY");
  CHECK(one(w::node("Relu", {"x"}, {})) == "3 E-MODEL-ARITY");
  CHECK(one(w::node("Relu", {"x"}, {""})) == "3 E-MODEL-OUTPUT");
  CHECK(one(w::node("Relu", {"x"}, {"y", "z"})) == "3 E-MODEL-ARITY");
  CHECK(one(w::node("Add", {"", "x"}, {"y"})) == "3 E-MODEL-ARITY");
  CHECK(one(w::node("", {"x"}, {"y"})) == "3 E-MODEL-NODE");
  CHECK(one(w::node("Relu", {"nothing"}, {"y"})) == "3 E-MODEL-NAME");
  CHECK(one(w::node("Relu", {"x"}, {"z"})) == "3 E-MODEL-OUTPUT");
  CHECK(one(w::node("If", {"x"}, {"y"})) == "3 E-MODEL-ATTR");
  CHECK(one(w::node("Constant", {}, {"y"})) == "3 E-MODEL-ATTR");
  CHECK(verdict(w::model({{w::node("Relu", {"x"}, {"y"})}, {kX}, {}, {}})) == "3 E-MODEL-OUTPUT");
  CHECK(verdict(w::model(w::GraphParts{})) == "3 E-MODEL-OUTPUT");
  CHECK(verdict(w::number(1, 8)) == "3 E-MODEL-PARSE");
  CHECK(verdict(std::string()) == "3 E-MODEL-PARSE");
  const auto no_opset =
      w::number(1, 8) + w::text(7, w::graph({{w::node("Relu", {"x"}, {"y"})}, {kX}, {kY}, {}}));
  CHECK(verdict(no_opset) == "3 E-MODEL-OPSET");
}

TEST_CASE("H21 cycles, duplicates, use before definition") {
  const auto nodes = [](const std::vector<w::Bytes>& list) {
    return import_bytes(w::model({list, {kX}, {kY}, {}}));
  };
  const auto cycle =
      nodes({w::node("Add", {"x", "c"}, {"y"}, {}, "a"), w::node("Relu", {"y"}, {"b"}, {}, "b"),
             w::node("Relu", {"b"}, {"c"}, {}, "c")});
  CHECK(verdict(cycle) == "3 E-MODEL-CYCLE");
  CHECK(cycle.error().message.find("a -> b -> c -> a") != std::string::npos);
  CHECK(verdict(nodes({w::node("Add", {"x", "y"}, {"y"}, {}, "self")})) == "3 E-MODEL-CYCLE");
  CHECK(verdict(nodes({w::node("Relu", {"x"}, {"y"}), w::node("Abs", {"x"}, {"y"})})) ==
        "3 E-MODEL-SSA");
  CHECK(verdict(nodes({w::node("Relu", {"x"}, {"x"})})) == "3 E-MODEL-SSA");
  CHECK(verdict(nodes({w::node("Relu", {"t"}, {"y"}), w::node("Relu", {"x"}, {"t"})})) ==
        "3 E-MODEL-ORDER");
  CHECK(verdict(w::model({{w::node("Relu", {"x"}, {"y"})}, {kX, kX}, {kY}, {}})) ==
        "3 E-MODEL-SSA");
  const auto b = w::tensor_floats("b", {2}, {1, 2});
  CHECK(verdict(w::model({{w::node("Add", {"x", "b"}, {"y"})}, {kX}, {kY}, {b, b}})) ==
        "3 E-MODEL-SSA");
}

TEST_CASE("H22 functions that call each other, also through bodies, and function bombs") {
  const auto call = [](const char* op, const char* from, const char* to) {
    return w::node(op, {from}, {to}, {}, "", "local");
  };
  const auto model = [&](const std::vector<w::Bytes>& functions) {
    return import_bytes(w::model({{call("f", "x", "y")}, {kX}, {kY}, {}}, 17, functions));
  };
  const auto f = w::function({"local", "f", {"a"}, {"b"}, {}, {}, {call("g", "a", "b")}});
  const auto g = w::function({"local", "g", {"a"}, {"b"}, {}, {}, {call("f", "a", "b")}});
  const auto recursive = model({f, g});
  CHECK(verdict(recursive) == "3 E-MODEL-FUNCTION");
  CHECK(recursive.error().message.find("f -> g -> f") != std::string::npos);
  const auto body = w::graph({{call("g", "a", "r")}, {}, {w::value("r", 1, {2})}});
  const auto by_body = w::function(
      {"local",
       "f",
       {"a"},
       {"b"},
       {},
       {},
       {w::node("If", {"a"}, {"b"},
                {w::attr_graph("then_branch", body), w::attr_graph("else_branch", body)})}});
  CHECK(verdict(model({by_body, g})) == "3 E-MODEL-FUNCTION");
  CHECK(verdict(model({f, f, g})) == "3 E-MODEL-FUNCTION");
  // Every level calls the next one ten times: 10^9 nodes.
  std::vector<w::Bytes> bomb;
  for (int level = 0; level < 9; ++level) {
    std::vector<w::Bytes> calls;
    const std::string next = level == 8 ? "Relu" : "f" + std::to_string(level + 1);
    for (int i = 0; i < 10; ++i) {
      const std::string from = i == 0 ? "a" : "t" + std::to_string(i);
      const std::string to = i == 9 ? "b" : "t" + std::to_string(i + 1);
      calls.push_back(w::node(next, {from}, {to}, {}, "", level == 8 ? "" : "local"));
    }
    const std::string name = level == 0 ? "f" : "f" + std::to_string(level);
    bomb.push_back(w::function({"local", name, {"a"}, {"b"}, {}, {}, calls}));
  }
  onnx::ImportOptions options;
  options.max_nodes = 20'000;
  CHECK(verdict(import_bytes(w::model({{call("f", "x", "y")}, {kX}, {kY}, {}}, 17, bomb),
                             options)) == "6 E-LIMIT-NODES");
  std::vector<w::Bytes> chain;
  for (int i = 0; i < 150; ++i) {
    const std::string next = i == 149 ? "Relu" : "f" + std::to_string(i + 1);
    chain.push_back(w::function({"local",
                                 i == 0 ? "f" : "f" + std::to_string(i),
                                 {"a"},
                                 {"b"},
                                 {},
                                 {},
                                 {w::node(next, {"a"}, {"b"}, {}, "", i == 149 ? "" : "local")}}));
  }
  CHECK(verdict(model(chain)) == "6 E-LIMIT-DEPTH");
  CHECK(verdict(model({w::function({"local", "f", {}, {"b"}, {}, {}, {}})})) == "3 E-MODEL-ARITY");
}

TEST_CASE("H23 bodies nested ten thousand deep, and many side by side") {
  const auto nest = [](int depth) {
    w::Bytes body = w::graph({{w::node("Relu", {"x"}, {"o"})}, {}, {w::value("o", 1, {2})}});
    for (int i = 0; i < depth; ++i) {
      body = w::graph({{w::node("If", {"c"}, {"o"},
                                {w::attr_graph("then_branch", body),
                                 w::attr_graph("else_branch", w::graph({{}, {}, {}}))})},
                       {},
                       {w::value("o", 1, {2})}});
    }
    return w::model(
        {{w::node("If", {"c"}, {"y"},
                  {w::attr_graph("then_branch", body), w::attr_graph("else_branch", body)})},
         {kX, w::value("c", 9, {})},
         {kY},
         {}});
  };
  CHECK(verdict(nest(20)) == "accepted");
  CHECK(verdict(nest(32)) == "6 E-LIMIT-DEPTH");
  // One chain only (two would double the file at each level).
  w::Bytes deep = w::graph({{w::node("Relu", {"x"}, {"o"})}, {}, {w::value("o", 1, {2})}});
  for (int i = 0; i < 10'000; ++i) {
    deep = w::graph({{w::node("Loop", {}, {"o"}, {w::attr_graph("body", deep)})}, {}, {}});
  }
  CHECK(verdict(w::model(deep)) == "6 E-LIMIT-DEPTH");
}

TEST_CASE("H24 protobuf corner cases") {
  const auto good = w::model({{w::node("Relu", {"x"}, {"y"})}, {kX}, {kY}, {}});
  CHECK(verdict(good) == "accepted");
  CHECK(verdict(good + w::text(12345, "unknown")) == "accepted");
  CHECK(verdict(good + w::number(1000, 7)) == "accepted");
  CHECK(verdict(good + "\xff\xff\xff") == "3 E-MODEL-PARSE");
  CHECK(verdict(good + std::string(1, '\0')) == "3 E-MODEL-PARSE");
  CHECK(verdict(good + w::text(7, "")) == "3 E-MODEL-PARSE");
  std::string group;
  for (int i = 0; i < 5000; ++i) group += w::tag(99, 3);
  CHECK(verdict(good + group) == "3 E-MODEL-PARSE");
  CHECK(verdict(w::number(1, 99) + good.substr(2)) == "4 E-UNSUPPORTED-IR");
  std::string nested_type = w::text(1, w::number(1, 1));
  for (int i = 0; i < 1000; ++i) nested_type = w::text(4, w::text(1, nested_type));
  CHECK(verdict(w::model({{w::node("Relu", {"x"}, {"y"})},
                          {w::text(1, "x") + w::text(2, nested_type)},
                          {kY},
                          {}})) == "6 E-LIMIT-DEPTH");
  const TempDir dir;
  write(dir.file("huge.onnx"), "");
  fs::resize_file(dir.file("huge.onnx"), (std::uintmax_t{1} << 31U) + 1);
  const auto huge = onnx::import_model(dir.file("huge.onnx"));
  CHECK(verdict(huge) == "3 E-MODEL-SIZE");
  CHECK(huge.error().message.find("larger than 2 GiB") != std::string::npos);
  CHECK(verdict(onnx::import_model(dir.path())) == "5 E-FILE-OPEN");
}

TEST_CASE("H26 names: too long, with control characters, not UTF-8") {
  const std::string evil = "a\x1b[31m\nerror: ok\r\xff\t";
  CHECK(verdict(w::model({{w::node("Relu", {evil}, {"y"}, {}, evil)}, {kX}, {kY}, {}})) ==
        "3 E-MODEL-NAME");
  CHECK(verdict(w::model({{w::node(evil, {"x"}, {"y"}, {}, evil)}, {kX}, {kY}, {}})) ==
        "4 E-UNSUPPORTED-OP");
  const std::string longest(100'000, 'n');
  CHECK(verdict(w::model({{w::node("Relu", {"x"}, {"y"}, {}, longest)}, {kX}, {kY}, {}})) ==
        "6 E-LIMIT-NAME");
  CHECK(verdict(w::model(add_graph(w::tensor_floats(longest, {1}, {1})))) == "6 E-LIMIT-NAME");
  std::vector<w::Bytes> attributes;
  for (int i = 0; i < 300; ++i) attributes.push_back(w::attr_int("a" + std::to_string(i), 1));
  CHECK(verdict(w::model({{w::node("Relu", {"x"}, {"y"}, attributes)}, {kX}, {kY}, {}})) ==
        "6 E-LIMIT-ATTRIBUTES");
}
