#pragma once

#include <map>
#include <optional>
#include <string>

#include "api/convert_ports.h"
#include "base/result.h"
#include "data/preprocess.h"
#include "engine/engine.h"

namespace vernier {

/// What a model's metadata says about pictures: it scales them itself, so an input takes 8-bit
/// pixels that were resized as a preset does.
struct FoldedPreprocess {
  std::string preset;           ///< "vernier.preprocess"
  std::string input;            ///< "vernier.preprocess.input"
  std::string color;            ///< "vernier.preprocess.color": "RGB" or "BGR"
  std::string layout = "NHWC";  ///< "vernier.preprocess.layout": no other is known
  std::string values{};         ///< "vernier.preprocess.values": scale, mean, std
};

using Metadata = std::map<std::string, std::string>;

/// The entries that `convert --fold-preprocess` writes. `resize` is for people.
void write_folded_preprocess(const FoldedPreprocess& folded, const std::string& size,
                             const std::string& resize, Metadata& metadata);
/// After inputs were renamed.
void rename_folded_input(const Renames& renamed, Metadata& metadata);
/// nullopt: there are none. Values that are not known stay as they are.
std::optional<FoldedPreprocess> folded_preprocess(const Metadata& metadata);
/// The same of a file; nullopt for files that cannot be read as ONNX, too.
std::optional<FoldedPreprocess> read_folded_preprocess(const std::string& model);

/// Whether an input can be a picture: numbers, rank 3 or 4.
bool takes_pictures(const TensorInfo& input);

/// The preset for a picture at `input`, and its element type and sizes: the one asked for, the
/// model's own (then `spec.pixels` is set), or "unit" ("raw" for integers). Errors: usage
/// E-PREPROCESS-FOLDED when both are there and differ; E-PREPROCESS-NAME; unsupported
/// E-PREPROCESS-FOLDED when the model's own says what is not known.
struct PicturePlan {
  std::string preset;
  ImageInputSpec spec;
  bool assumed = false;  ///< neither was there
};
Result<PicturePlan> plan_picture(const TensorInfo& input, const std::string& asked,
                                 const std::optional<FoldedPreprocess>& folded);

}  // namespace vernier
