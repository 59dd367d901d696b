#include "tensor/npz.h"

#include <catch2/catch.hpp>

#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "base/file.h"
#include "support/temp_dir.h"
#include "tensor/element.h"
#include "tensor/numpy_files.h"

using namespace vernier;

namespace {

std::string numpy_npz() {
  return {reinterpret_cast<const char*>(numpy_files::kNpz), sizeof numpy_files::kNpz};
}

Result<NpzReader> open_bytes(const std::string& text) {
  auto owner = std::make_shared<std::string>(text);
  return NpzReader::parse(std::as_bytes(std::span(*owner)), owner, "t.npz");
}

std::string written(bool deflate, const Tensor& tensor, const std::string& name = "x") {
  TempDir dir;
  auto writer = NpzWriter::open(dir.file("t.npz"), deflate);
  REQUIRE(writer);
  REQUIRE(writer->add(name, tensor.view()));
  REQUIRE(writer->commit());
  auto text = read_text_file(dir.file("t.npz"), 1 << 24);
  REQUIRE(text);
  return *text;
}

Tensor zeros(std::int64_t count) {
  return Tensor::from_float(std::vector<float>(static_cast<std::size_t>(count)), {count});
}

}  // namespace

TEST_CASE("reads numpy's compressed .npz") {
  auto reader = open_bytes(numpy_npz());
  REQUIRE(reader);
  REQUIRE(reader->entries().size() == 2);
  CHECK(reader->entries()[0].name == "x");
  auto x = reader->read("x");
  REQUIRE(x);
  CHECK(x->shape() == Shape{2, 3});
  for (int i = 0; i < 6; ++i) CHECK(x->as<std::int64_t>()[i] == i);
  auto y = reader->read("y");
  REQUIRE(y);
  CHECK(y->dtype() == DType::float16);
  CHECK(static_cast<float>(y->as<float16>()[0]) == 2.5F);
  CHECK(reader->read("z").error().id == "E-NPZ-MEMBER");
}

TEST_CASE("writes stored and deflated archives that are read back") {
  for (const bool deflate : {false, true}) {
    TempDir dir;
    std::vector<float> values(100'000);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 977);
    const Tensor big = Tensor::from_float(values, {100, 1000});
    auto writer = NpzWriter::open(dir.file("o.npz"), deflate);
    REQUIRE(writer);
    auto member = writer->add("/model/Conv:0", big.view());
    REQUIRE(member);
    CHECK(*member == "%2Fmodel%2FConv%3A0");
    REQUIRE(writer->add("empty", zeros(0).view()));
    CHECK(writer->add("empty", zeros(0).view()).error().id == "E-NPZ-DUPLICATE");
    REQUIRE(writer->commit());
    auto reader = NpzReader::open(dir.file("o.npz"));
    REQUIRE(reader);
    auto back = reader->read("/model/Conv:0");
    REQUIRE(back);
    CHECK(std::memcmp(back->data(), big.data(), big.byte_count()) == 0);
    CHECK(reader->read("empty")->shape() == Shape{0});
  }
}

TEST_CASE("member names are escaped without collisions and can be undone") {
  CHECK(escape_member_name("logits") == "logits");
  CHECK(escape_member_name("a b.c-d_e") == "a b.c-d_e");
  CHECK(escape_member_name("..") == "%2E%2E");
  CHECK(escape_member_name("100%") == "100%25");
  CHECK(escape_member_name("").size() == 1);
  CHECK(escape_member_name("n\xc3\xa4me") == "n\xc3\xa4me");
  CHECK(escape_member_name("\xff") == "%FF");
  CHECK(escape_member_name("a\nb") == "a%0Ab");
  for (const std::string name : {"", "a/b", "%2F", "..", "x ", "\xff/\xfe", "plain"}) {
    CHECK(unescape_member_name(escape_member_name(name)) == name);
  }
  const std::string long_a(300, 'a');
  CHECK(escape_member_name(long_a).size() <= 200);
  CHECK(escape_member_name(long_a) != escape_member_name(long_a + "b"));
  CHECK_FALSE(unescape_member_name(escape_member_name(long_a)));
}

TEST_CASE("a truncated or damaged archive is invalid data, never a crash") {
  const std::string good = numpy_npz();
  for (std::size_t cut = 0; cut < good.size(); ++cut) {
    auto reader = open_bytes(good.substr(0, cut));
    if (!reader) CHECK(reader.error().code == Errc::invalid_data);
  }
  int refused = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x55);
    auto reader = open_bytes(bad);
    if (!reader || !reader->read("x") || !reader->read("y")) ++refused;
  }
  CHECK(refused > static_cast<int>(good.size()) / 2);
}

