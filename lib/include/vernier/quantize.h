#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "vernier/export.h"
#include "vernier/result.h"
#include "vernier/types.h"

namespace vernier {

struct QuantizeOptions {
  ModelOptions model;
  /// Samples: a folder of pictures, .npy or .npz files, or one .npz file with samples along the
  /// first axis. Empty: the calibration table or the recipe must be given, or the model be
  /// quantized already; then its own ranges and weight scales serve the target.
  std::string data;
  std::string preprocess;  ///< preset for pictures; empty: "unit"
  /// "vernier", "ort-cpu", "openvino", "tensorrt"; empty: the recipe's, or vernier.
  std::string target;
  std::string range = "auto";  ///< "auto" (by error), "minmax", "percentile:99.99", "entropy", ...
  std::int64_t samples = 200;  ///< for calibration; those after them judge
  std::optional<std::int64_t> judging_samples;  ///< default 50; with max_drop 300
  std::string labels;           ///< true classes: .npy, or text of "class" or "name,class" lines
  std::string metric = "auto";  ///< "agreement", "accuracy", "map50", "rel-l2"; see QuantizeLoss
  /// Nodes turn back to float until the loss on the judging samples is at most this (0.005).
  std::optional<double> max_drop;
  bool sensitivity = false;  ///< quantize every node alone and say what it costs
  bool equalize = true;      ///< scale channels so that one step suits all of a tensor (needs data)
  std::string bias_correction = "auto";  ///< "none", "fast", "full"; auto: full with data
  /// "nearest", "gram" (by the moments of what a weight multiplies); auto: gram with data.
  std::string rounding = "auto";
  /// Weights whose products cannot saturate on CPUs without VNNI (see SaturationReport).
  bool saturation_safe = false;
  /// Written when there is data, read when there is none; empty: neither.
  std::string calibration_table;
  std::string recipe;                ///< text file to write; empty: none
  std::string apply_recipe;          ///< text file that decides everything; empty: chosen here
  std::vector<std::string> exclude;  ///< nodes that stay float
  /// "int4" or "int8": only weights become integers, nothing is calibrated and activations stay
  /// float; `data` is optional. Empty: an INT8 model.
  std::string weights_only;
  /// Weights under one scale: 16 to 256, a power of two; 0 (int8, "qdq"): one scale a channel.
  /// Default 32, for tensorrt 64.
  std::optional<std::int64_t> block;
  std::string form;          ///< "qdq" (also when empty) or "matmulnbits"
  bool zero_points = false;  ///< of blocks: unsigned integers with zero points
  std::string report;        ///< JSON file; empty: none
  /// Told what is being done, for people; may be empty. Called from another thread.
  std::function<void(const std::string&)> progress;
};

/// One quantized tensor.
struct QuantizedTensor {
  std::string name;
  std::string dtype;  ///< "uint8", "int8"
  double scale = 0.0;
  std::int64_t zero_point = 0;
  double seen_low = 0.0;  ///< in calibration; equal to seen_high when it was not looked at
  double seen_high = 0.0;
  std::string method;
  std::optional<double> sqnr_db;  ///< of the quantized model's tensor against the float model's
  bool still_moving = false;      ///< the second half of the samples widened its range by > 5 %
};

struct FloatNode {
  std::string node;
  std::string op;
  std::string reason;
};

struct QuantizedOutput {
  std::string name;
  double sqnr_db = 0.0;
  /// Share of rows whose largest element is the same as in fp32: agreement, not accuracy.
  std::optional<double> top1_agreement;
};

/// The error of the worst output when only one kind of it is made.
struct QuantizeCause {
  std::string cause;     ///< "weights", "tensors", or "clipping", which is part of "tensors"
  double sqnr_db = 0.0;  ///< over at most 16 judging samples
};

/// What the judging samples lost, as pairs: each sample by both models.
struct QuantizeLoss {
  /// "agreement with fp32", "accuracy" (with labels), "mAP@0.5 against fp32's boxes"
  /// (pseudo-labels) or "relative L2 difference from fp32" (scores are its negative).
  std::string metric;
  double fp32 = 0.0;  ///< mean score
  double quantized = 0.0;
  double drop = 0.0;  ///< fp32 - quantized
  double low = 0.0;   ///< 95 % interval of the drop
  double high = 0.0;
  std::int64_t samples = 0;
};

/// A choice of float nodes that --max-drop tried.
struct QuantizePoint {
  std::int64_t float_nodes = 0;  ///< reverted, of those that can be integers
  double integer_share = 0.0;    ///< of float time in nodes that can be integers: those that are
  double drop = 0.0;
  double high = 0.0;    ///< upper end of its 95 % interval
  bool pareto = false;  ///< no other point has both a larger share and a smaller drop
};

/// What quantizing one node alone does.
struct QuantizeSensitivity {
  std::string node;
  std::string op;
  double sqnr_db = 0.0;   ///< of the worst output
  double float_us = 0.0;  ///< time of the node in the float model, here
};

/// A weight that --weights-only turned into integers.
struct QuantizedWeight {
  std::string name;
  std::vector<std::string> nodes;  ///< that read it
  std::string dtype;               ///< "int4", "uint4", "int8", "uint8"
  std::int64_t block = 0;          ///< 0: one scale a channel (of a table: a row)
  double sqnr_db = 0.0;            ///< of its elements
  std::uint64_t bytes_before = 0;
  std::uint64_t bytes_after = 0;  ///< with scales and zero points
};

struct QuantizeReport {
  std::string input;
  std::string output;
  std::string target;
  std::string range;
  std::string rounding;
  std::string bias_correction;
  std::string data;
  std::int64_t samples = 0;          ///< calibrated on
  std::int64_t skipped_samples = 0;  ///< unreadable
  std::int64_t judged_samples = 0;
  bool held_out = false;  ///< the judging samples are none of the calibration's
  std::uint64_t bytes_before = 0;
  std::uint64_t bytes_after = 0;
  int opset = 0;
  std::int64_t weighted_nodes = 0;  ///< Conv, ConvTranspose, Gemm, MatMul
  std::int64_t quantized_nodes = 0;
  std::int64_t equalized_groups = 0;      ///< of tensors whose channels were scaled
  std::int64_t weight_channels = 0;       ///< of quantized nodes that are not depthwise
  std::int64_t risky_channels = 0;        ///< of them can saturate on CPUs without VNNI
  std::int64_t raised_weight_scales = 0;  ///< channels whose int32 bias would not have fitted
  std::vector<QuantizedTensor> tensors;
  std::string weights_only;              ///< as asked for; empty: an INT8 model
  std::string form;                      ///< of the weights, with weights_only
  std::vector<QuantizedWeight> weights;  ///< with weights_only
  std::vector<FloatNode> floats;
  std::vector<QuantizedOutput> outputs;  ///< empty without data
  std::vector<QuantizeCause> causes;     ///< empty without data
  std::string first_broken;  ///< the first tensor below 10 dB in the quantized model; empty: none
  std::optional<QuantizeLoss> loss;   ///< absent without judging samples
  std::optional<double> max_drop;     ///< as asked for
  bool retargeted = false;            ///< the ranges are those of the quantized model that was read
  bool budget_met = true;             ///< false: nothing was written
  std::vector<std::string> reverted;  ///< nodes that --max-drop turned back to float
  std::vector<QuantizePoint> points;  ///< empty without --max-drop
  std::vector<QuantizeSensitivity> sensitivity;  ///< the most damaging a microsecond saved first
  std::vector<std::string> warnings;  ///< that the model hardly does what the float one does
  std::vector<std::string> notes;
  std::int64_t calibration_ns = 0;
  std::int64_t ranges_ns = 0;  ///< choosing ranges by what they do to the outputs
  std::int64_t rounding_ns = 0;
  std::int64_t correction_ns = 0;
  std::int64_t judging_ns = 0;
  std::int64_t budget_ns = 0;
};

/// Makes an INT8 model (QuantizeLinear/DequantizeLinear form) of a float one, or of an INT8 one for
/// another target; with weights_only a model whose weights alone are integers. Output files appear
/// whole or not at all. Errors: those of the importer; usage for options that make no sense,
/// E-USAGE-OUTPUT for an output that is read or named twice;
/// invalid_data for samples (none, unreadable, values that are not finite), a calibration table or
/// a recipe that does not fit the model; unsupported E-QUANT-NOTHING when nothing can be
/// quantized; output.
VERNIER_API Result<QuantizeReport> quantize_model(const std::string& input,
                                                  const std::string& output,
                                                  const QuantizeOptions& options);

VERNIER_API std::string to_json(const QuantizeReport& report);

}  // namespace vernier
