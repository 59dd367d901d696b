#include <csignal>
#include <filesystem>

#include <catch2/catch.hpp>

#include "cli/program.h"
#include "data/image.h"
#include "report/report.h"
#include "support/temp_dir.h"
#include "support/test_video.h"

using namespace cli_test;

namespace {

vernier::PipelineMeasurement read(const std::string& path) {
  auto report = vernier::read_report(path);
  REQUIRE(report);
  REQUIRE(report->pipeline);
  return *report->pipeline;
}

void pictures(const TempDir& dir, int count) {
  for (int i = 0; i < count; ++i) {
    vernier::Image image{30 + i, 30, {}};
    image.rgb.assign(static_cast<std::size_t>(image.width) * 90, static_cast<std::uint8_t>(9 * i));
    REQUIRE(vernier::save_image(image, dir.file("p" + std::to_string(i) + ".png")));
  }
}

Outcome pipeline(const std::string& source, std::vector<std::string> more) {
  more.insert(more.begin(), {"bench", fashion_model(), "--pipeline", source, "--threads", "1"});
  return program(more);
}

}  // namespace

TEST_CASE("bench --pipeline: an unreadable picture is reported, the rest goes on", "[cli]") {
  const TempDir dir;
  pictures(dir, 8);
  std::filesystem::resize_file(dir.file("p4.png"), 40);
  const TempDir out;
  const std::string file = out.file("report.json");
  const auto outcome = pipeline(dir.path(), {"--passes", "2", "--queue", "2", "--workers", "2",
                                             "--preprocess", "imagenet", "--report", file});
  INFO(outcome.err);
  CHECK(outcome.code == 5);
  CHECK(error_lines(outcome).size() == 1);
  CHECK(has(outcome.err, "E-PIPELINE-ITEMS"));
  CHECK(has(outcome.err, "p4.png"));
  CHECK(has(outcome.out, "7 of 8 items"));
  const auto m = read(file);
  CHECK(m.items == 8);
  CHECK(m.passes.size() == 4);
  REQUIRE(m.failed.size() == 1);
  CHECK(m.failed[0].index == 4);
  CHECK(m.postprocess == "top-5");
  CHECK(m.order_kept);
  CHECK(m.results_equal);
  for (const auto& pass : m.passes) {
    CHECK(pass.items == 8);
    CHECK(pass.failed == 1);
    for (const auto& queue : pass.queues) CHECK(queue.max_depth <= 2);
  }
  CHECK(pipeline(dir.path(), {"--passes", "1", "--allow-bad-items", "-q"}).code == 0);
}

TEST_CASE("bench --pipeline reads a video", "[cli]") {
  const TempDir dir;
  REQUIRE(write_test_video(dir.file("clip.avi"), 6));
  const auto outcome =
      pipeline(dir.file("clip.avi"), {"--passes", "1", "--items", "5", "--workers", "3"});
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(has(outcome.out, "5 of 5 items"));
  CHECK(has(outcome.out, "order kept"));
}

TEST_CASE("bench --pipeline refuses what makes no sense", "[cli]") {
  const TempDir dir;
  pictures(dir, 2);
  CHECK(refusal(pipeline(dir.file("gone"), {}), 5, {"E-FILE-OPEN"}).empty());
  CHECK(
      refusal(pipeline(dir.path(), {"--engine", "vernier", "--engine", "onnxruntime"}), 2).empty());
  CHECK(refusal(pipeline(dir.path(), {"--input", "x.npz"}), 2).empty());
  CHECK(refusal(pipeline(dir.path(), {"--queue", "0"}), 2).empty());
  CHECK(
      refusal(pipeline(dir.path(), {"--preprocess", "nothing"}), 2, {"E-PREPROCESS-NAME"}).empty());
  CHECK(refusal(pipeline(dir.path(), {"--save-boxes", dir.file("x")}), 2).empty());
  const TempDir bad;
  write_file(bad.file("a.png"), "no picture");
  const std::string report = dir.file("report.json");
  CHECK(refusal(pipeline(bad.path(), {"--report", report}), 5, {"none of the 1 items"}).empty());
  CHECK_FALSE(std::filesystem::exists(report));
}

TEST_CASE("an interrupted pipeline leaves a valid report", "[cli]") {
  const TempDir dir;
  pictures(dir, 20);
  const TempDir out;
  Launch launch;
  launch.signals = {SIGINT};
  launch.signal_delay_ms = 700;
  const auto outcome = program({"bench", fashion_model(), "--pipeline", dir.path(), "--passes",
                                "1000", "--report", out.file("r.json"), "--threads", "1"},
                               launch);
  INFO(outcome.err);
  CHECK(outcome.code == 130);
  CHECK(names_in(out.path()) == std::vector<std::string>{"r.json"});
  CHECK(read(out.file("r.json")).status == vernier::MeasureStatus::interrupted);
}