TEST_CASE("a flipped payload bit fails the checksum") {
  std::string bad = written(false, zeros(16));
  const auto at = bad.find('\n', bad.find('}')) + 5;
  bad[at] = 1;
  auto reader = open_bytes(bad);
  REQUIRE(reader);
  auto x = reader->read("x");
  REQUIRE_FALSE(x);
  CHECK(x.error().message.find("checksum") != std::string::npos);
}

TEST_CASE("promised sizes are checked before anything is inflated") {
  // A deflated member of zeros whose directory promises far more than its bytes can hold.
  std::string bomb = written(true, zeros(1000));
  const auto central = bomb.find("PK\x01\x02");
  REQUIRE(central != std::string::npos);
  const auto extra = bomb.find("x.npy", central) + 5 + 4;
  const std::uint64_t huge = std::uint64_t{1} << 40;
  std::memcpy(bomb.data() + extra, &huge, 8);
  auto reader = open_bytes(bomb);
  REQUIRE(reader);
  auto x = reader->read("x");
  REQUIRE_FALSE(x);
  CHECK(x.error().message.find("cannot hold") != std::string::npos);
}

TEST_CASE("the budget refuses a member before it is inflated") {
  auto reader = open_bytes(written(true, zeros(1'000'000)));
  REQUIRE(reader);
  auto budget = std::make_shared<MemoryBudget>(1000);
  auto x = reader->read("x", budget);
  REQUIRE_FALSE(x);
  CHECK(x.error().code == Errc::limit);
  CHECK(budget->used_bytes() == 0);
}

TEST_CASE("overlapping members are refused") {
  TempDir dir;
  auto writer = NpzWriter::open(dir.file("t.npz"));
  REQUIRE(writer);
  REQUIRE(writer->add("a", zeros(4).view()));
  REQUIRE(writer->add("b", zeros(4).view()));
  REQUIRE(writer->commit());
  auto text = read_text_file(dir.file("t.npz"), 1 << 20);
  REQUIRE(text);
  const auto second = text->rfind("b.npy");
  std::memset(text->data() + second + 5 + 4 + 16, 0, 8);  // local offset of b -> a's
  auto reader = open_bytes(*text);
  REQUIRE_FALSE(reader);
  CHECK(reader.error().message.find("overlap") != std::string::npos);
}

TEST_CASE("members that are encrypted or of another method are unsupported when read") {
  std::string text = written(false, zeros(4));
  const auto central = text.find("PK\x01\x02");
  text[central + 10] = 12;  // bzip2
  auto reader = open_bytes(text);
  REQUIRE(reader);
  CHECK(reader->read("x").error().id == "E-NPZ-METHOD");
  text[central + 10] = 0;
  text[central + 8] = 1;
  reader = open_bytes(text);
  REQUIRE(reader);
  CHECK(reader->read("x").error().code == Errc::unsupported);
}

TEST_CASE("a stored member is mapped where it lies, a deflated one is read") {
  std::vector<float> values;
  for (int i = 0; i < 1000; ++i) values.push_back(static_cast<float>(i));
  const Tensor ramp = Tensor::from_float(values, {10, 100});
  const TempDir dir;
  for (const bool deflate : {false, true}) {
    std::ofstream(dir.file("t.npz"), std::ios::binary) << written(deflate, ramp);
    const auto reader = NpzReader::open(dir.file("t.npz"));
    REQUIRE(reader);
    const auto mapped = reader->map("x");
    REQUIRE(mapped);
    CHECK(mapped->file_backed() == !deflate);
    CHECK(mapped->shape() == ramp.shape());
    CHECK(std::memcmp(mapped->view().data, values.data(), 4000) == 0);
    CHECK(reader->map("z").error().id == "E-NPZ-MEMBER");
  }
  std::string damaged = written(false, ramp);
  const auto at = damaged.find(std::string(reinterpret_cast<const char*>(&values[500]), 8));
  REQUIRE(at != std::string::npos);
  damaged[at] = static_cast<char>(damaged[at] ^ 1);
  std::ofstream(dir.file("t.npz"), std::ios::binary) << damaged;
  const auto mapped = NpzReader::open(dir.file("t.npz"))->map("x");
  REQUIRE_FALSE(mapped);
  CHECK(mapped.error().message.find("checksum") != std::string::npos);
}
