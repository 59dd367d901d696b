#include "api/run_inputs.h"

#include <sys/stat.h>

#include <algorithm>

#include "api/settings.h"
#include "data/image.h"
#include "data/synthetic.h"
#include "engine/inputs.h"
#include "tensor/npy.h"
#include "tensor/npz.h"

namespace vernier {
namespace {

bool ends_with_any(const std::string& path, std::initializer_list<std::string_view> suffixes) {
  std::string lower = path;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return std::any_of(suffixes.begin(), suffixes.end(),
                     [&](std::string_view suffix) { return lower.ends_with(suffix); });
}

bool exists(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0;
}

/// What one --input says.
struct Spec {
  std::string name;  ///< empty: not said
  std::string file;
  std::string member;  ///< of an .npz; empty: not said
};

Spec parse_spec(const std::string& text, std::span<const TensorInfo> inputs) {
  Spec spec;
  spec.file = text;
  // Names and paths may both hold '='. A name of the model wins, then a file that exists as a
  // whole.
  for (const TensorInfo& input : inputs) {
    if (text.size() > input.name.size() && text.starts_with(input.name) &&
        text[input.name.size()] == '=' && input.name.size() >= spec.name.size()) {
      spec.name = input.name;
    }
  }
  if (spec.name.empty() && !exists(text)) spec.name = text.substr(0, text.find('='));
  if (spec.name.size() == text.size()) spec.name.clear();
  if (!spec.name.empty()) spec.file = text.substr(spec.name.size() + 1);
  const auto colon = spec.file.rfind(".npz:");
  if (colon != std::string::npos) {
    spec.member = spec.file.substr(colon + 5);
    spec.file.resize(colon + 4);
  }
  return spec;
}

/// The input that a file without a name is for.
Result<std::string> only_taker(const Spec& spec, std::span<const TensorInfo> inputs, bool picture) {
  std::vector<std::string> takers;
  for (const TensorInfo& input : inputs) {
    if (!picture || takes_pictures(input)) takers.push_back(input.name);
  }
  if (takers.size() == 1) return takers.front();
  return usage_error("which input is '" + spec.file + "' for? Say NAME=" + spec.file +
                         "; the model has " + names_of(inputs),
                     "E-INPUT-NAME");
}

class Gatherer {
 public:
  Gatherer(std::span<const TensorInfo> inputs, const InputRequest& request,
           const std::shared_ptr<MemoryBudget>& budget)
      : inputs_(inputs), request_(request), budget_(budget) {}

  Result<GatheredInputs> gather() && {
    if (request_.files.empty()) {
      VERNIER_TRY(make_up());
      return std::move(result_);
    }
    for (const std::string& text : request_.files) {
      const Spec spec = parse_spec(text, inputs_);
      if (is_picture_name(spec.file)) {
        VERNIER_TRY(read_picture(spec));
      } else if (ends_with_any(spec.file, {".npz"})) {
        VERNIER_TRY(read_archive(spec));
      } else if (ends_with_any(spec.file, {".npy"})) {
        VERNIER_TRY(read_array(spec));
      } else {
        return usage_error(
            "input '" + text + "' is neither .npy, .npz, .png nor .jpg (say NAME=FILE or FILE)",
            "E-INPUT-FILE");
      }
    }
    VERNIER_TRY(check_shapes());
    return std::move(result_);
  }

 private:
  void add(const std::string& name, Tensor tensor, InputOrigin origin) {
    result_.tensors.push_back({name, std::move(tensor)});
    result_.origins.push_back(std::move(origin));
  }
  void add_from_file(const std::string& name, Tensor tensor, const std::string& file,
                     const std::string& member = {}) {
    InputOrigin origin;
    origin.text = origin.file = member.empty() ? file : file + ":" + member;
    add(name, std::move(tensor), std::move(origin));
  }

  /// The type of an input with a shape that the caller gave; nullptr type for unknown names.
  Result<TensorInfo> find_input(const std::string& name) const {
    const auto at = std::find_if(inputs_.begin(), inputs_.end(),
                                 [&](const TensorInfo& input) { return input.name == name; });
    if (at != inputs_.end()) return *at;
    return usage_error("the model has no input '" + name + "'; its inputs are " + names_of(inputs_),
                       "E-INPUT-NAME");
  }

