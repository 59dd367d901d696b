#include "api/quantize_data.h"

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "base/file.h"
#include "data/image.h"
#include "data/media.h"
#include "data/preprocess.h"
#include "engine/inputs.h"
#include "tensor/npy.h"
#include "tensor/npz.h"

namespace vernier {
namespace {

namespace fs = std::filesystem;

Error data_error(const std::string& text) { return invalid_data(text, "E-CALIBRATION-DATA"); }

class PictureSamples final : public SampleSource {
 public:
  PictureSamples(std::unique_ptr<MediaSource> media, std::string path, std::string preset,
                 ImageInputSpec spec, std::shared_ptr<MemoryBudget> budget)
      : media_(std::move(media)),
        path_(std::move(path)),
        preset_(std::move(preset)),
        spec_(std::move(spec)),
        budget_(std::move(budget)) {}
  [[nodiscard]] std::int64_t count() const override { return media_->declared_count().value_or(0); }
  [[nodiscard]] std::string text() const override {
    return std::to_string(count()) + " pictures in " + path_ + " (" + preset_ + ")";
  }
  [[nodiscard]] std::string name(std::int64_t index) const override { return media_->name(index); }
  Result<std::vector<Tensor>> load(std::int64_t index) override {
    VERNIER_ASSIGN(const auto picture, media_->load(index));
    if (!picture) return data_error("there is no picture " + std::to_string(index));
    VERNIER_ASSIGN(PreprocessResult made, preprocess_image(*picture, preset_, spec_, budget_));
    return std::vector<Tensor>{std::move(made.tensor)};
  }

 private:
  std::unique_ptr<MediaSource> media_;
  std::string path_;
  std::string preset_;
  ImageInputSpec spec_;
  std::shared_ptr<MemoryBudget> budget_;  // shared with the tensors made
};

/// One archive, samples along the first axis.
class ArchiveSamples final : public SampleSource {
 public:
  static Result<std::unique_ptr<SampleSource>> open(const std::string& path,
                                                    std::span<const TensorInfo> inputs,
                                                    const std::shared_ptr<MemoryBudget>& budget) {
    std::unique_ptr<ArchiveSamples> samples(new ArchiveSamples);
    samples->path_ = path;
    samples->budget_ = budget;
    VERNIER_ASSIGN(const NpzReader archive, NpzReader::open(path));
    const bool sole = inputs.size() == 1 && archive.entries().size() == 1;
    for (const TensorInfo& input : inputs) {
      const std::string member = sole ? archive.entries().front().name : input.name;
      if (archive.find(member) == nullptr) {
        return data_error("'" + path + "' has no member '" + input.name +
                          "' (the model's inputs are " + names_of(inputs) + ")");
      }
      VERNIER_ASSIGN(Tensor tensor, archive.map(member, budget));
      const std::size_t rank = tensor.shape().size();
      if (tensor.dtype() != input.type.dtype || tensor.element_count() == 0) {
        return data_error("'" + path + "': '" + input.name + "' is " + describe(tensor.view()) +
                          ", the model wants " + to_string(input.type));
      }
      const bool extra_axis = input.type.ranked && rank == input.type.rank() + 1;
      if (rank == 0 || (!extra_axis && input.type.ranked && rank != input.type.rank())) {
        return data_error("'" + path + "': '" + input.name + "' is " + describe(tensor.view()) +
                          ", the model wants " + to_string(input.type));
      }
      const std::int64_t count = tensor.shape()[0];
      if (samples->count_ >= 0 && samples->count_ != count) {
        return data_error("'" + path + "': its members have different numbers of samples");
      }
      samples->count_ = count;
      samples->parts_.push_back({std::move(tensor), extra_axis});
    }
    return std::unique_ptr<SampleSource>(std::move(samples));
  }
  [[nodiscard]] std::int64_t count() const override { return std::max<std::int64_t>(count_, 0); }
  [[nodiscard]] std::string text() const override {
    return std::to_string(count()) + " samples in " + path_;
  }
  [[nodiscard]] std::string name(std::int64_t index) const override {
    return path_ + "[" + std::to_string(index) + "]";
  }
  Result<std::vector<Tensor>> load(std::int64_t index) override {
    std::vector<Tensor> sample;
    for (const Part& part : parts_) {
      Shape shape = part.tensor.shape();
      if (part.extra_axis) {
        shape.erase(0);
      } else {
        shape[0] = 1;
      }
      VERNIER_ASSIGN(Tensor one, Tensor::allocate(part.tensor.dtype(), shape, budget_));
      // Dense, possibly not aligned.
      const std::byte* from =
          part.tensor.view().data + static_cast<std::size_t>(index) * one.byte_count();
      std::memcpy(one.mutable_view().data, from, one.byte_count());
      if (part.tensor.file_backed()) MappedFile::drop_pages(from, one.byte_count());
      sample.push_back(std::move(one));
    }
    return sample;
  }

