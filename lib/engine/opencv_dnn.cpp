#include "engine/opencv_dnn.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/dnn.hpp>

#include "base/file.h"
#include "engine/inputs.h"
#include "engine/run_timer.h"
#include "onnx/type_proto.h"
#include "onnx/wire.h"

namespace vernier {
namespace {

using onnx::Bytes;
using onnx::WireField;
using onnx::WireReader;
using onnx::WireType;

/// OpenCV's exceptions say where, what and why on many lines.
Error refusal(const std::exception& exception) {
  std::string text;
  for (const char c : std::string(exception.what())) text += c == '\n' || c == '\t' ? ' ' : c;
  return unsupported(text.substr(0, 600), "E-UNSUPPORTED");
}

/// What calls OpenCV: its exceptions become errors.
template <class F>
Result<void> guarded(F&& call) {
  try {
    call();
    return {};
  } catch (const std::exception& exception) {
    return refusal(exception);
  }
}

/// The payload of the last field `number` of a message; empty when there is none.
Result<Bytes> last_of(Bytes message, const std::byte* origin, std::uint32_t number) {
  WireReader reader(message, origin);
  Bytes found;
  while (!reader.done()) {
    VERNIER_ASSIGN(const WireField field, reader.next());
    if (field.number != number) continue;
    VERNIER_TRY(reader.expect(field, WireType::bytes));
    found = field.bytes;
  }
  return found;
}

std::string text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

struct Description {
  std::vector<TensorInfo> inputs;  ///< without those that have an initializer
  std::vector<TensorInfo> outputs;
};

/// Inputs and outputs of an ONNX file, by onnx.proto: ModelProto.graph 7; GraphProto.initializer 5,
/// input 11, output 12; TensorProto.name 8; ValueInfoProto.name 1, type 2.
Result<Description> describe(const std::string& path) {
  VERNIER_ASSIGN(const auto file, MappedFile::open(path));
  const std::byte* origin = file->bytes().data();
  VERNIER_ASSIGN(const Bytes graph, last_of(file->bytes(), origin, 7));
  if (graph.empty()) return invalid_model("the file holds no graph", "E-MODEL-PARSE");
  Description result;
  std::set<std::string> defaults;
  WireReader reader(graph, origin);
  while (!reader.done()) {
    VERNIER_ASSIGN(const WireField field, reader.next());
    if (field.number != 5 && field.number != 11 && field.number != 12) continue;
    VERNIER_TRY(reader.expect(field, WireType::bytes));
    if (field.number == 5) {
      VERNIER_ASSIGN(const Bytes name, last_of(field.bytes, origin, 8));
      defaults.insert(text_of(name));
      continue;
    }
    TensorInfo info;
    VERNIER_ASSIGN(const Bytes name, last_of(field.bytes, origin, 1));
    VERNIER_ASSIGN(const Bytes type, last_of(field.bytes, origin, 2));
    info.name = text_of(name);
    VERNIER_ASSIGN(info.type, onnx::read_type(type, origin));
    (field.number == 11 ? result.inputs : result.outputs).push_back(std::move(info));
  }
  std::erase_if(result.inputs, [&](const TensorInfo& i) { return defaults.count(i.name) > 0; });
  return result;
}

class OpenCvEngine final : public Engine {
 public:
  [[nodiscard]] std::string name() const override { return "opencv-system"; }
  [[nodiscard]] std::string version() const override { return CV_VERSION; }

  Result<void> load(const std::string& path, const EngineSettings& settings) override {
    if (settings.precision != "fp32") {
      return unsupported("opencv runs in fp32 here, not in " + settings.precision,
                         "E-ENGINE-PRECISION");
    }
    if (settings.streams != 1) {
      return unsupported("opencv keeps one inference in flight with one set of weights, not " +
                             std::to_string(settings.streams),
                         "E-ENGINE-STREAMS");
    }
    for (const auto& [key, value] : settings.options) {
      return usage_error("opencv-system has no option '" + key + "'", "E-ENGINE-OPTION");
    }
    VERNIER_ASSIGN(description_, describe(path));
    VERNIER_TRY(guarded([&] {
      cv::setNumThreads(settings.threads);
      net_ = cv::dnn::readNetFromONNX(path);
      net_.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
      net_.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
    }));
    if (cv::getNumThreads() != settings.threads) {
      return unsupported("opencv would use " + std::to_string(cv::getNumThreads()) + " threads",
                         "E-ENGINE-THREADS");
    }
    return {};
  }