  Result<void> make_up() {
    VERNIER_ASSIGN(ResolvedInputs resolved, resolve_inputs(inputs_, request_.shapes));
    result_.assumed = std::move(resolved.assumed);
    result_.synthetic = true;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      const ValueType& type = resolved.types[i];
      SyntheticOptions options;
      options.seed = request_.seed;
      options.table_rows = inputs_[i].table_rows;
      VERNIER_ASSIGN(auto made,
                     make_synthetic(inputs_[i].name, type.dtype, *type.shape(), options, budget_));
      InputOrigin origin;
      origin.kind = synthetic_kind_name(made.kind);
      origin.text = "synthetic (" + origin.kind + ", seed " + std::to_string(request_.seed) + ")";
      add(inputs_[i].name, std::move(made.tensor), std::move(origin));
    }
    return {};
  }

  Result<void> read_picture(const Spec& spec) {
    std::string name = spec.name;
    if (name.empty()) {
      VERNIER_ASSIGN(name, only_taker(spec, inputs_, true));
    }
    VERNIER_ASSIGN(const TensorInfo input, find_input(name));
    VERNIER_ASSIGN(LoadedImage picture, load_image(spec.file));
    VERNIER_ASSIGN(PicturePlan plan, plan_picture(input, request_.preprocess, request_.folded));
    ImageInputSpec& wanted = plan.spec;
    const std::string& preset = plan.preset;
    for (const auto& [shaped, shape] : request_.shapes) {
      if (shaped == name && shape.size() == wanted.dims.size()) wanted.dims = shape;
    }
    if (plan.assumed) {
      result_.notes.push_back("no --preprocess given: '" + preset + "' is used for " + spec.file);
    }
    auto made = preprocess_image(picture, preset, wanted, budget_);
    if (!made) {
      if (made.error().where.tensor.empty()) made.error().where.tensor = name;
      return std::move(made).error();
    }
    InputOrigin origin;
    origin.text =
        spec.file + " (" + preset + (wanted.pixels.empty() ? ")" : ", scaled by the model)");
    origin.file = spec.file;
    origin.record = made->record;
    add(name, std::move(made->tensor), std::move(origin));
    result_.picture = std::move(picture);
    result_.record = std::move(made->record);
    return {};
  }

  Result<void> read_array(const Spec& spec) {
    std::string name = spec.name;
    if (name.empty()) {
      VERNIER_ASSIGN(name, only_taker(spec, inputs_, false));
    }
    VERNIER_TRY(find_input(name));
    VERNIER_ASSIGN(Tensor tensor, read_npy(spec.file, budget_));
    add_from_file(name, std::move(tensor), spec.file);
    return {};
  }

  Result<void> read_archive(const Spec& spec) {
    VERNIER_ASSIGN(const NpzReader archive, NpzReader::open(spec.file));
    if (!spec.member.empty() || !spec.name.empty()) {
      std::string name = spec.name;
      std::string member = spec.member;
      if (name.empty()) name = member;
      VERNIER_TRY(find_input(name));
      if (member.empty()) {
        // A file with one member needs no name for it.
        member = archive.entries().size() == 1 ? archive.entries().front().name : name;
      }
      VERNIER_ASSIGN(Tensor tensor, archive.read(member, budget_));
      add_from_file(name, std::move(tensor), spec.file, member);
      return {};
    }
    for (const NpzEntry& entry : archive.entries()) {
      const std::string name = unescape_member_name(entry.name).value_or(entry.name);
      VERNIER_TRY(find_input(name));
      VERNIER_ASSIGN(Tensor tensor, archive.read(entry.name, budget_));
      add_from_file(name, std::move(tensor), spec.file, entry.name);
    }
    return {};
  }

  /// Shapes that were given as well must be those of the files.
  Result<void> check_shapes() const {
    for (const auto& [name, shape] : request_.shapes) {
      VERNIER_TRY(find_input(name));
      for (const NamedTensor& given : result_.tensors) {
        if (given.name != name) continue;
        const Shape& actual = given.tensor.shape();
        if (std::equal(actual.begin(), actual.end(), shape.begin(), shape.end())) continue;
        Error error = usage_error("the input is " + describe(given.tensor.view()) +
                                      ", which is not the shape given for it",
                                  "E-SHAPE");
        error.where.tensor = name;
        return error;
      }
    }
    return {};
  }

