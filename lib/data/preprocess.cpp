#include "data/preprocess.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <type_traits>
#include <utility>

#include "data/resample.h"
#include "tensor/element.h"

namespace vernier {
namespace {

constexpr std::array<double, 3> kImageNetMean{0.485, 0.456, 0.406};
constexpr std::array<double, 3> kImageNetDeviation{0.229, 0.224, 0.225};
constexpr int kMaxSide = 16384;

/// The model's picture axes; 0 for a free size.
struct Target {
  int height = 0;
  int width = 0;
  int channels = 3;
  bool channels_last = false;
  bool batched = false;
  std::int64_t batch = 1;
};

Result<Target> target_of(const ImageInputSpec& spec) {
  const auto& dims = spec.dims;
  if (dims.size() != 3 && dims.size() != 4) {
    return invalid_data(
        "the input has " + std::to_string(dims.size()) + " dimensions; a picture needs 4 (or 3)",
        "E-INPUT-RANK");
  }
  Target target;
  target.batched = dims.size() == 4;
  const std::size_t first = target.batched ? 1 : 0;
  const auto is_color = [](std::int64_t n) { return n == 1 || n == 3; };
  target.channels_last = !is_color(dims[first]) && is_color(dims[first + 2]);
  const std::int64_t channels = dims[target.channels_last ? first + 2 : first];
  if (channels >= 0 && !is_color(channels)) {
    return invalid_data(
        "the input has " + std::to_string(channels) + " channels; a picture has 1 or 3",
        "E-INPUT-SHAPE");
  }
  target.channels = channels == 1 ? 1 : 3;
  const std::int64_t height = dims[target.channels_last ? first : first + 1];
  const std::int64_t width = dims[target.channels_last ? first + 1 : first + 2];
  if (height == 0 || width == 0 || height > kMaxSide || width > kMaxSide) {
    return limit_error("the input is " + std::to_string(width) + "x" + std::to_string(height) +
                           " pixels; 1 to " + std::to_string(kMaxSide) + " a side are possible",
                       "E-LIMIT-IMAGE");
  }
  target.height = height > 0 ? static_cast<int>(height) : 0;
  target.width = width > 0 ? static_cast<int>(width) : 0;
  if (target.batched) target.batch = dims[0] > 0 ? dims[0] : std::max<std::int64_t>(spec.batch, 1);
  return target;
}

void note_resize(PreprocessRecord& record, const Image& from, const Image& to,
                 const char* interpolation) {
  record.resized_width = to.width;
  record.resized_height = to.height;
  record.scale_x = static_cast<double>(to.width) / from.width;
  record.scale_y = static_cast<double>(to.height) / from.height;
  const bool same = to.width == from.width && to.height == from.height;
  record.interpolation = same ? "none" : interpolation;
}

void use_imagenet_scale(PreprocessRecord& record) {
  record.multiplier = 1.0 / 255.0;
  record.mean = kImageNetMean;
  record.deviation = kImageNetDeviation;
}

Image pad(const Image& image, int width, int height, int left, int top, int value) {
  Image canvas{width, height, {}};
  canvas.rgb.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3,
                    static_cast<std::uint8_t>(value));
  for (int y = 0; y < image.height; ++y) {
    const auto to = (static_cast<std::size_t>(y + top) * static_cast<std::size_t>(width) +
                     static_cast<std::size_t>(left)) *
                    3;
    const auto row = static_cast<std::size_t>(image.width) * 3;
    std::memcpy(canvas.rgb.data() + to, image.rgb.data() + static_cast<std::size_t>(y) * row, row);
  }
  return canvas;
}

Result<Image> imagenet(const Image& image, const Target& target, PreprocessRecord& record) {
  const int height = target.height > 0 ? target.height : 224;
  const int width = target.width > 0 ? target.width : 224;
  const double cover = std::max(static_cast<double>(height) / image.height,
                                static_cast<double>(width) / image.width);
  const bool square = height == width;
  int resized_width = 0;
  int resized_height = 0;
  if (square) {  // torchvision: the short side is set, the long side truncated
    const int side = static_cast<int>(std::lround(height * 256.0 / 224.0));
    const bool wide = image.width >= image.height;
    const auto grow = [&](int longer, int shorter) {
      return static_cast<int>(static_cast<std::int64_t>(side) * longer / shorter);
    };
    resized_width = wide ? grow(image.width, image.height) : side;
    resized_height = wide ? side : grow(image.height, image.width);
  } else {
    const double scale = cover * 256.0 / 224.0;
    resized_width = std::max(width, static_cast<int>(std::lround(image.width * scale)));
    resized_height = std::max(height, static_cast<int>(std::lround(image.height * scale)));
  }
  if (resized_width > kMaxSide || resized_height > kMaxSide) {
    return limit_error("the picture is too elongated to be resized", "E-LIMIT-IMAGE");
  }
  const Image resized = resize_antialiased(image, resized_width, resized_height);
  note_resize(record, image, resized, "bilinear antialiased");
  record.crop_x = static_cast<int>(std::lround((resized_width - width) / 2.0));
  record.crop_y = static_cast<int>(std::lround((resized_height - height) / 2.0));
  use_imagenet_scale(record);
  return crop(resized, record.crop_x, record.crop_y, width, height);
}

Result<Image> yolo(const Image& image, const Target& target, PreprocessRecord& record) {
  const int height = target.height > 0 ? target.height : 640;
  const int width = target.width > 0 ? target.width : 640;
  const double scale = std::min(static_cast<double>(height) / image.height,
                                static_cast<double>(width) / image.width);
  const int inner_width = std::clamp(static_cast<int>(std::lround(image.width * scale)), 1, width);
  const int inner_height =
      std::clamp(static_cast<int>(std::lround(image.height * scale)), 1, height);
  const Image resized = resize_bilinear(image, inner_width, inner_height);
  note_resize(record, image, resized, "bilinear");
  record.pad_left = static_cast<int>(std::lround((width - inner_width) / 2.0 - 0.1));
  record.pad_top = static_cast<int>(std::lround((height - inner_height) / 2.0 - 0.1));
  record.pad_value = 114;
  record.multiplier = 1.0 / 255.0;
  return pad(resized, width, height, record.pad_left, record.pad_top, record.pad_value);
}

Result<Image> ocr_detection(const Image& image, const Target& target, PreprocessRecord& record) {
  constexpr int kLongest = 960;
  const double longest = std::max(image.width, image.height);
  const double scale = longest > kLongest ? kLongest / longest : 1.0;
  const auto side = [&](int pixels) {
    return std::max(32, static_cast<int>(std::lround(pixels * scale / 32.0)) * 32);
  };
  const int height = target.height > 0 ? target.height : side(image.height);
  const int width = target.width > 0 ? target.width : side(image.width);
  Image resized = resize_bilinear(image, width, height);
  note_resize(record, image, resized, "bilinear");
  use_imagenet_scale(record);
  record.color = "BGR";
  return resized;
}

Result<Image> ocr_recognition(const Image& image, const Target& target, PreprocessRecord& record) {
  constexpr int kLeastWidth = 320;
  const int height = target.height > 0 ? target.height : 48;
  const double natural = std::ceil(static_cast<double>(height) * image.width / image.height);
  const int width =
      target.width > 0 ? target.width : static_cast<int>(std::max<double>(kLeastWidth, natural));
  if (width > kMaxSide) return limit_error("the text line is too long", "E-LIMIT-IMAGE");
  const int inner = std::clamp(static_cast<int>(std::min<double>(natural, width)), 1, width);
  const Image resized = resize_bilinear(image, inner, height);
  note_resize(record, image, resized, "bilinear");
  record.multiplier = 1.0 / 255.0;
  record.mean = {0.5, 0.5, 0.5};
  record.deviation = {0.5, 0.5, 0.5};
  record.color = "BGR";
  return pad(resized, width, height, 0, 0, 0);
}

Result<Image> plain(const Image& image, const Target& target, PreprocessRecord& record) {
  const int height = target.height > 0 ? target.height : image.height;
  const int width = target.width > 0 ? target.width : image.width;
  Image resized = resize_antialiased(image, width, height);
  note_resize(record, image, resized, "bilinear antialiased");
  return resized;
}

Result<Image> unit(const Image& image, const Target& target, PreprocessRecord& record) {
  record.multiplier = 1.0 / 255.0;
  return plain(image, target, record);
}

Result<Image> ocr(const Image& image, const Target& target, PreprocessRecord& record) {
  const bool line = target.height == 32 || target.height == 48;
  return line ? ocr_recognition(image, target, record) : ocr_detection(image, target, record);
}

struct Row {
  PreprocessPreset preset;
  Result<Image> (*apply)(const Image&, const Target&, PreprocessRecord&);
};

const std::vector<Row>& rows() {
  static const std::vector<Row> kRows = {
      {{"imagenet", "short side 256, centre crop 224, ImageNet mean and deviation, RGB",
        "short side to 256/224 of the model's, bilinear antialiased; centre crop"},
       imagenet},
      {{"yolo", "letterbox with 114, / 255, RGB", "letterbox with 114, bilinear"}, yolo},
      {{"ocr", "ocr_rec when the model fixes the height to 32 or 48, else ocr_det",
        "sides to multiples of 32, bilinear"},
       ocr},
      {{"ocr_det", "sides to multiples of 32, ImageNet mean and deviation, BGR",
        "sides to multiples of 32, bilinear"},
       ocr_detection},
      {{"ocr_rec", "height 48, width by aspect, -1..1, BGR",
        "height 48, width by aspect, bilinear"},
       ocr_recognition},
      {{"unit", "resized to the model's size, 0..1", "to the model's size, bilinear antialiased"},
       unit},
      {{"raw", "resized to the model's size, 0..255", "to the model's size, bilinear antialiased"},
       plain},
  };
  return kRows;
}

/// The value of every 8-bit level and channel, so that the pixel loop is a look-up.
using Levels = std::array<std::array<float, 256>, 3>;
Levels make_levels(const PreprocessRecord& record) {
  Levels levels{};
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t v = 0; v < 256; ++v) {
      const double scaled = static_cast<double>(v) * record.multiplier;
      levels[c][v] = static_cast<float>((scaled - record.mean[c]) / record.deviation[c]);
    }
  }
  return levels;
}

