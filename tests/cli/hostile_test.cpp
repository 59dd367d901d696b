// Hostile models and data: the right exit code, one error line, nothing half-written.
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

#include <catch2/catch.hpp>

#include "cli/program.h"
#include "support/onnx_writer.h"
#include "support/temp_dir.h"

using namespace cli_test;
namespace ow = onnx_writer;

namespace {

/// y = x + w with w as given.
std::string add_model(const ow::Bytes& weight) {
  return ow::model({{ow::node("Add", {"x", "w"}, {"y"}, {}, "add")},
                    {ow::value("x", 1, {std::int64_t{2}})},
                    {ow::value("y", 1, {std::int64_t{2}})},
                    {weight},
                    {}});
}

/// Inspects and runs the bytes as a model; both must refuse it in the same way.
std::string refused(const TempDir& dir, const std::string& bytes, int code,
                    const std::vector<std::string>& parts = {}) {
  const std::string path = dir.file("model.onnx");
  write_file(path, bytes);
  const std::string inspected = refusal(program({"inspect", path}), code, parts);
  if (!inspected.empty()) return "inspect: " + inspected;
  const std::string out = dir.file("out.npz");
  const auto before = names_in(dir.path());
  const std::string ran = refusal(program({"run", path, "--output", out}), code, parts);
  if (!ran.empty()) return "run: " + ran;
  return names_in(dir.path()) == before ? "" : "files were left behind";
}

}  // namespace

TEST_CASE("a truncated model is refused at every offset", "[cli]") {
  const TempDir dir;
  const std::string whole = read_file(fashion_model());
  REQUIRE(whole.size() > 1000);
  std::mt19937_64 random(2024);
  const std::string path = dir.file("cut.onnx");
  for (int i = 0; i < 200; ++i) {
    const std::size_t size = random() % whole.size();
    write_file(path, whole.substr(0, size));
    INFO("cut to " << size << " bytes");
    REQUIRE(refusal(program({"run", path, "-q"}), 3) == "");
  }
}

