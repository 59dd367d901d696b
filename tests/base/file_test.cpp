#include "base/file.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "support/temp_dir.h"

using namespace vernier;
namespace fs = std::filesystem;

namespace {

std::string content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("a file appears whole at commit, and not at all without") {
  const TempDir dir;
  {
    auto file = AtomicFile::open(dir.file("a"));
    REQUIRE(file);
    REQUIRE(file->write("text"));
    CHECK_FALSE(fs::exists(dir.file("a")));
  }
  CHECK(fs::is_empty(dir.path()));
  REQUIRE(write_text_file(dir.file("a"), "text"));
  CHECK(content(dir.file("a")) == "text");
}

TEST_CASE("a link stays a link, what it names is replaced") {
  const TempDir dir;
  fs::create_directory(dir.file("sub"));
  std::ofstream(dir.file("sub/target")) << "old";
  fs::create_symlink("sub/target", dir.file("one"));
  fs::create_symlink(dir.file("one"), dir.file("two"));
  REQUIRE(write_text_file(dir.file("two"), "new"));
  CHECK(fs::is_symlink(dir.file("two")));
  CHECK(fs::is_symlink(dir.file("one")));
  CHECK(content(dir.file("sub/target")) == "new");
  fs::create_symlink("sub/later", dir.file("dangling"));
  REQUIRE(write_text_file(dir.file("dangling"), "made"));
  CHECK(content(dir.file("sub/later")) == "made");
  fs::create_symlink("ring", dir.file("ring"));
  static_cast<void>(write_text_file(dir.file("ring"), "x"));  // must end
}

TEST_CASE("names of devices and of open files are never replaced") {
  const TempDir dir;
  fs::create_symlink("/dev/null", dir.file("null"));
  fs::create_symlink("/proc/self/fd/1", dir.file("out"));
  for (const std::string& path :
       {std::string("/dev/stdout"), std::string("/dev/null"), std::string("/proc/self/fd/1"),
        dir.file("null"), dir.file("out"), dir.path()}) {
    INFO(path);
    const auto file = AtomicFile::open(path);
    REQUIRE_FALSE(file);
    CHECK(file.error().code == Errc::output);
    CHECK(file.error().id == "E-OUTPUT-OPEN");
  }
  CHECK(fs::is_symlink("/dev/stdout"));
}
