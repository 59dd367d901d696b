#include "api/quantize_score.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

#include "api/output_agreement.h"
#include "api/quantize_data.h"
#include "api/scored_boxes.h"
#include "base/file.h"
#include "measure/agreement.h"
#include "ops/cast_elements.h"
#include "tensor/npy.h"

namespace vernier {
namespace {

constexpr std::size_t kMaxLabelBytes = std::size_t{64} << 20U;

Error label_error(const std::string& text) { return invalid_data(text, "E-LABELS"); }

std::optional<std::int64_t> parse_class(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

Result<Labels> labels_of_array(const std::string& path, std::int64_t samples,
                               const std::shared_ptr<MemoryBudget>& budget) {
  VERNIER_ASSIGN(const Tensor tensor, read_npy(path, budget));
  if (tensor.shape().size() != 1 || is_floating(tensor.dtype())) {
    return label_error("'" + path + "' is " + describe(tensor.view()) +
                       ", not one integer a sample");
  }
  if (tensor.element_count() != samples) {
    return label_error("'" + path + "' holds " + std::to_string(tensor.element_count()) +
                       " labels for " + std::to_string(samples) + " samples");
  }
  VERNIER_ASSIGN(const Tensor wide, cast_tensor(tensor, DType::int64));
  Labels labels;
  for (std::int64_t i = 0; i < samples; ++i) {
    const std::int64_t label = wide.as<std::int64_t>()[i];
    if (label < 0) {
      return label_error("'" + path + "': label " + std::to_string(i) + " is no class number");
    }
    labels[i] = label;
  }
  return labels;
}

/// Samples by name and by the last part of it.
std::map<std::string, std::int64_t, std::less<>> names_of(const SampleSource& samples) {
  std::map<std::string, std::int64_t, std::less<>> names;
  for (std::int64_t i = 0; i < samples.count(); ++i) {
    const std::string name = samples.name(i);
    names.emplace(name, i);
    names.emplace(std::filesystem::path(name).filename().string(), i);
  }
  return names;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

Result<Labels> labels_of_text(const std::string& path, const SampleSource& samples) {
  VERNIER_ASSIGN(const std::string text, read_text_file(path, kMaxLabelBytes));
  const auto names = names_of(samples);
  Labels labels;
  std::int64_t number = 0;
  std::int64_t next = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = trimmed(std::string_view(text).substr(at, end - at));
    at = end + 1;
    ++number;
    if (line.empty() || line.front() == '#') continue;
    const auto cut = line.find_last_of(", \t");
    const bool named = cut != std::string_view::npos;
    const auto label = parse_class(named ? line.substr(cut + 1) : line);
    const std::string where = "'" + path + "' line " + std::to_string(number) + ": ";
    if (!label) return label_error(where + "there is no class number");
    if (!named) {
      if (next >= samples.count()) return label_error(where + "there are fewer samples");
      labels[next++] = *label;
      continue;
    }
    const std::string_view name = trimmed(line.substr(0, cut));
    const auto found = names.find(name.substr(0, name.find_last_not_of(',') + 1));
    if (found == names.end()) {
      return label_error(where + "there is no sample '" + std::string(name) + "'");
    }
    labels[found->second] = *label;
  }
  if (labels.empty()) return label_error("'" + path + "' holds no labels");
  return labels;
}

bool is_class_row(const ValueType& type) {
  return type.dtype == DType::float32 && type.ranked && type.rank() == 2 &&
         (!type.dims[1].is_known() || type.dims[1].value > 1);
}

double share(const std::vector<std::int64_t>& found, std::int64_t wanted) {
  return static_cast<double>(std::count(found.begin(), found.end(), wanted)) /
         static_cast<double>(found.size());
}

}  // namespace

std::string_view score_name(ScoreKind kind) noexcept {
  switch (kind) {
    case ScoreKind::agreement:
      return "agreement with fp32";
    case ScoreKind::accuracy:
      return "accuracy";
    case ScoreKind::map50:
      return "mAP@0.5 against fp32's boxes";
    case ScoreKind::rel_l2:
      break;
  }
  return "relative L2 difference from fp32";
}

Result<Labels> read_labels(const std::string& path, const SampleSource& samples,
                           const std::shared_ptr<MemoryBudget>& budget) {
  if (path.ends_with(".npy")) return labels_of_array(path, samples.count(), budget);
  return labels_of_text(path, samples);
}

Result<Scorer> Scorer::make(const Graph& graph, const std::string& metric, Labels labels) {
  Scorer scorer;
  const auto rows = std::find_if(graph.outputs.begin(), graph.outputs.end(), [&](const Port& port) {
    return is_class_row(graph.value(port.value).type);
  });
  const bool classes = rows != graph.outputs.end();
  const bool has_labels = !labels.empty();
  if (metric == "auto") {
    scorer.kind_ = has_labels ? ScoreKind::accuracy
                   : classes  ? ScoreKind::agreement
                              : ScoreKind::rel_l2;
  } else if (metric == "agreement") {
    scorer.kind_ = ScoreKind::agreement;
  } else if (metric == "accuracy") {
    scorer.kind_ = ScoreKind::accuracy;
  } else if (metric == "map50") {
    scorer.kind_ = ScoreKind::map50;
  } else if (metric != "rel-l2") {
    return usage_error("--metric: auto, agreement, accuracy, map50 or rel-l2", "E-USAGE-METRIC");
  }
  const bool by_class = scorer.kind_ == ScoreKind::agreement || scorer.kind_ == ScoreKind::accuracy;
  if (by_class && !classes) {
    return usage_error("the model has no output of shape [N, classes] to compare classes of",
                       "E-USAGE-METRIC");
  }
  if (scorer.kind_ == ScoreKind::accuracy && !has_labels) {
    return usage_error("--metric accuracy needs --labels", "E-USAGE-METRIC");
  }
  if (by_class) scorer.output_ = static_cast<std::size_t>(rows - graph.outputs.begin());
  scorer.labels_ = std::move(labels);
  return scorer;
}

Result<std::optional<PairedScore>> Scorer::score(std::int64_t sample, const Shape& input,
                                                 std::span<const Tensor> want,
                                                 std::span<const Tensor> got) const {
  if (kind_ == ScoreKind::map50) {
    VERNIER_ASSIGN(const PairedScore score, score_boxes(input, want[output_], got[output_]));
    return std::optional(score);
  }
  if (kind_ != ScoreKind::rel_l2) return score_classes(sample, want[output_], got[output_]);
  PairedScore score;
  for (std::size_t i = 0; i < want.size(); ++i) {
    if (!is_floating(want[i].dtype())) continue;
    const double difference = compare_tensors(got[i].view(), want[i].view()).rel_l2;
    // Infinite where there is NaN: far beyond any budget, but summable.
    constexpr double kMost = 1e6;
    score.after = std::min(score.after, -std::min(difference, kMost));
  }
  return std::optional(score);
}

Result<PairedScore> Scorer::score_boxes(const Shape& input, const Tensor& want,
                                        const Tensor& got) const {
  if (input.size() != 4) return usage_error("--metric map50 needs a picture-like input");
  PreprocessRecord record;
  record.source_width = record.resized_width = record.width = static_cast<int>(input[3]);
  record.source_height = record.resized_height = record.height = static_cast<int>(input[2]);
  VERNIER_ASSIGN(const auto truth, decode_yolo(want.view(), record));
  VERNIER_ASSIGN(const auto found, decode_yolo(got.view(), record));
  constexpr double kOverlap = 0.5;
  return PairedScore{1.0,
                     mean_average_precision(scored_boxes(found), scored_boxes(truth), kOverlap)};
}

Result<std::optional<PairedScore>> Scorer::score_classes(std::int64_t sample, const Tensor& want,
                                                         const Tensor& got) const {
  const auto before = best_classes(want);
  const auto after = best_classes(got);
  if (before.empty() || before.size() != after.size()) {
    return invalid_data("an output has no rows", "E-OUTPUT-SHAPE");
  }
  if (kind_ == ScoreKind::agreement) {
    double same = 0.0;
    for (std::size_t i = 0; i < before.size(); ++i) same += before[i] == after[i] ? 1.0 : 0.0;
    return std::optional(PairedScore{1.0, same / static_cast<double>(before.size())});
  }
  const auto label = labels_.find(sample);
  if (label == labels_.end()) return std::optional<PairedScore>();
  if (label->second >= want.shape().back()) {
    return label_error("sample " + std::to_string(sample) + " is of class " +
                       std::to_string(label->second) + ", the model has " +
                       std::to_string(want.shape().back()));
  }
  return std::optional(PairedScore{share(before, label->second), share(after, label->second)});
}

}  // namespace vernier
