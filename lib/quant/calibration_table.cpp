#include "quant/calibration_table.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "tensor/npz.h"

namespace vernier {
namespace {

constexpr std::int64_t kFigures = 15;
constexpr std::string_view kFormat = "vernier calibration 1";

template <class T>
Tensor tensor_of(DType dtype, const std::vector<T>& values, const Shape& shape) {
  auto owner = std::make_shared<const std::vector<T>>(values);  // shared: the tensor keeps it
  const auto* data = reinterpret_cast<const std::byte*>(owner->data());
  return Tensor::borrow(dtype, shape, data, std::move(owner));
}
template <class T>
Tensor tensor_of(DType dtype, const std::vector<T>& values) {
  return tensor_of(dtype, values, {static_cast<std::int64_t>(values.size())});
}

Result<Tensor> texts(const std::vector<std::string>& values) {
  VERNIER_ASSIGN(Tensor tensor,
                 Tensor::allocate(DType::string, {static_cast<std::int64_t>(values.size())}));
  std::copy(values.begin(), values.end(), tensor.mutable_as<std::string>());
  return tensor;
}

Error broken(const std::string& why) {
  return invalid_data("the file is no calibration table: " + why, "E-CALIBRATION-TABLE");
}

Result<Tensor> member(const NpzReader& archive, std::string_view name, DType dtype,
                      std::size_t rank) {
  if (archive.find(name) == nullptr) return broken("it has no '" + std::string(name) + "'");
  VERNIER_ASSIGN(Tensor tensor, archive.read(name));
  if (tensor.dtype() != dtype || tensor.shape().size() != rank) {
    return broken("'" + std::string(name) + "' is " + describe(tensor.view()));
  }
  return tensor.to_aligned();
}

/// Whole numbers are kept as doubles, exact up to 2^53.
std::int64_t whole(double value) {
  return std::isfinite(value) ? static_cast<std::int64_t>(std::clamp(value, 0.0, 9e15)) : 0;
}

Result<void> read_channels(const NpzReader& archive, std::vector<ChannelFactors>& channels) {
  VERNIER_ASSIGN(const Tensor names, member(archive, "equalized", DType::string, 1));
  VERNIER_ASSIGN(const Tensor counts, member(archive, "equalized_counts", DType::int64, 1));
  VERNIER_ASSIGN(const Tensor factors, member(archive, "equalized_factors", DType::float32, 1));
  if (names.element_count() != counts.element_count()) return broken("lengths differ");
  std::int64_t at = 0;
  for (std::int64_t i = 0; i < names.element_count(); ++i) {
    const std::int64_t n = counts.as<std::int64_t>()[i];
    if (n < 0 || n > factors.element_count() - at) return broken("lengths differ");
    const float* begin = factors.as<float>() + at;
    const auto usable = [](float x) { return std::isnormal(x) && x > 0.0F; };
    if (!std::all_of(begin, begin + n, usable)) return broken("it has impossible factors");
    channels.push_back({names.as<std::string>()[i], {begin, begin + n}});
    at += n;
  }
  return {};
}

template <class T>
bool all_finite(const T* begin, std::int64_t count) {
  return std::all_of(begin, begin + count, [](T x) { return std::isfinite(x); });
}
bool are_finite(const Tensor& tensor, std::int64_t first, std::int64_t count) {
  return tensor.dtype() == DType::float64 ? all_finite(tensor.as<double>() + first, count)
                                          : all_finite(tensor.as<float>() + first, count);
}

bool valid_limit(double limit) {
  if (limit == 0.0) return true;
  int exponent = 0;
  return std::isfinite(limit) && limit > 0.0 && std::frexp(limit, &exponent) == 0.5;
}

}  // namespace

TensorStats& CalibrationTable::add(TensorStats stats) {
  tensors_.push_back(std::move(stats));
  return tensors_.back();
}

TensorStats* CalibrationTable::find(std::string_view name) {
  const auto at = std::find_if(tensors_.begin(), tensors_.end(),
                               [&](const TensorStats& stats) { return stats.name() == name; });
  return at == tensors_.end() ? nullptr : &*at;
}
const TensorStats* CalibrationTable::find(std::string_view name) const {
  return const_cast<CalibrationTable*>(this)->find(name);
}

Result<void> CalibrationTable::save(const std::string& path) const {
  const auto count = static_cast<std::int64_t>(tensors_.size());
  std::vector<std::string> names;
  std::vector<double> figures;
  std::vector<std::uint64_t> negative;
  std::vector<std::uint64_t> positive;
  std::vector<std::int64_t> channel_counts;
  std::vector<float> channel_low;
  std::vector<float> channel_high;
  std::vector<double> channel_sum;
  std::vector<double> history;
  for (const TensorStats& s : tensors_) {
    const Histogram& h = s.histogram_;
    for (const double figure :
         {static_cast<double>(s.samples_), static_cast<double>(s.elements_),
          static_cast<double>(s.low_), static_cast<double>(s.high_), s.sum_, s.sum_square_,
          s.low_sum_, s.high_sum_, s.moving_low_, s.moving_high_,
          static_cast<double>(s.channel_axis_), static_cast<double>(s.channel_count_),
          h.negative().limit, h.positive().limit, static_cast<double>(h.zeros())}) {
      figures.push_back(figure);
    }
    for (const RangeAfter& entry : s.history_) {
      history.insert(history.end(),
                     {static_cast<double>(names.size()), static_cast<double>(entry.samples),
                      static_cast<double>(entry.low), static_cast<double>(entry.high)});
    }
    names.push_back(s.name_);
    negative.insert(negative.end(), h.negative().bins.begin(), h.negative().bins.end());
    positive.insert(positive.end(), h.positive().bins.begin(), h.positive().bins.end());
    channel_counts.push_back(static_cast<std::int64_t>(s.channel_low_.size()));
    channel_low.insert(channel_low.end(), s.channel_low_.begin(), s.channel_low_.end());
    channel_high.insert(channel_high.end(), s.channel_high_.begin(), s.channel_high_.end());
    channel_sum.insert(channel_sum.end(), s.channel_sum_.begin(), s.channel_sum_.end());
  }
  constexpr auto kBins = static_cast<std::int64_t>(Histogram::kBins);
  VERNIER_ASSIGN(NpzWriter writer, NpzWriter::open(path, true));
  VERNIER_ASSIGN(const Tensor about, texts({std::string(kFormat), model_sha256, data,
                                            std::to_string(samples), std::to_string(skipped)}));
  VERNIER_TRY(writer.add("about", about.view()));
  VERNIER_ASSIGN(const Tensor name_list, texts(names));
  VERNIER_TRY(writer.add("names", name_list.view()));
  const auto put = [&](std::string_view name, const Tensor& tensor) -> Result<void> {
    VERNIER_TRY(writer.add(name, tensor.view()));
    return {};
  };
  VERNIER_TRY(put("figures", tensor_of(DType::float64, figures, {count, kFigures})));
  VERNIER_TRY(put("negative_bins", tensor_of(DType::uint64, negative, {count, kBins})));
  VERNIER_TRY(put("positive_bins", tensor_of(DType::uint64, positive, {count, kBins})));
  VERNIER_TRY(put("channel_counts", tensor_of(DType::int64, channel_counts)));
  VERNIER_TRY(put("channel_low", tensor_of(DType::float32, channel_low)));
  VERNIER_TRY(put("channel_high", tensor_of(DType::float32, channel_high)));
  VERNIER_TRY(put("channel_sum", tensor_of(DType::float64, channel_sum)));
  std::vector<std::string> equalized;
  std::vector<std::int64_t> equalized_counts;
  std::vector<float> equalized_factors;
  for (const ChannelFactors& c : channels) {
    equalized.push_back(c.tensor);
    equalized_counts.push_back(static_cast<std::int64_t>(c.factors.size()));
    equalized_factors.insert(equalized_factors.end(), c.factors.begin(), c.factors.end());
  }
  VERNIER_ASSIGN(const Tensor equalized_list, texts(equalized));
  VERNIER_TRY(put("equalized", equalized_list));
  VERNIER_TRY(put("equalized_counts", tensor_of(DType::int64, equalized_counts)));
  VERNIER_TRY(put("equalized_factors", tensor_of(DType::float32, equalized_factors)));
  const auto rows = static_cast<std::int64_t>(history.size() / 4);
  VERNIER_TRY(put("history", tensor_of(DType::float64, history, {rows, 4})));
  return writer.commit();
}

Result<CalibrationTable> CalibrationTable::load(const std::string& path) {
  VERNIER_ASSIGN(const NpzReader archive, NpzReader::open(path));
  VERNIER_ASSIGN(const Tensor about, member(archive, "about", DType::string, 1));
  if (about.element_count() != 5 || about.as<std::string>()[0] != kFormat) {
    return broken("it is not of the form '" + std::string(kFormat) + "'");
  }
  VERNIER_ASSIGN(const Tensor names, member(archive, "names", DType::string, 1));
  VERNIER_ASSIGN(const Tensor figures, member(archive, "figures", DType::float64, 2));
  VERNIER_ASSIGN(const Tensor negative, member(archive, "negative_bins", DType::uint64, 2));
  VERNIER_ASSIGN(const Tensor positive, member(archive, "positive_bins", DType::uint64, 2));
  VERNIER_ASSIGN(const Tensor channels, member(archive, "channel_counts", DType::int64, 1));
  VERNIER_ASSIGN(const Tensor low, member(archive, "channel_low", DType::float32, 1));
  VERNIER_ASSIGN(const Tensor high, member(archive, "channel_high", DType::float32, 1));
  VERNIER_ASSIGN(const Tensor sum, member(archive, "channel_sum", DType::float64, 1));
  VERNIER_ASSIGN(const Tensor history, member(archive, "history", DType::float64, 2));
  const std::int64_t count = names.element_count();
  const auto bins_shape = Shape{count, static_cast<std::int64_t>(Histogram::kBins)};
  const bool fits = figures.shape() == Shape{count, kFigures} && negative.shape() == bins_shape &&
                    positive.shape() == bins_shape && channels.element_count() == count &&
                    low.shape() == high.shape() && low.shape() == sum.shape() &&
                    history.shape()[1] == 4;
  if (!fits) return broken("its parts have different lengths");
  CalibrationTable table;
  const auto* about_text = about.as<std::string>();
  table.model_sha256 = about_text[1];
  table.data = about_text[2];
  table.samples = std::atoll(about_text[3].c_str());
  table.skipped = std::atoll(about_text[4].c_str());
  std::int64_t at = 0;
  for (std::int64_t t = 0; t < count; ++t) {
    const double* f = figures.as<double>() + t * kFigures;
    const std::int64_t n = channels.as<std::int64_t>()[t];
    const auto fits_float = [](double x) {
      return std::abs(x) <= static_cast<double>(std::numeric_limits<float>::max());
    };
    const bool good = n >= 0 && n <= low.element_count() - at && valid_limit(f[12]) &&
                      valid_limit(f[13]) && fits_float(f[2]) && fits_float(f[3]) && f[2] <= f[3] &&
                      std::all_of(f + 4, f + 10, [](double x) { return std::isfinite(x); }) &&
                      fits_float(f[8]) && fits_float(f[9]) && are_finite(low, at, n) &&
                      are_finite(high, at, n) && are_finite(sum, at, n);
    if (!good) {
      return broken("tensor " + std::to_string(t) + " has impossible figures");
    }
    TensorStats s(names.as<std::string>()[t], static_cast<int>(std::clamp(f[10], -1.0, 64.0)));
    s.samples_ = whole(f[0]);
    s.elements_ = whole(f[1]);
    s.low_ = static_cast<float>(f[2]);
    s.high_ = static_cast<float>(f[3]);
    s.sum_ = f[4];
    s.sum_square_ = f[5];
    s.low_sum_ = f[6];
    s.high_sum_ = f[7];
    s.moving_low_ = f[8];
    s.moving_high_ = f[9];
    s.channel_count_ = whole(f[11]);
    s.channel_low_.assign(low.as<float>() + at, low.as<float>() + at + n);
    s.channel_high_.assign(high.as<float>() + at, high.as<float>() + at + n);
    s.channel_sum_.assign(sum.as<double>() + at, sum.as<double>() + at + n);
    at += n;
    Histogram::Side down;
    Histogram::Side up;
    down.limit = f[12];
    up.limit = f[13];
    std::copy_n(negative.as<std::uint64_t>() + t * bins_shape[1], Histogram::kBins,
                down.bins.begin());
    std::copy_n(positive.as<std::uint64_t>() + t * bins_shape[1], Histogram::kBins,
                up.bins.begin());
    s.histogram_.restore(down, up, static_cast<std::uint64_t>(whole(f[14])));
    table.add(std::move(s));
  }
  for (std::int64_t r = 0; r < history.shape()[0]; ++r) {
    const double* row = history.as<double>() + r * 4;
    const std::int64_t t = whole(row[0]);
    if (t >= count) return broken("its history names a tensor that is not there");
    table.tensors_[static_cast<std::size_t>(t)].history_.push_back(
        {whole(row[1]), static_cast<float>(row[2]), static_cast<float>(row[3])});
  }
  VERNIER_TRY(read_channels(archive, table.channels));
  return table;
}

}  // namespace vernier
