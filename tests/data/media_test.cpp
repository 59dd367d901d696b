#include "data/media.h"

#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "support/temp_dir.h"
#include "support/test_video.h"

using namespace vernier;

namespace {

void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

void picture(const std::string& path, int width) {
  Image image{width, 4, std::vector<std::uint8_t>(static_cast<std::size_t>(width) * 12, 100)};
  REQUIRE(save_image(image, path));
}

std::unique_ptr<MediaSource> open(const std::vector<std::string>& paths,
                                  const MediaLimits& limits = {}) {
  auto source = open_media(paths, limits);
  REQUIRE(source);
  return std::move(*source);
}

Error refusal(const std::vector<std::string>& paths, const MediaLimits& limits = {}) {
  const auto source = open_media(paths, limits);
  REQUIRE_FALSE(source);
  return source.error();
}

}  // namespace

TEST_CASE("names are in natural order") {
  std::vector<std::string> names = {"b",  "a10",  "a9",    "a",  "a010",
                                    "A1", "a1b2", "a1b10", "10", "9"};
  std::sort(names.begin(), names.end(), natural_less);
  CHECK(names ==
        std::vector<std::string>{"9", "10", "A1", "a", "a1b2", "a1b10", "a9", "a010", "a10", "b"});
  CHECK_FALSE(natural_less("x1", "x1"));
  CHECK(natural_less("99999999999999999999998", "99999999999999999999999"));
}

TEST_CASE("a directory gives its pictures; a damaged one fails alone") {
  const TempDir dir;
  for (const int number : {10, 9, 1}) {
    picture(dir.file("p" + std::to_string(number) + ".png"), 8 + number);
  }
  picture(dir.file("p2.JPG.jpg"), 64);
  std::filesystem::resize_file(dir.file("p2.JPG.jpg"),
                               std::filesystem::file_size(dir.file("p2.JPG.jpg")) / 2);
  write_text(dir.file("notes.txt"), "not a picture");
  write_text(dir.file(".hidden.png"), "x");
  write_text(dir.file("p3.jpeg"), "text in a picture's name");
  std::filesystem::create_directory(dir.file("folder.png"));
  const auto source = open({dir.path()});
  CHECK(source->kind() == "pictures");
  CHECK(source->any_order());
  CHECK(source->declared_count() == 5);
  REQUIRE(source->notes().size() == 1);
  CHECK(source->notes()[0].find("notes.txt") != std::string::npos);
  std::vector<int> widths;
  for (std::int64_t i = 0; i < 5; ++i) {
    auto loaded = source->load(i);
    if (!loaded) {
      widths.push_back(-1);
      CHECK((loaded.error().id == "E-IMAGE-DECODE" || loaded.error().id == "E-IMAGE-FORMAT"));
      continue;
    }
    REQUIRE(*loaded);
    widths.push_back((*loaded)->image.width);
  }
  CHECK(widths == std::vector<int>{9, -1, -1, 17, 18});
  CHECK(source->name(4) == dir.file("p10.png"));
  for (const std::int64_t outside : {5, -1}) {
    auto end = source->load(outside);
    REQUIRE(end);
    CHECK_FALSE(*end);
  }
}

TEST_CASE("a list of files keeps its order, and a missing one is its own error") {
  const TempDir dir;
  picture(dir.file("b.png"), 5);
  picture(dir.file("a.png"), 6);
  const auto source = open({dir.file("b.png"), dir.file("gone.png"), dir.file("a.png")});
  auto first = source->load(0);
  REQUIRE(first);
  CHECK((**first).image.width == 5);
  const auto gone = source->load(1);
  REQUIRE_FALSE(gone);
  CHECK(gone.error().id == "E-FILE-OPEN");
  auto last = source->load(2);
  REQUIRE(last);
  CHECK((**last).image.width == 6);
}

TEST_CASE("sources that are none are refused") {
  const TempDir dir;
  CHECK(refusal({}).id == "E-MEDIA-SOURCE");
  CHECK(refusal({dir.path()}).id == "E-MEDIA-SOURCE");
  CHECK(refusal({dir.file("gone")}).id == "E-FILE-OPEN");
  picture(dir.file("a.png"), 5);
  CHECK(refusal({dir.file("a.png"), dir.path()}).id == "E-MEDIA-SOURCE");
  CHECK(refusal({"http://127.0.0.1/a.avi"}).id == "E-FILE-OPEN");
  write_text(dir.file("list.avi"), "#EXTM3U\n/etc/passwd\n");
  CHECK(refusal({dir.file("list.avi")}).id == "E-MEDIA-FORMAT");
  write_text(dir.file("empty.mp4"), "");
  CHECK(refusal({dir.file("empty.mp4")}).id == "E-MEDIA-FORMAT");
  write_text(dir.file("head.avi"), std::string("RIFF\x10\0\0\0AVI LIST", 16));
  CHECK(refusal({dir.file("head.avi")}).id == "E-VIDEO-OPEN");
  REQUIRE(mkfifo(dir.file("pipe.avi").c_str(), 0600) == 0);
  CHECK(refusal({dir.file("pipe.avi")}).id == "E-MEDIA-FORMAT");
  MediaLimits few;
  few.max_entries = 3;
  CHECK(refusal({dir.path()}, few).id == "E-LIMIT-ENTRIES");
}

TEST_CASE("a video gives its frames in order, as often as wanted") {
  const TempDir dir;
  const std::string path = dir.file("a:b c.avi");
  REQUIRE(write_test_video(path, 10));
  const auto source = open({path});
  CHECK(source->kind() == "video");
  CHECK_FALSE(source->any_order());
  CHECK(source->declared_count() == 10);
  for (int pass = 0; pass < 2; ++pass) {
    for (std::int64_t i = 0; i < 10; ++i) {
      auto frame = source->load(i);
      REQUIRE(frame);
      REQUIRE(*frame);
      const Image& image = (**frame).image;
      CHECK(image.width == 64);
      CHECK(image.height == 48);
      CHECK(std::abs(image.rgb.at(3000) - 20 * static_cast<int>(i)) <= 4);
    }
    auto end = source->load(10);
    REQUIRE(end);
    CHECK_FALSE(*end);
  }
  CHECK(source->name(3) == path + "#3");
  CHECK_FALSE(source->load(7));
}

TEST_CASE("limits and cuts of a video") {
  const TempDir dir;
  REQUIRE(write_test_video(dir.file("v.avi"), 10));
  MediaLimits small;
  small.image.max_pixels = 64 * 48 - 1;
  CHECK(refusal({dir.file("v.avi")}, small).id == "E-LIMIT-IMAGE");
  MediaLimits few;
  few.max_frames = 4;
  const auto limited = open({dir.file("v.avi")}, few);
  for (std::int64_t i = 0; i < 4; ++i) CHECK(limited->load(i));
  const auto past = limited->load(4);
  REQUIRE_FALSE(past);
  CHECK(past.error().id == "E-LIMIT-FRAMES");
  auto end = limited->load(5);
  REQUIRE(end);
  CHECK_FALSE(*end);

  std::filesystem::resize_file(dir.file("v.avi"),
                               std::filesystem::file_size(dir.file("v.avi")) * 6 / 10);
  const auto cut = open({dir.file("v.avi")});
  std::int64_t frames = 0;
  for (std::int64_t i = 0; i < 20; ++i) {
    auto frame = cut->load(i);
    REQUIRE(frame);
    if (!*frame) break;
    ++frames;
  }
  CHECK(frames < 10);
  CHECK(cut->notes().back().find(std::to_string(frames) + " could be decoded") !=
        std::string::npos);
}