TEST_CASE("random bytes are no model", "[cli]") {
  const TempDir dir;
  std::mt19937_64 random(7);
  for (int i = 0; i < 30; ++i) {
    std::string bytes(1 + random() % 5000, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    INFO("round " << i);
    REQUIRE(refused(dir, bytes, 3) == "");
  }
  CHECK(refused(dir, "", 3) == "");
}

TEST_CASE("tensors that cannot be what they say", "[cli]") {
  const TempDir dir;
  const std::int64_t huge = std::int64_t{1} << 40;
  CHECK(refused(dir, add_model(ow::tensor_raw("w", 1, {huge, huge}, "12345678")), 3) == "");
  CHECK(refused(dir, add_model(ow::tensor_raw("w", 1, {-1}, "")), 3) == "");
  CHECK(refused(dir, add_model(ow::tensor_raw("w", 1, {2}, "1234567")), 3, {"w"}) == "");
  CHECK(refused(dir, add_model(ow::tensor_floats("w", {2}, {1.0F})), 3, {"w"}) == "");
  CHECK(refused(dir, add_model(ow::tensor_raw("w", 99, {2}, "12345678")), 3) == "");
}

TEST_CASE("a cycle is named", "[cli]") {
  const TempDir dir;
  const std::string bytes = ow::model({{ow::node("Add", {"x", "b"}, {"a"}, {}, "first"),
                                        ow::node("Relu", {"a"}, {"b"}, {}, "second")},
                                       {ow::value("x", 1, {std::int64_t{2}})},
                                       {ow::value("b", 1, {std::int64_t{2}})},
                                       {},
                                       {}});
  CHECK(refused(dir, bytes, 3, {"first", "second"}) == "");
}

TEST_CASE("shapes that contradict each other name node and cause", "[cli]") {
  const TempDir dir;
  const std::string bytes = add_model(ow::tensor_floats("w", {3}, {1, 2, 3}));
  CHECK(refused(dir, bytes, 3, {"node 'add'", "Add", "[E-MODEL-SHAPE]"}) == "");
}

TEST_CASE("external data stays beneath the model's directory", "[cli]") {
  namespace fs = std::filesystem;
  const TempDir dir;
  fs::create_directory(dir.file("models"));
  write_file(dir.file("secret.bin"), std::string(8, '\0'));
  fs::create_symlink(dir.file("secret.bin"), dir.file("models/link.bin"));
  fs::create_hard_link(dir.file("secret.bin"), dir.file("models/hard.bin"));
  fs::create_directory(dir.file("models/folder.bin"));
  write_file(dir.file("models/good.bin"), std::string(8, '\0'));
  write_file(dir.file("models/short.bin"), std::string(7, '\0'));
  const std::string path = dir.file("models/model.onnx");
  const auto with = [&](const std::string& location) {
    write_file(path, add_model(ow::tensor_external("w", 1, {2}, {{"location", location}})));
    return program({"run", path});
  };
  CHECK(with("good.bin").code == 0);
  for (const std::string location : {"missing.bin", "../secret.bin", "link.bin", "hard.bin",
                                     "folder.bin", "short.bin", "a/../../secret.bin", ""}) {
    INFO(location);
    CHECK(refusal(with(location), 3, {"w"}) == "");
  }
  CHECK(refusal(with(dir.file("secret.bin")), 3) == "");
  CHECK(refusal(with("/dev/zero"), 3) == "");
}

TEST_CASE("all unknown operators are listed at once", "[cli]") {
  const TempDir dir;
  const std::string bytes =
      ow::model({{ow::node("Frobnicate", {"x"}, {"a"}), ow::node("Relu", {"a"}, {"b"}),
                  ow::node("Sing", {"b"}, {"y"}, {}, "", "com.example")},
                 {ow::value("x", 1, {std::int64_t{2}})},
                 {ow::value("y", 1, {std::int64_t{2}})},
                 {},
                 {}});
  CHECK(refused(dir, bytes, 4, {"Frobnicate", "Sing", "com.example"}) == "");
  const auto text = program({"inspect", dir.file("model.onnx")}).out;
  for (const char* part : {"Not supported", "Frobnicate", "com.example", "sha256"}) {
    INFO(part);
    CHECK(text.find(part) != std::string::npos);
  }
  const auto json = program({"inspect", dir.file("model.onnx"), "--json"});
  CHECK(json.code == 4);
  CHECK(json.out.find("\"op\": \"Frobnicate\"") != std::string::npos);
  CHECK(json.out.find("}\n{") == std::string::npos);  // one document
}

TEST_CASE("inputs of the wrong name, rank, type and form", "[cli]") {
  const TempDir dir;
  const auto npy = [&](const std::string& name, const std::string& dtype, const std::string& shape,
                       std::size_t bytes) {
    std::string header =
        "{'descr': '" + dtype + "', 'fortran_order': False, 'shape': " + shape + ", }";
    header.resize(117, ' ');
    header += '\n';
    write_file(dir.file(name),
               std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + std::string(bytes, '\0'));
    return dir.file(name);
  };
  const std::string good = npy("good.npy", "<f4", "(1, 1, 28, 28)", 3136);
  const std::string rank = npy("rank.npy", "<f4", "(28, 28)", 3136);
  const std::string type = npy("type.npy", "<f8", "(1, 1, 28, 28)", 6272);
  const std::string size = npy("size.npy", "<f4", "(1, 1, 27, 28)", 3024);
  const std::string cut = npy("cut.npy", "<f4", "(1, 1, 28, 28)", 3000);
  const std::string object = npy("object.npy", "|O", "(1,)", 8);
  write_file(dir.file("no.png"), "this is no picture");
  write_file(dir.file("no.npz"), "this is no archive");
  const auto before = names_in(dir.path());
  const auto with = [&](const std::string& input) {
    return program({"run", fashion_model(), "--input", input, "--output", dir.file("out.npz")});
  };
  CHECK(refusal(with("picture=" + good), 2, {"'picture'", "E-INPUT-NAME"}) == "");
  CHECK(refusal(with("image=" + rank), 5, {"image", "E-INPUT-RANK"}) == "");
  CHECK(refusal(with("image=" + type), 5, {"double", "E-INPUT-DTYPE"}) == "");
  CHECK(refusal(with("image=" + size), 5, {"E-INPUT-SHAPE"}) == "");
  CHECK(refusal(with("image=" + cut), 5, {"E-NPY-FORMAT"}) == "");
  CHECK(refusal(with("image=" + object), 5, {"E-NPY-PICKLE"}) == "");
  CHECK(refusal(with(dir.file("no.png")), 5, {"no.png"}) == "");
  CHECK(refusal(with(dir.file("no.npz")), 5, {"no.npz"}) == "");
  CHECK(refusal(with("image=" + dir.file("missing.npy")), 5, {"missing.npy"}) == "");
  CHECK(refusal(with(dir.file("text.txt")), 2, {"text.txt"}) == "");
  CHECK(names_in(dir.path()) == before);
  CHECK(with("image=" + good).code == 0);
  CHECK(with(good).code == 0);
}

TEST_CASE("a damaged picture is invalid data", "[cli]") {
  const std::string picture = cached_file("chelsea.png");
  if (picture.empty()) return;
  const TempDir dir;
  const std::string whole = read_file(picture);
  write_file(dir.file("cut.png"), whole.substr(0, whole.size() / 2));
  CHECK(refusal(program({"run", fashion_model(), "--input", dir.file("cut.png")}), 5,
                {"cut.png"}) == "");
}

TEST_CASE("a memory limit that is too small refuses before running", "[cli]") {
  const TempDir dir;
  const auto outcome =
      program({"run", fashion_model(), "--max-memory", "10K", "--output", dir.file("out.npz")});
  CHECK(refusal(outcome, 6, {"E-LIMIT-MEMORY"}) == "");
  CHECK(names_in(dir.path()).empty());
  CHECK(program({"run", fashion_model(), "--max-memory", "64M"}).code == 0);
  // A shape that no machine holds is refused by its plan, not by the allocator.
  CHECK(refusal(program({"run", fashion_model(), "--dim", "N=100000000000"}), 6) == "");
  CHECK(refusal(program({"run", fashion_model(), "--dim", "N=9223372036854775807"}), 6) == "");
}

TEST_CASE("a full disk is an output error and leaves nothing", "[cli]") {
  const TempDir dir;
  const std::string out = dir.file("out.npz");
  Launch limited;
  limited.file_size_blocks = 1;
  const std::vector<std::string> arguments = {"run", fashion_model(), "--dim", "N=100",
                                              "-q",  "--output",      out};
  CHECK(refusal(program(arguments, limited), 8, {"out.npz", "E-OUTPUT-WRITE"}) == "");
  CHECK(names_in(dir.path()).empty());
  // What was there before stays.
  write_file(out, "old");
  CHECK(refusal(program(arguments, limited), 8) == "");
  CHECK(read_file(out) == "old");
  CHECK(names_in(dir.path()).size() == 1);
  CHECK(refusal(program({"run", fashion_model(), "--output", "/dev/full"}), 8) == "");
  CHECK(refusal(program({"run", fashion_model(), "--output", "/no/such/dir/out.npz"}), 8) == "");
  for (const std::string place : {"/dev/full", "/no/such/dir/out.onnx"}) {
    const auto outcome = program({"convert", fashion_model(), place});
    CHECK(refusal(outcome, 8, {"'" + place + "'", "E-OUTPUT-OPEN"}) == "");
  }
}

TEST_CASE("a full file system is an output error and leaves nothing", "[cli]") {
  const TempDir dir;
  if (geteuid() != 0 ||
      mount("tmpfs", dir.path().c_str(), "tmpfs", 0, "size=64k,nr_inodes=20") != 0) {
    std::printf("SKIPPED: mounting a small file system needs root\n");
    return;
  }
  const auto outcome =
      program({"run", fashion_model(), "--dim", "N=5000", "-q", "--output", dir.file("out.npz")});
  const auto left = names_in(dir.path());
  umount2(dir.path().c_str(), MNT_DETACH);
  CHECK(refusal(outcome, 8, {"E-OUTPUT-WRITE"}) == "");
  CHECK(left.empty());
}

TEST_CASE("cuda where there is none is a device error, never a fallback", "[cli]") {
  for (const std::string command : {"run", "inspect"}) {
    INFO(command);
    CHECK(refusal(program({command, fashion_model(), "--backend", "cuda"}), 7, {"cuda"}) == "");
  }
  CHECK(refusal(program({"run", fashion_model(), "--backend", "cuda,cpu"}), 7) == "");
}

TEST_CASE("an instruction set is capped, never exceeded", "[cli]") {
  Launch generic;
  generic.environment = {{"VERNIER_ISA", "generic"}};
  const auto outcome = program({"run", fashion_model(), "--json", "-q"}, generic);
  CHECK(outcome.code == 0);
  CHECK(outcome.out.find("\"isa\": \"generic\"") != std::string::npos);
  Launch unknown;
  unknown.environment = {{"VERNIER_ISA", "sse9"}};
  CHECK(refusal(program({"run", fashion_model()}, unknown), 2, {"sse9"}) == "");
}

TEST_CASE("a model that never ends is given up in time", "[cli]") {
  const TempDir dir;
  // Loop without a trip count whose condition stays true.
  const ow::Bytes body = ow::graph(
      {{ow::node("Identity", {"c"}, {"c2"}), ow::node("Add", {"v", "v"}, {"v2"})},
       {ow::value("i", 7, {}), ow::value("c", 9, {}), ow::value("v", 1, {std::int64_t{1}})},
       {ow::value("c2", 9, {}), ow::value("v2", 1, {std::int64_t{1}})},
       {},
       {}});
  const std::string bytes = ow::model(
      {{ow::node("Loop", {"", "go", "x"}, {"y"}, {ow::attr_graph("body", body)}, "forever")},
       {ow::value("x", 1, {std::int64_t{1}}), ow::value("go", 9, {})},
       {ow::value("y", 1, {std::int64_t{1}})},
       {},
       {}});
  const std::string path = dir.file("forever.onnx");
  write_file(path, bytes);
  const std::string out = dir.file("out.npz");
  const auto before = names_in(dir.path());
  // The condition is made up: some seed makes it true.
  Outcome outcome;
  for (const char* seed : {"0", "1", "2", "3", "4", "5"}) {
    outcome = program({"run", path, "--timeout", "300ms", "--output", out, "--seed", seed});
    if (outcome.code != 0) break;
    std::filesystem::remove(out);
  }
  CHECK(refusal(outcome, 6, {"timeout"}) == "");
  CHECK(names_in(dir.path()) == before);
}