  [[nodiscard]] const std::vector<TensorInfo>& inputs() const override {
    return description_.inputs;
  }
  [[nodiscard]] const std::vector<TensorInfo>& outputs() const override {
    return description_.outputs;
  }

  Result<void> bind(std::span<const NamedTensor> inputs) override {
    VERNIER_ASSIGN(bound_, order_inputs(description_.inputs, inputs));
    for (std::size_t i = 0; i < bound_.size(); ++i) {
      const std::string& input = description_.inputs[i].name;
      if (bound_[i].dtype() != DType::float32) {
        return unsupported("opencv " CV_VERSION " takes float inputs only, '" + input + "' is " +
                               std::string(dtype_name(bound_[i].dtype())),
                           "E-INPUT-DTYPE");
      }
      std::vector<int> sizes;
      for (const std::int64_t size : bound_[i].shape()) sizes.push_back(static_cast<int>(size));
      VERNIER_TRY(guarded([&] {
        const cv::Mat blob(sizes, CV_32F, const_cast<std::byte*>(bound_[i].data()));
        net_.setInput(blob, input);
      }));
    }
    return name_outputs();
  }

  Result<void> run() override {
    return guarded([&] { net_.forward(results_, names_); });
  }

  Result<TimedRuns> run_timed(int n) override {
    return time_runs(n, 1, [this](int) { return run(); });
  }

  Result<std::vector<NamedTensor>> fetch_outputs() override {
    std::vector<NamedTensor> outputs;
    for (std::size_t i = 0; i < description_.outputs.size(); ++i) {
      const std::string& output = description_.outputs[i].name;
      if (i >= results_.size() || results_[i].type() != CV_32F || !results_[i].isContinuous()) {
        return unsupported("opencv gives output '" + output + "' in a type other than float",
                           "E-OUTPUT-DTYPE");
      }
      Shape shape;
      for (int d = 0; d < results_[i].dims; ++d) shape.push_back(results_[i].size[d]);
      // A Mat has two dimensions at least.
      const ValueType& declared = description_.outputs[i].type;
      if (declared.ranked && declared.rank() < 2 && shape.size() == 2 && shape[1] == 1) {
        shape = declared.rank() == 1 ? Shape{shape[0]} : Shape{};
      }
      VERNIER_ASSIGN(Tensor tensor, Tensor::allocate(DType::float32, shape));
      std::memcpy(tensor.mutable_as<float>(), results_[i].data, tensor.byte_count());
      outputs.push_back({output, std::move(tensor)});
    }
    return outputs;
  }

  [[nodiscard]] EngineFacts facts() const override {
    EngineFacts facts;
    facts.notes = {"backend=DNN_BACKEND_OPENCV", "target=DNN_TARGET_CPU",
                   "threads=" + std::to_string(cv::getNumThreads()),
                   "inputs are set (copied) when they are bound, not in a run"};
    return facts;
  }

 private:
  /// The file's names where OpenCV knows them, else those that it made up, in its order.
  Result<void> name_outputs() {
    std::vector<std::string> known;
    VERNIER_TRY(guarded([&] { known = net_.getUnconnectedOutLayersNames(); }));
    names_.clear();
    for (const TensorInfo& output : description_.outputs) {
      if (std::find(known.begin(), known.end(), output.name) != known.end()) {
        names_.push_back(output.name);
      }
    }
    if (names_.size() != description_.outputs.size()) names_ = known;
    if (names_.size() == description_.outputs.size()) return {};
    return unsupported("opencv finds " + std::to_string(known.size()) + " outputs, the model has " +
                           std::to_string(description_.outputs.size()),
                       "E-UNSUPPORTED");
  }

  cv::dnn::Net net_;
  Description description_;
  std::vector<Tensor> bound_;
  std::vector<std::string> names_;
  std::vector<cv::Mat> results_;
};

}  // namespace

std::unique_ptr<Engine> make_opencv_engine() { return std::make_unique<OpenCvEngine>(); }

}  // namespace vernier
