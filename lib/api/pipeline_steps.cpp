#include "api/pipeline_steps.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "base/counter_random.h"
#include "data/draw.h"
#include "data/postprocess.h"
#include "tensor/element.h"

namespace vernier {
namespace {

constexpr std::int64_t kTopK = 5;
/// Of an output that nothing is decoded from, so many bytes go into the fingerprint.
constexpr std::size_t kSampledBytes = 4096;

struct Payload final : PipelinePayload {
  LoadedImage picture;  // without pixels once they are in the tensor, unless boxes are drawn
  Tensor tensor;
  PreprocessRecord record;
  std::vector<NamedTensor> outputs;
};

Payload& payload_of(PipelineItem& item) { return static_cast<Payload&>(*item.payload); }

class Fingerprint {
 public:
  void add(std::uint64_t bits) { value_ = mix_bits(value_ ^ bits); }
  void add(double value) { add(std::bit_cast<std::uint64_t>(value)); }
  void add(std::int64_t value) { add(static_cast<std::uint64_t>(value)); }
  [[nodiscard]] std::uint64_t value() const noexcept { return value_; }

 private:
  std::uint64_t value_ = 1;
};

std::uint64_t fingerprint_of(const std::vector<Detection>& boxes) {
  Fingerprint print;
  for (const Detection& box : boxes) {
    for (const double value : {box.x0, box.y0, box.x1, box.y1, box.score}) print.add(value);
    print.add(box.label);
  }
  return print.value();
}

std::uint64_t fingerprint_of(const TopK& ranked) {
  Fingerprint print;
  for (const auto& row : ranked.rows) {
    for (const Ranked& entry : row) {
      print.add(entry.index);
      print.add(entry.score);
    }
  }
  return print.value();
}

std::uint64_t fingerprint_of(const std::vector<NamedTensor>& outputs) {
  Fingerprint print;
  for (const NamedTensor& output : outputs) {
    if (output.tensor.dtype() == DType::string) continue;
    const std::size_t bytes = output.tensor.byte_count();
    const std::size_t step = std::max<std::size_t>(bytes / kSampledBytes, 1);
    for (std::size_t i = 0; i < bytes; i += step) {
      print.add(static_cast<std::uint64_t>(output.tensor.data()[i]));
    }
  }
  return print.value();
}

/// "000012_cat.jpg"; of a frame "000012_clip.jpg".
std::string drawing_name(std::int64_t index, const std::string& file) {
  char number[32];
  std::snprintf(number, sizeof number, "%06lld", static_cast<long long>(index));
  const std::string stem = std::filesystem::path(file).stem().string();
  return std::string(number) + "_" + stem + ".jpg";
}

}  // namespace

Result<std::unique_ptr<PictureSteps>> PictureSteps::create(MediaSource& media, Engine& engine,
                                                           const PictureStepsOptions& options,
                                                           std::shared_ptr<MemoryBudget> budget) {
  const auto& inputs = engine.inputs();
  if (inputs.size() != 1 || !takes_pictures(inputs.front())) {
    return usage_error("pictures need a model with one input of rank 3 or 4, this one has " +
                           std::to_string(inputs.size()) + " input(s)",
                       "E-INPUT-NAME");
  }
  auto steps = std::unique_ptr<PictureSteps>(new PictureSteps(media, engine, std::move(budget)));
  steps->input_ = inputs.front();
  steps->min_score_ = options.min_score;
  VERNIER_ASSIGN(PicturePlan plan, plan_picture(steps->input_, options.preprocess, options.folded));
  steps->spec_ = std::move(plan.spec);
  steps->spec_.batch = 1;
  for (const auto& [name, shape] : options.shapes) {
    if (name == steps->input_.name && shape.size() == steps->spec_.dims.size()) {
      steps->spec_.dims = shape;
    }
  }
  if (steps->spec_.dims.size() == 4 && steps->spec_.dims[0] > 1) {
    return unsupported("the model takes " + std::to_string(steps->spec_.dims[0]) +
                           " pictures at a time; the pipeline gives it one",
                       "E-PIPELINE-BATCH");
  }
  steps->preset_ = std::move(plan.preset);
  return steps;
}

std::string PictureSteps::postprocessing() const {
  if (preset_ == "yolo") return "yolo";
  return preset_ == "imagenet" ? "top-" + std::to_string(kTopK) : "none";
}

void PictureSteps::draw_into(const std::string& directory, std::vector<std::string> labels) {
  directory_ = directory;
  labels_ = std::move(labels);
}

Result<bool> PictureSteps::decode(PipelineItem& item) {
  VERNIER_ASSIGN(auto picture, media_.load(item.index));
  if (!picture) return false;
  auto payload = std::make_unique<Payload>();
  payload->picture = std::move(*picture);
  item.payload = std::move(payload);
  return true;
}

Result<void> PictureSteps::preprocess(PipelineItem& item) {
  Payload& payload = payload_of(item);
  VERNIER_ASSIGN(auto made, preprocess_image(payload.picture, preset_, spec_, budget_));
  payload.tensor = std::move(made.tensor);
  payload.record = std::move(made.record);
  if (directory_.empty()) payload.picture.image = {};
  return {};
}

Result<std::int64_t> PictureSteps::infer(PipelineItem& item) {
  Payload& payload = payload_of(item);
  std::vector<NamedTensor> inputs;
  inputs.push_back({input_.name, std::move(payload.tensor)});
  const auto begin = std::chrono::steady_clock::now();
  VERNIER_TRY(engine_.bind(inputs));
  const auto bound = std::chrono::steady_clock::now();
  VERNIER_ASSIGN(const TimedRuns runs, engine_.run_timed(1));
  VERNIER_ASSIGN(payload.outputs, engine_.fetch_outputs());
  const std::int64_t ns = runs.ns.empty() ? 0 : runs.ns.front();
  if (!record_) {
    record_ = payload.record;
    first_inference_ns_ = ns;
    first_bind_ns_ = std::chrono::duration_cast<std::chrono::nanoseconds>(bound - begin).count();
  }
  return ns;
}

Result<void> PictureSteps::postprocess(PipelineItem& item) {
  Payload& payload = payload_of(item);
  const std::string what = postprocessing();
  if (what == "none") {
    item.fingerprint = fingerprint_of(payload.outputs);
    return {};
  }
  if (payload.outputs.empty()) return usage_error("the model has no output", "E-OUTPUT-DECODE");
  const TensorView output = payload.outputs.front().tensor.view();
  if (what != "yolo") {
    VERNIER_ASSIGN(const TopK ranked, top_k(output, kTopK));
    item.fingerprint = fingerprint_of(ranked);
    return {};
  }
  DetectOptions detect;
  detect.min_score = min_score_;
  VERNIER_ASSIGN(const auto boxes, decode_yolo(output, payload.record, detect));
  item.fingerprint = fingerprint_of(boxes);
  if (directory_.empty()) return {};
  VERNIER_ASSIGN(const Image drawn, draw_detections(payload.picture.image, boxes, labels_));
  const std::string file = drawing_name(item.index, payload.picture.source.file);
  return save_image(drawn, (std::filesystem::path(directory_) / file).string());
}

}  // namespace vernier