  std::span<const TensorInfo> inputs_;
  const InputRequest& request_;
  const std::shared_ptr<MemoryBudget>& budget_;
  GatheredInputs result_;
};

/// Gives the free first dimension of the inputs, and every dimension of the same name, a size.
Result<std::vector<TensorInfo>> with_batch(std::span<const TensorInfo> inputs, std::int64_t batch) {
  std::vector<TensorInfo> bound(inputs.begin(), inputs.end());
  if (batch <= 0) return bound;
  std::vector<std::string> symbols;
  bool found = false;
  bool all_fixed_so = true;  // a model made for this batch and no other
  for (TensorInfo& input : bound) {
    if (!input.type.ranked || input.type.dims.empty()) continue;
    Dim& first = input.type.dims.front();
    if (first.is_known()) {
      all_fixed_so = all_fixed_so && first.value == batch;
      continue;
    }
    found = true;
    if (!first.symbol.empty()) symbols.push_back(first.symbol);
    first = Dim::known(batch);
  }
  if (!found && !all_fixed_so) {
    return usage_error(
        "batch " + std::to_string(batch) + ": no input of the model has a free first dimension",
        "E-BATCH");
  }
  for (TensorInfo& input : bound) {
    for (Dim& dim : input.type.dims) {
      const bool same = !dim.is_known() && !dim.symbol.empty() &&
                        std::find(symbols.begin(), symbols.end(), dim.symbol) != symbols.end();
      if (same) dim = Dim::known(batch);
    }
  }
  return bound;
}

/// The tensors for inputs whose first dimension counts samples.
std::vector<const NamedTensor*> sample_inputs(std::span<const TensorInfo> inputs,
                                              const std::vector<NamedTensor>& tensors) {
  std::vector<const NamedTensor*> free;
  std::vector<const NamedTensor*> pictures;
  for (const TensorInfo& input : inputs) {
    const auto at = std::find_if(tensors.begin(), tensors.end(),
                                 [&](const NamedTensor& t) { return t.name == input.name; });
    if (at == tensors.end() || at->tensor.shape().empty()) continue;
    const bool known =
        input.type.ranked && !input.type.dims.empty() && input.type.dims.front().is_known();
    if (!known) free.push_back(&*at);
    if (at->tensor.shape().size() == 4) pictures.push_back(&*at);
  }
  return free.empty() ? pictures : free;
}

std::int64_t samples_of(std::span<const TensorInfo> inputs,
                        const std::vector<NamedTensor>& tensors) {
  std::int64_t samples = 0;
  for (const NamedTensor* input : sample_inputs(inputs, tensors)) {
    const std::int64_t first = input->tensor.shape()[0];
    if (samples != 0 && samples != first) return 1;
    samples = first;
  }
  return std::max<std::int64_t>(samples, 1);
}

Result<void> check_batch(std::span<const TensorInfo> inputs,
                         const std::vector<NamedTensor>& tensors, std::int64_t batch) {
  for (const NamedTensor* input : sample_inputs(inputs, tensors)) {
    if (input->tensor.shape()[0] == batch) continue;
    Error error = usage_error("the input is " + describe(input->tensor.view()) +
                                  ", which is no batch of " + std::to_string(batch),
                              "E-BATCH");
    error.where.tensor = input->name;
    return error;
  }
  return {};
}

}  // namespace

std::string input_file_of(const std::string& text) { return parse_spec(text, {}).file; }

Result<GatheredInputs> gather_inputs(std::span<const TensorInfo> inputs,
                                     const InputRequest& request,
                                     const std::shared_ptr<MemoryBudget>& budget) {
  VERNIER_ASSIGN(const auto bound, with_batch(inputs, request.batch));
  VERNIER_ASSIGN(GatheredInputs gathered, Gatherer(bound, request, budget).gather());
  if (request.batch > 0) VERNIER_TRY(check_batch(inputs, gathered.tensors, request.batch));
  gathered.batch = samples_of(inputs, gathered.tensors);
  return gathered;
}

}  // namespace vernier