 private:
  struct Part {
    Tensor tensor;
    bool extra_axis = false;  ///< the samples' axis is not the model's own
  };
  std::string path_;
  std::int64_t count_ = -1;
  std::vector<Part> parts_;
  std::shared_ptr<MemoryBudget> budget_;  // shared with the samples
};

/// A folder with one file a sample.
class FileSamples final : public SampleSource {
 public:
  FileSamples(std::string path, std::vector<std::string> files, std::span<const TensorInfo> inputs,
              std::shared_ptr<MemoryBudget> budget)
      : path_(std::move(path)),
        files_(std::move(files)),
        inputs_(inputs.begin(), inputs.end()),
        budget_(std::move(budget)) {}
  [[nodiscard]] std::int64_t count() const override {
    return static_cast<std::int64_t>(files_.size());
  }
  [[nodiscard]] std::string text() const override {
    return std::to_string(files_.size()) + " files in " + path_;
  }
  [[nodiscard]] std::string name(std::int64_t index) const override {
    return files_[static_cast<std::size_t>(index)];
  }
  Result<std::vector<Tensor>> load(std::int64_t index) override {
    const std::string& file = files_[static_cast<std::size_t>(index)];
    std::vector<Tensor> sample;
    if (file.ends_with(".npy")) {
      if (inputs_.size() != 1) {
        return data_error("'" + file + "': the model has inputs " + names_of(inputs_) +
                          ", an .npy file holds one; .npz files hold several");
      }
      VERNIER_ASSIGN(Tensor tensor, read_npy(file, budget_));
      sample.push_back(std::move(tensor));
      return sample;
    }
    VERNIER_ASSIGN(const NpzReader archive, NpzReader::open(file));
    const bool sole = inputs_.size() == 1 && archive.entries().size() == 1;
    for (const TensorInfo& input : inputs_) {
      const std::string member = sole ? archive.entries().front().name : input.name;
      VERNIER_ASSIGN(Tensor tensor, archive.read(member, budget_));
      sample.push_back(std::move(tensor));
    }
    return sample;
  }

 private:
  std::string path_;
  std::vector<std::string> files_;
  std::vector<TensorInfo> inputs_;
  std::shared_ptr<MemoryBudget> budget_;  // shared with the tensors made
};

bool is_hidden(const std::string& name) { return name.starts_with("."); }
bool is_array_name(const std::string& name) {
  return name.ends_with(".npy") || name.ends_with(".npz");
}

Result<std::vector<std::string>> arrays_in(const std::string& path) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator at(path, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (is_hidden(name) || files.size() >= MediaLimits().max_entries) continue;
    if (is_array_name(name)) files.push_back(at->path().string());
  }
  if (error) return invalid_data("'" + path + "': " + error.message(), "E-FILE-OPEN");
  std::sort(files.begin(), files.end(), natural_less);
  return files;
}

/// Why a tensor cannot be the input; empty when it can.
std::string misfit(const Tensor& tensor, const TensorInfo& input) {
  bool fits = tensor.dtype() == input.type.dtype;
  if (fits && input.type.ranked) {
    fits = tensor.shape().size() == input.type.rank();
    for (std::size_t i = 0; fits && i < input.type.rank(); ++i) {
      const Dim& dim = input.type.dims[i];
      fits = !dim.is_known() || dim.value == tensor.shape()[i];
    }
  }
  if (fits) return {};
  return "'" + input.name + "' is " + describe(tensor.view()) + ", the model wants " +
         to_string(input.type);
}

/// Lets only samples pass that are of the model's types.
class CheckedSamples final : public SampleSource {
 public:
  CheckedSamples(std::unique_ptr<SampleSource> source, std::span<const TensorInfo> inputs)
      : source_(std::move(source)), inputs_(inputs.begin(), inputs.end()) {}
  [[nodiscard]] std::int64_t count() const override { return source_->count(); }
  [[nodiscard]] std::string text() const override { return source_->text(); }
  [[nodiscard]] std::string name(std::int64_t index) const override { return source_->name(index); }
  Result<std::vector<Tensor>> load(std::int64_t index) override {
    VERNIER_ASSIGN(auto sample, source_->load(index));
    if (sample.size() != inputs_.size()) return data_error("an input is missing");
    for (std::size_t i = 0; i < sample.size(); ++i) {
      const std::string problem = misfit(sample[i], inputs_[i]);
      if (!problem.empty()) return data_error(problem);
    }
    return sample;
  }