/// ITU-R BT.601 luma in 16-bit fixed point, as PIL's convert("L").
std::uint8_t luma(const std::uint8_t* rgb) {
  return static_cast<std::uint8_t>((rgb[0] * 19595U + rgb[1] * 38470U + rgb[2] * 7471U + 0x8000U) >>
                                   16U);
}

/// Columns from `valid_width` on are 0 after scaling (padding of text lines).
template <class T>
void write_pixels(const Image& image, const Target& target, const Levels& levels, bool bgr,
                  int valid_width, T* out) {
  const auto height = static_cast<std::size_t>(image.height);
  const auto width = static_cast<std::size_t>(image.width);
  const auto channels = static_cast<std::size_t>(target.channels);
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      const std::uint8_t* pixel = image.rgb.data() + (y * width + x) * 3;
      for (std::size_t c = 0; c < channels; ++c) {
        const std::uint8_t level = channels == 1 ? luma(pixel) : pixel[bgr ? 2 - c : c];
        const float value = static_cast<int>(x) < valid_width ? levels[c][level] : 0.0F;
        const std::size_t at =
            target.channels_last ? (y * width + x) * channels + c : (c * height + y) * width + x;
        if constexpr (std::is_integral_v<T>) {
          out[at] = static_cast<T>(value);
        } else {
          out[at] = static_cast<T>(static_cast<arithmetic_t<T>>(value));
        }
      }
    }
  }
}

