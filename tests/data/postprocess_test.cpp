#include "data/postprocess.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include "base/file.h"
#include "data/draw.h"
#include "data/labels.h"
#include "support/temp_dir.h"

using namespace vernier;

TEST_CASE("top-k applies softmax to logits only") {
  const Tensor logits = Tensor::from_float(std::vector<float>{1, 3, 2, 0}, {1, 4});
  auto top = top_k(logits.view(), 2);
  REQUIRE(top);
  CHECK(top->softmax_applied);
  REQUIRE(top->rows.size() == 1);
  CHECK(top->rows[0][0].index == 1);
  CHECK(top->rows[0][1].index == 2);
  CHECK(top->rows[0][0].probability == Approx(0.6439142598879722));
  const Tensor probabilities = Tensor::from_float(std::vector<float>{0.25F, 0.5F, 0.25F}, {3});
  top = top_k(probabilities.view(), 5);
  REQUIRE(top);
  CHECK_FALSE(top->softmax_applied);
  REQUIRE(top->rows[0].size() == 3);
  CHECK(top->rows[0][0].probability == 0.5);
  CHECK(top->rows[0][1].index == 0);
}

TEST_CASE("top-k takes rows, trailing ones and NaN, refuses other shapes") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor t = Tensor::from_float(std::vector<float>{nan, 9, 5, 7}, {2, 2, 1, 1});
  auto top = top_k(t.view(), 1);
  REQUIRE(top);
  REQUIRE(top->rows.size() == 2);
  CHECK(top->rows[0][0].index == 1);
  CHECK(top->rows[1][0].index == 1);
  const Tensor cube = Tensor::from_float(std::vector<float>(8), {2, 2, 2});
  CHECK(top_k(cube.view(), 1).error().id == "E-OUTPUT-SHAPE");
  CHECK(top_k(t.view(), 0).error().id == "E-OUTPUT-SHAPE");
}

TEST_CASE("YOLO boxes are decoded, suppressed class by class and mapped back") {
  // Four anchors, two classes: two overlapping boxes of class 0, one of class 1, one weak.
  const std::vector<float> rows = {32,   33,   32,   10,    // centre x
                                   32,   32,   32,   10,    // centre y
                                   20,   20,   20,   4,     // width
                                   10,   10,   10,   4,     // height
                                   0.9F, 0.8F, 0.1F, 0.2F,  // class 0
                                   0.1F, 0.1F, 0.7F, 0.1F};
  const Tensor head = Tensor::from_float(rows, {1, 6, 4});
  PreprocessRecord record;
  record.source_width = 200;
  record.source_height = 100;
  record.scale_x = record.scale_y = 0.32;
  record.pad_top = 16;
  auto boxes = decode_yolo(head.view(), record);
  REQUIRE(boxes);
  REQUIRE(boxes->size() == 2);
  CHECK((*boxes)[0].label == 0);
  CHECK((*boxes)[0].score == Approx(0.9));
  CHECK((*boxes)[0].x0 == Approx((32 - 10) / 0.32));
  CHECK((*boxes)[0].y0 == Approx((32 - 5 - 16) / 0.32));
  CHECK((*boxes)[1].label == 1);
  CHECK(decode_yolo(head.view(), record, {.min_score = 0.95})->empty());
  CHECK(decode_yolo(head.view(), record, {.max_iou = 0.99})->size() == 3);
  CHECK(decode_yolo(Tensor::scalar_float(1).view(), record).error().id == "E-OUTPUT-SHAPE");
}

TEST_CASE("boxes that are not finite are left out") {
  const float inf = std::numeric_limits<float>::infinity();
  const Tensor head = Tensor::from_float(std::vector<float>{inf, 1, 1, 1, 0.9F}, {1, 5, 1});
  PreprocessRecord record;
  record.source_width = record.source_height = 10;
  CHECK(decode_yolo(head.view(), record)->empty());
}

TEST_CASE("labels and drawing") {
  TempDir dir;
  auto file = AtomicFile::open(dir.file("l.txt"));
  REQUIRE(file);
  REQUIRE(file->write(std::string_view("cat\r\ndog\n")));
  REQUIRE(file->commit());
  auto labels = read_labels(dir.file("l.txt"));
  REQUIRE(labels);
  CHECK(*labels == std::vector<std::string>{"cat", "dog"});
  CHECK(read_labels(dir.file("none")).error().code == Errc::invalid_data);

  Image image{64, 64, std::vector<std::uint8_t>(64 * 64 * 3, 0)};
  const Detection box{10, 30, 50, 60, 0.5, 1};
  auto drawn = draw_detections(image, {&box, 1}, *labels);
  REQUIRE(drawn);
  CHECK(int{drawn->rgb[(60 * 64 + 30) * 3]} == 255);
  CHECK(int{drawn->rgb[(5 * 64 + 60) * 3]} == 0);
}
