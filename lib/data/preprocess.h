#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/budget.h"
#include "base/dtype.h"
#include "base/record_field.h"
#include "base/result.h"
#include "data/image.h"
#include "tensor/tensor.h"

namespace vernier {

/// What a model wants: element type and dims, -1 for those that are free (or symbolic).
struct ImageInputSpec {
  DType dtype = DType::float32;
  std::vector<std::int64_t> dims;  ///< rank 4 (NCHW, NHWC) or rank 3 (CHW, HWC)
  std::int64_t batch = 0;          ///< size of a free batch dim; 0: 1. The picture is repeated.
  /// "RGB" or "BGR": pixels in this order as they are, since the model scales them itself; empty:
  /// what the preset says.
  std::string pixels{};
};

/// What was done to a picture, in the order of the fields; written into reports and used to map
/// boxes back. Pixel x of the result shows source pixel (x - pad_left + crop_x) / scale_x.
struct PreprocessRecord {
  std::string name;  ///< the preset
  ImageSource source;
  int source_width = 0;  ///< upright size
  int source_height = 0;
  int resized_width = 0;
  int resized_height = 0;
  double scale_x = 1.0;  ///< resized / source
  double scale_y = 1.0;
  std::string interpolation;  ///< "bilinear antialiased" | "bilinear" | "none"
  int crop_x = 0;             ///< in the resized picture
  int crop_y = 0;
  int pad_left = 0;
  int pad_top = 0;
  int pad_value = 0;  ///< of the 8-bit canvas; for "ocr" rec padding is 0 after scaling
  int width = 0;      ///< of the tensor
  int height = 0;
  std::string color;   ///< "RGB" | "BGR" | "gray"
  std::string layout;  ///< "NCHW" | "NHWC" | "CHW" | "HWC"
  DType dtype = DType::undefined;
  std::int64_t batch = 1;        ///< copies of the picture
  std::array<double, 3> mean{};  ///< value = (pixel * multiplier - mean) / deviation
  std::array<double, 3> deviation{1.0, 1.0, 1.0};
  double multiplier = 1.0;
};

/// The record for a report, in the order of its fields.
std::vector<RecordField> describe(const PreprocessRecord& record);

struct PreprocessResult {
  Tensor tensor;
  PreprocessRecord record;
};

/// The presets, with one line each for help:
/// - imagenet: short side to 256 (to H * 256 / 224 when the model fixes H, W), bilinear
/// antialiased,
///   centre crop 224 (the model's H, W), / 255, ImageNet mean and deviation, RGB;
/// - yolo: letterbox with 114 into the model's H, W (640 when free), bilinear, / 255, RGB;
/// - ocr: the recognition form when the model fixes H to 32 or 48, else the detection form;
/// - ocr_det: long side at most 960, sides to multiples of 32 (the model's H, W when fixed), / 255,
///   ImageNet mean and deviation applied to BGR (as PP-OCR does);
/// - ocr_rec: height 48 (the model's), width by aspect, at least 320 (the model's when fixed, then
///   squeezed), / 255, mean 0.5, deviation 0.5, right side padded with 0, BGR;
/// - unit: resized to the model's H, W, / 255, RGB or gray;
/// - raw: resized to the model's H, W, 0..255 in the input's own type.
struct PreprocessPreset {
  std::string_view name;
  std::string_view summary;
  std::string_view resize;  ///< what of it is done to the picture before values are scaled
};
const std::vector<PreprocessPreset>& preprocess_presets();

/// What a preset does to the pixels of an input: color, multiplier, mean, deviation. `fills` says
/// whether it puts in values that no pixel has (padding of text lines). Error: usage
/// E-PREPROCESS-NAME, those of the input.
struct PreprocessValues {
  std::string color;
  double multiplier = 1.0;
  std::array<double, 3> mean{};
  std::array<double, 3> deviation{1.0, 1.0, 1.0};
  bool fills = false;
};
Result<PreprocessValues> preprocess_values(std::string_view preset, const ImageInputSpec& spec);

/// Errors: usage E-PREPROCESS-NAME for an unknown preset; invalid_data E-INPUT-RANK when the input
/// is no picture; unsupported E-INPUT-DTYPE when the preset makes values the type cannot hold;
/// limit.
Result<PreprocessResult> preprocess_image(const LoadedImage& picture, std::string_view preset,
                                          const ImageInputSpec& spec,
                                          const std::shared_ptr<MemoryBudget>& budget = nullptr);

}  // namespace vernier