bool dtype_fits(DType dtype, const PreprocessRecord& record) {
  if (is_floating(dtype) && dtype_bits(dtype) >= 16) return true;
  const bool whole = record.multiplier == 1.0;
  const bool holds_255 = dtype == DType::uint8 || (is_integer(dtype) && dtype_bits(dtype) >= 16);
  return whole && holds_255;
}

Result<Tensor> make_tensor(const Image& image, const Target& target, const ImageInputSpec& spec,
                           const PreprocessRecord& record, int valid_width,
                           const std::shared_ptr<MemoryBudget>& budget) {
  Shape shape;
  if (target.batched) shape.push_back(target.batch);
  if (!target.channels_last) shape.push_back(target.channels);
  shape.push_back(image.height);
  shape.push_back(image.width);
  if (target.channels_last) shape.push_back(target.channels);
  VERNIER_ASSIGN(Tensor tensor, Tensor::allocate(spec.dtype, shape, budget));
  const Levels levels = make_levels(record);
  visit_dtype(spec.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (!std::is_void_v<T> && (is_real_float_v<T> || std::is_integral_v<T>)) {
      write_pixels<T>(image, target, levels, record.color == "BGR", valid_width,
                      tensor.mutable_as<T>());
    }
  });
  if (target.batch > 1) {
    const std::size_t one = tensor.byte_count() / static_cast<std::size_t>(target.batch);
    std::byte* data = tensor.mutable_view().data;
    for (std::int64_t i = 1; i < target.batch; ++i) {
      std::memcpy(data + static_cast<std::size_t>(i) * one, data, one);
    }
  }
  return tensor;
}

}  // namespace