 private:
  std::unique_ptr<SampleSource> source_;
  std::vector<TensorInfo> inputs_;
};

Result<std::unique_ptr<SampleSource>> open_unchecked(const std::string& path,
                                                     const std::string& preprocess,
                                                     const std::optional<FoldedPreprocess>& folded,
                                                     std::span<const TensorInfo> inputs,
                                                     const std::shared_ptr<MemoryBudget>& budget) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status)) {
    return invalid_data("'" + path + "' does not exist; --data wants a folder or an .npz file",
                        "E-FILE-OPEN");
  }
  const auto& presets = preprocess_presets();
  const bool known = preprocess.empty() ||
                     std::any_of(presets.begin(), presets.end(),
                                 [&](const auto& preset) { return preset.name == preprocess; });
  if (!known) {
    std::string names;
    for (const auto& preset : presets) {
      names.append(names.empty() ? "" : ", ").append(preset.name);
    }
    return usage_error("there is no preset '" + preprocess + "' (there are: " + names + ")",
                       "E-PREPROCESS-NAME");
  }
  if (!fs::is_directory(status)) {
    if (path.ends_with(".npz") && !preprocess.empty()) {
      return usage_error("--preprocess is for pictures; arrays are taken as they are");
    }
    if (path.ends_with(".npz")) return ArchiveSamples::open(path, inputs, budget);
    return data_error("'" + path + "' is neither a folder nor an .npz file");
  }
  VERNIER_ASSIGN(std::vector<std::string> arrays, arrays_in(path));
  if (!arrays.empty()) {
    return std::unique_ptr<SampleSource>(
        std::make_unique<FileSamples>(path, std::move(arrays), inputs, budget));
  }
  const std::string paths[] = {path};
  auto media = open_media(paths);
  if (!media) {
    Error problem = std::move(media).error();
    if (problem.id != "E-MEDIA-SOURCE") return problem;
    return data_error("'" + path + "' holds no .png, .jpg, .npy or .npz file, so no samples");
  }
  if (inputs.size() != 1 || !takes_pictures(inputs[0])) {
    return data_error("pictures serve models with one picture-like input; this one has " +
                      names_of(inputs) + " (give .npz samples)");
  }
  VERNIER_ASSIGN(PicturePlan plan, plan_picture(inputs[0], preprocess, folded));
  return std::unique_ptr<SampleSource>(std::make_unique<PictureSamples>(
      std::move(media).value(), path, std::move(plan.preset), std::move(plan.spec), budget));
}

}  // namespace

bool is_sample_name(const std::string& name) {
  return !is_hidden(name) && (is_array_name(name) || is_picture_name(name));
}

Result<std::unique_ptr<SampleSource>> open_samples(const std::string& path,
                                                   const std::string& preprocess,
                                                   const std::optional<FoldedPreprocess>& folded,
                                                   std::span<const TensorInfo> inputs,
                                                   const std::shared_ptr<MemoryBudget>& budget) {
  VERNIER_ASSIGN(auto source, open_unchecked(path, preprocess, folded, inputs, budget));
  return std::unique_ptr<SampleSource>(std::make_unique<CheckedSamples>(std::move(source), inputs));
}

}  // namespace vernier
