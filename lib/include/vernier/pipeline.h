#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "vernier/bench.h"
#include "vernier/export.h"
#include "vernier/result.h"
#include "vernier/types.h"

namespace vernier {

struct PipelineOptions {
  /// As BenchOptions::model. Interrupting leads to a valid report of the passes until then.
  ModelOptions model;
  std::string engine = "vernier";  ///< "name" or "name:key=value,key=value"; a process of its own
  /// One directory (natural order), one video, or picture files in the order given.
  std::vector<std::string> sources;
  /// Preset; it also decides what is done with the outputs: "yolo" boxes, "imagenet" the five best
  /// classes, others nothing. Empty: "unit" ("raw" for integer inputs).
  std::string preprocess;
  std::int64_t queue = 4;   ///< items that each of the three queues holds, 1..4096
  int workers = 1;          ///< threads of decoding (of files) and of preprocessing each, 1..64
  int passes = 6;           ///< over all items, sequential as well as staged
  std::int64_t items = 0;   ///< > 0: the first ones only
  double min_score = 0.25;  ///< of boxes
  std::uint64_t seed = 0;   ///< of the order of passes
  std::string labels;       ///< file of class names, one a line, for drawing
  /// Directory (made when absent) for the pictures with their boxes, written in an untimed pass;
  /// needs "yolo".
  std::string save_boxes;
  std::string report;  ///< JSON file; empty: none. Opened before anything is measured.
  std::vector<std::string> command_line;
  std::function<void(const BenchProgress&)> progress;
};

/// A step of the pipeline: "decode", "preprocess", "transfer", "inference", "postprocess".
struct PipelineStageFigures {
  std::string name;
  int threads = 1;  ///< when staged
  PercentileFigure sequential_p50, sequential_p90, staged_p50, staged_p90;
  double busy = 0.0;  ///< share of the staged time that its threads work
};

struct PipelineFailedItem {
  std::int64_t index = 0;
  std::string item;   ///< file, or "clip.avi#12"
  std::string stage;  ///< where
  Error error;
};

struct PipelineQueueFigures {
  std::string after;  ///< the stage that fills it
  std::int64_t capacity = 0;
  std::int64_t max_depth = 0;  ///< over all staged passes
};

struct PipelineReport {
  std::string model;
  std::string engine;
  bool interrupted = false;
  std::string source;
  std::string kind;         ///< "pictures" | "video"
  std::string preprocess;   ///< the preset that was used
  std::string postprocess;  ///< "yolo" | "top-5" | "none"
  std::int64_t items = 0;   ///< of each pass, failed ones included
  std::vector<PipelineFailedItem> failed;
  std::vector<PipelineStageFigures> stages;
  std::vector<PipelineQueueFigures> queues;
  int passes = 0;                 ///< complete pairs
  double sequential_per_s = 0.0;  ///< median over passes; items that did not fail
  double staged_per_s = 0.0;
  std::optional<double> gain;  ///< staged / sequential throughput
  double gain_ci_low = 0.0;    ///< 95 %
  double gain_ci_high = 0.0;
  std::string verdict;  ///< that of staged against sequential, as BenchComparison
  std::string reason;
  bool order_kept = true;
  bool results_equal = true;
  std::string bottleneck;
  std::int64_t max_in_flight = 0;
  std::vector<std::string> notes;
  std::string json;  ///< the report file's content (vernier-report.schema.json)
};

/// Runs pictures through a model, one after the other and in a staged pipeline, in turn, and tells
/// how long each step takes and what running the steps at a time gains. Errors: as bench; usage and
/// data errors of the source; the first item's error when every one fails.
VERNIER_API Result<PipelineReport> bench_pipeline(const std::string& path,
                                                  const PipelineOptions& options);

}  // namespace vernier
