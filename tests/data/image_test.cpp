#include "data/image.h"

#include <catch2/catch.hpp>

#include <string>

#include "base/file.h"
#include "data/preprocess.h"
#include "data/resample.h"
#include "support/temp_dir.h"
#include "tensor/element.h"

using namespace vernier;

namespace {

/// Left half red, right half blue, bottom right corner green.
Image flag(int width, int height) {
  Image image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const bool corner = x >= width - width / 4 && y >= height - height / 4;
      const bool left = x < width / 2;
      image.rgb.push_back(!corner && left ? 255 : 0);
      image.rgb.push_back(corner ? 255 : 0);
      image.rgb.push_back(!corner && !left ? 255 : 0);
    }
  }
  return image;
}

std::string encoded(const Image& image, const std::string& suffix) {
  TempDir dir;
  REQUIRE(save_image(image, dir.file("t" + suffix)));
  auto text = read_text_file(dir.file("t" + suffix), 1 << 24);
  REQUIRE(text);
  return *text;
}

Result<LoadedImage> decode(const std::string& text, const ImageLimits& limits = {}) {
  return decode_image(std::as_bytes(std::span(text)), "picture", limits);
}

/// Inserts an EXIF block with this orientation behind the start marker of a JPEG.
std::string with_orientation(std::string jpeg, char orientation) {
  const std::string exif = std::string("Exif\0\0MM\0*\0\0\0\x08", 14) +
                           std::string("\0\x01\x01\x12\0\x03\0\0\0\x01\0", 11) + orientation +
                           std::string("\0\0\0\0\0\0", 6);
  std::string block("\xff\xe1\0", 3);
  block += static_cast<char>(exif.size() + 2);
  return jpeg.insert(2, block + exif);
}

LoadedImage loaded(const Image& image) { return {image, {}}; }

float value(const Tensor& t, std::size_t at) { return t.as<float>()[at]; }

}  // namespace

TEST_CASE("PNG pictures survive exactly, JPEG nearly") {
  const Image image = flag(40, 20);
  auto png = decode(encoded(image, ".png"));
  REQUIRE(png);
  CHECK(png->image.rgb == image.rgb);
  CHECK(png->source.format == "png");
  CHECK(png->source.stored_channels == 3);
  auto jpeg = decode(encoded(image, ".jpg"));
  REQUIRE(jpeg);
  CHECK(jpeg->source.format == "jpeg");
  CHECK(jpeg->image.rgb[0] > 200);
  CHECK(jpeg->image.rgb[2] < 60);
}

TEST_CASE("EXIF orientation turns the picture upright") {
  const std::string jpeg = encoded(flag(64, 32), ".jpg");
  const auto turned = [&](char orientation) {
    auto picture = decode(with_orientation(jpeg, orientation));
    REQUIRE(picture);
    CHECK(picture->source.exif_orientation == orientation);
    return picture->image;
  };
  // The green corner is bottom right when stored; where it must be afterwards (TIFF 6.0).
  const auto green_at = [](const Image& image, bool right, bool bottom) {
    const std::size_t x = right ? image.width - 3 : 2;
    const std::size_t y = bottom ? image.height - 3 : 2;
    return image.rgb[(y * image.width + x) * 3 + 1] > 150;
  };
  CHECK(green_at(turned(1), true, true));
  CHECK(green_at(turned(2), false, true));
  CHECK(green_at(turned(3), false, false));
  CHECK(green_at(turned(4), true, false));
  CHECK(turned(6).width == 32);
  CHECK(green_at(turned(5), true, true));
  CHECK(green_at(turned(6), false, true));
  CHECK(green_at(turned(7), false, false));
  CHECK(green_at(turned(8), true, false));
}

TEST_CASE("hostile pictures are refused before decoding") {
  const std::string png = encoded(flag(40, 20), ".png");
  const std::string jpeg = encoded(flag(40, 20), ".jpg");
  CHECK(decode("").error().id == "E-IMAGE-FORMAT");
  CHECK(decode("GIF89a.........").error().code == Errc::invalid_data);
  for (const std::string& good : {png, jpeg}) {
    for (std::size_t cut = 12; cut < good.size(); cut += 7) {
      auto bad = decode(good.substr(0, cut));
      REQUIRE_FALSE(bad);
      CHECK(bad.error().id == "E-IMAGE-DECODE");
    }
  }
  std::string flipped = png;
  flipped[20] ^= 1;
  CHECK(decode(flipped).error().message.find("checksum") != std::string::npos);
  CHECK(decode(png, {.max_pixels = 799}).error().id == "E-LIMIT-IMAGE");
  CHECK(decode(png, {.max_pixels = 800}));
}