std::vector<RecordField> describe(const PreprocessRecord& record) {
  const auto whole = [](int value) { return std::int64_t{value}; };
  const auto list = [](const std::array<double, 3>& values) {
    return std::vector<double>(values.begin(), values.end());
  };
  return {{"name", record.name},
          {"file", record.source.file},
          {"format", record.source.format},
          {"stored_bits", whole(record.source.stored_bits)},
          {"exif_orientation", whole(record.source.exif_orientation)},
          {"alpha", std::string(record.source.alpha_dropped ? "dropped" : "none")},
          {"source_width", whole(record.source_width)},
          {"source_height", whole(record.source_height)},
          {"resized_width", whole(record.resized_width)},
          {"resized_height", whole(record.resized_height)},
          {"interpolation", record.interpolation},
          {"crop_x", whole(record.crop_x)},
          {"crop_y", whole(record.crop_y)},
          {"pad_left", whole(record.pad_left)},
          {"pad_top", whole(record.pad_top)},
          {"pad_value", whole(record.pad_value)},
          {"width", whole(record.width)},
          {"height", whole(record.height)},
          {"color", record.color},
          {"layout", record.layout},
          {"dtype", std::string(dtype_name(record.dtype))},
          {"batch", record.batch},
          {"multiplier", record.multiplier},
          {"mean", list(record.mean)},
          {"deviation", list(record.deviation)}};
}

const std::vector<PreprocessPreset>& preprocess_presets() {
  static const std::vector<PreprocessPreset> kPresets = [] {
    std::vector<PreprocessPreset> presets;
    for (const Row& row : rows()) presets.push_back(row.preset);
    return presets;
  }();
  return kPresets;
}

namespace {

Result<const Row*> find_row(std::string_view preset) {
  const auto row = std::find_if(rows().begin(), rows().end(),
                                [&](const Row& r) { return r.preset.name == preset; });
  if (row != rows().end()) return &*row;
  std::string known;
  for (const Row& r : rows()) known += (known.empty() ? "" : ", ") + std::string(r.preset.name);
  return usage_error("unknown preprocessing '" + std::string(preset) + "' (known: " + known + ")",
                     "E-PREPROCESS-NAME");
}

/// Whether columns behind the picture are 0 after scaling.
bool fills_with_zero(const Row& row, const Target& target) {
  const bool line = target.height == 32 || target.height == 48;
  return row.apply == ocr_recognition || (row.apply == ocr && line);
}

}  // namespace

Result<PreprocessValues> preprocess_values(std::string_view preset, const ImageInputSpec& spec) {
  VERNIER_ASSIGN(const Row* row, find_row(preset));
  VERNIER_ASSIGN(const Target target, target_of(spec));
  constexpr int kSide = 32;  // values do not depend on the picture
  const Image gray{kSide, kSide, std::vector<std::uint8_t>(std::size_t{kSide} * kSide * 3, 128)};
  PreprocessRecord record;
  record.color = "RGB";
  VERNIER_TRY(row->apply(gray, target, record));
  return PreprocessValues{record.color, record.multiplier, record.mean, record.deviation,
                          fills_with_zero(*row, target)};
}

Result<PreprocessResult> preprocess_image(const LoadedImage& picture, std::string_view preset,
                                          const ImageInputSpec& spec,
                                          const std::shared_ptr<MemoryBudget>& budget) {
  VERNIER_ASSIGN(const Row* row, find_row(preset));
  VERNIER_ASSIGN(const Target target, target_of(spec));
  PreprocessResult result;
  PreprocessRecord& record = result.record;
  record.name = preset;
  record.source = picture.source;
  record.source_width = picture.image.width;
  record.source_height = picture.image.height;
  record.color = "RGB";
  VERNIER_ASSIGN(const Image image, row->apply(picture.image, target, record));
  if (!spec.pixels.empty()) {
    record.color = spec.pixels;
    record.multiplier = 1.0;
    record.mean = {};
    record.deviation = {1.0, 1.0, 1.0};
  }
  record.width = image.width;
  record.height = image.height;
  if (target.channels == 1) record.color = "gray";
  record.layout = std::string(target.batched ? "N" : "") + (target.channels_last ? "HWC" : "CHW");
  record.dtype = spec.dtype;
  record.batch = target.batch;
  if (!dtype_fits(spec.dtype, record)) {
    return unsupported("preprocessing '" + record.name + "' makes values that " +
                           std::string(dtype_name(spec.dtype)) + " cannot hold; try 'raw'",
                       "E-INPUT-DTYPE");
  }
  const int valid_width = fills_with_zero(*row, target) ? record.resized_width : image.width;
  VERNIER_ASSIGN(result.tensor, make_tensor(image, target, spec, record, valid_width, budget));
  return result;
}

}  // namespace vernier