TEST_CASE("antialiased resizing equals Pillow's") {
  // PIL.Image.fromarray(a).resize((3, 2), BILINEAR) of a 7x5 picture, red channel.
  Image image{7, 5, {}};
  for (int i = 0; i < 35; ++i) {
    const auto v = static_cast<std::uint8_t>((i * i * 7) % 256);
    image.rgb.insert(image.rgb.end(), {v, v, v});
  }
  const Image small = resize_antialiased(image, 3, 2);
  const int expected[] = {68, 120, 191, 99, 123, 163};
  for (std::size_t i = 0; i < 6; ++i) CHECK(int{small.rgb[i * 3]} == expected[i]);
  CHECK(resize_antialiased(image, 7, 5).rgb == image.rgb);
}

TEST_CASE("imagenet: short side, centre crop, normalisation") {
  auto result =
      preprocess_image(loaded(flag(448, 256)), "imagenet", {DType::float32, {-1, 3, 224, 224}});
  REQUIRE(result);
  const PreprocessRecord& r = result->record;
  CHECK(result->tensor.shape() == Shape{1, 3, 224, 224});
  CHECK(r.resized_width == 448);
  CHECK(r.resized_height == 256);
  CHECK(r.crop_x == 112);
  CHECK(r.crop_y == 16);
  CHECK(value(result->tensor, 0) == Approx((1.0 - 0.485) / 0.229));
  CHECK(value(result->tensor, 224 * 224) == Approx((0.0 - 0.456) / 0.224));
  CHECK(value(result->tensor, 2 * 224 * 224 + 223) == Approx((1.0 - 0.406) / 0.225));
  auto batch =
      preprocess_image(loaded(flag(300, 300)), "imagenet", {DType::float16, {-1, -1, -1, 3}, 2});
  REQUIRE(batch);
  CHECK(batch->tensor.shape() == Shape{2, 224, 224, 3});
  CHECK(batch->record.layout == "NHWC");
}

TEST_CASE("yolo letterboxes with grey") {
  auto result = preprocess_image(loaded(flag(100, 50)), "yolo", {DType::float32, {1, 3, 64, 64}});
  REQUIRE(result);
  CHECK(result->record.pad_top == 16);
  CHECK(result->record.pad_left == 0);
  CHECK(result->record.scale_x == Approx(0.64));
  CHECK(value(result->tensor, 0) == Approx(114.0 / 255.0));
  CHECK(value(result->tensor, 32 * 64 + 1) == Approx(1.0));
}

TEST_CASE("ocr picks its form by the model's height and keeps BGR") {
  auto det = preprocess_image(loaded(flag(100, 70)), "ocr", {DType::float32, {-1, 3, -1, -1}});
  REQUIRE(det);
  CHECK(det->tensor.shape() == Shape{1, 3, 64, 96});
  CHECK(det->record.color == "BGR");
  CHECK(value(det->tensor, 0) == Approx((0.0 - 0.485) / 0.229));
  auto rec = preprocess_image(loaded(flag(96, 48)), "ocr", {DType::float32, {-1, 3, 48, -1}});
  REQUIRE(rec);
  CHECK(rec->tensor.shape() == Shape{1, 3, 48, 320});
  CHECK(value(rec->tensor, 0) == -1.0F);
  CHECK(value(rec->tensor, 319) == 0.0F);
}

TEST_CASE("raw and unit keep the pixels; impossible inputs are errors") {
  const LoadedImage picture = loaded(flag(8, 8));
  auto raw = preprocess_image(picture, "raw", {DType::uint8, {1, 8, 8, 3}});
  REQUIRE(raw);
  CHECK(static_cast<int>(raw->tensor.as<std::uint8_t>()[0]) == 255);
  CHECK(raw->record.interpolation == "none");
  auto gray = preprocess_image(picture, "unit", {DType::float32, {1, 1, 8, 8}});
  REQUIRE(gray);
  CHECK(value(gray->tensor, 0) == Approx(76.0 / 255.0));
  CHECK(preprocess_image(picture, "unit", {DType::uint8, {1, 3, 8, 8}}).error().id ==
        "E-INPUT-DTYPE");
  CHECK(preprocess_image(picture, "raw", {DType::int8, {1, 3, 8, 8}}).error().id ==
        "E-INPUT-DTYPE");
  CHECK(preprocess_image(picture, "raw", {DType::float32, {1, 128}}).error().id == "E-INPUT-RANK");
  CHECK(preprocess_image(picture, "raw", {DType::float32, {1, 2, 8, 8}}).error().id ==
        "E-INPUT-SHAPE");
  CHECK(preprocess_image(picture, "magic", {}).error().code == Errc::usage);
}
