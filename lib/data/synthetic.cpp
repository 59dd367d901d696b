#include "data/synthetic.h"

#include <algorithm>
#include <array>
#include <complex>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "base/counter_random.h"
#include "tensor/element.h"

namespace vernier {
namespace {

struct KindName {
  SyntheticKind kind;
  std::string_view name;
};
constexpr std::array<KindName, 11> kKindNames = {{
    {SyntheticKind::automatic, "automatic"},
    {SyntheticKind::image, "image"},
    {SyntheticKind::audio, "audio"},
    {SyntheticKind::gaussian, "gaussian"},
    {SyntheticKind::token_ids, "token_ids"},
    {SyntheticKind::positions, "positions"},
    {SyntheticKind::ones, "ones"},
    {SyntheticKind::zeros, "zeros"},
    {SyntheticKind::length, "length"},
    {SyntheticKind::bits, "bits"},
    {SyntheticKind::words, "words"},
}};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool has_any(const std::string& text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return text.find(word) != std::string::npos; });
}

bool is_channel_count(std::int64_t n) { return n == 1 || n == 3 || n == 4; }

/// Where height, width and channels are; nullopt when the shape is no picture.
struct Picture {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 0;
  bool channels_last = false;
};
std::optional<Picture> as_picture(const Shape& shape) {
  if (shape.size() != 4 && shape.size() != 3) return std::nullopt;
  const std::size_t first = shape.size() - 3;
  const Picture nchw{shape[first + 1], shape[first + 2], shape[first], false};
  const Picture nhwc{shape[first], shape[first + 1], shape[first + 2], true};
  for (const Picture& p : {nchw, nhwc}) {
    if (is_channel_count(p.channels) && p.height >= 8 && p.width >= 8) return p;
  }
  return std::nullopt;
}

/// In [0, 1), exact: 53 random bits.
double unit(std::uint64_t bits) { return static_cast<double>(bits >> 11U) * 0x1p-53; }

/// Sum of four 16-bit uniforms, centred and scaled to standard deviation 1 (Irwin-Hall); exact
/// integer arithmetic up to one multiplication, no libm.
double gaussian(std::uint64_t bits) {
  std::int64_t sum = 0;
  for (unsigned shift = 0; shift < 64; shift += 16) {
    sum += static_cast<std::int64_t>((bits >> shift) & 0xFFFFU);
  }
  constexpr double kScale = 1.7320508075688772 / 65536.0;  // sqrt(12 / 4)
  return static_cast<double>(sum - 2 * 65535) * kScale;
}

/// Value noise: a lattice of random values, interpolated with the smoothstep polynomial.
double lattice_noise(std::uint64_t key, std::int64_t y, std::int64_t x, std::int64_t cell) {
  const auto corner = [&](std::int64_t cy, std::int64_t cx) {
    return unit(counter_random(
        key, static_cast<std::uint64_t>(cy) * 0x100000001U + static_cast<std::uint64_t>(cx)));
  };
  const auto smooth = [](double t) { return t * t * (3.0 - 2.0 * t); };
  const std::int64_t cy = y / cell;
  const std::int64_t cx = x / cell;
  const double fy = smooth(static_cast<double>(y % cell) / static_cast<double>(cell));
  const double fx = smooth(static_cast<double>(x % cell) / static_cast<double>(cell));
  const double top = corner(cy, cx) + (corner(cy, cx + 1) - corner(cy, cx)) * fx;
  const double bottom = corner(cy + 1, cx) + (corner(cy + 1, cx + 1) - corner(cy + 1, cx)) * fx;
  return top + (bottom - top) * fy;
}

/// Brightness 0..1 of a picture-like field: coarse shapes shared by the channels, finer detail and
/// a little grain in each.
double picture_value(std::uint64_t key, std::int64_t channel, std::int64_t y, std::int64_t x) {
  const std::uint64_t own = mix_bits(key + static_cast<std::uint64_t>(channel) + 1);
  double value = 0.5 * lattice_noise(key, y, x, 64) + 0.25 * lattice_noise(own, y, x, 32) +
                 0.15 * lattice_noise(own + 1, y, x, 8);
  value += 0.10 * unit(counter_random(own + 2, static_cast<std::uint64_t>(y) * 0x100000001U +
                                                   static_cast<std::uint64_t>(x)));
  return value;
}

double normalised(double brightness) { return (brightness - 0.45) / 0.225; }

/// Parabolic sine: period 1, amplitude 1; close enough to a tone and free of libm.
double tone(double phase) {
  phase -= static_cast<double>(static_cast<std::int64_t>(phase));
  const double half = phase < 0.5 ? phase : phase - 0.5;
  const double arch = 16.0 * half * (0.5 - half);
  return phase < 0.5 ? arch : -arch;
}

double audio_value(std::uint64_t key, std::int64_t index) {
  const auto t = static_cast<double>(index);
  const double envelope = 1.0 - static_cast<double>(index % 8000) / 10000.0;
  const double voice = 0.35 * tone(t * 0.0125) + 0.2 * tone(t * 0.03125) + 0.1 * tone(t * 0.11);
  const double hiss = 0.05 * gaussian(counter_random(key, static_cast<std::uint64_t>(index)));
  return std::clamp(voice * envelope + hiss, -1.0, 1.0);
}

struct Request {
  SyntheticKind kind;
  std::uint64_t key;
  std::int64_t vocabulary;
  std::int64_t table_rows;
  std::string_view name;
  Shape shape;
  std::optional<Picture> picture;
};

double image_at(const Request& request, std::int64_t index) {
  if (!request.picture) {
    return lattice_noise(request.key, 0, index, 16);
  }
  const Picture& p = *request.picture;
  const std::int64_t plane = p.height * p.width;
  const std::int64_t image = index / (plane * p.channels);
  const std::int64_t within = index % (plane * p.channels);
  const std::int64_t channel = p.channels_last ? within % p.channels : within / plane;
  const std::int64_t pixel = p.channels_last ? within / p.channels : within % plane;
  const std::uint64_t key = mix_bits(request.key + static_cast<std::uint64_t>(image) * 0x9E3779B9U);
  return picture_value(key, channel, pixel / p.width, pixel % p.width);
}

/// A row of a table: any for token ids where it is smaller than the vocabulary, the nearest for the
/// others; positions start again.
std::int64_t row_at(const Request& request, std::int64_t index, std::int64_t value) {
  const std::int64_t rows = request.table_rows;
  if (request.kind == SyntheticKind::token_ids && rows < request.vocabulary) {
    const std::uint64_t random = counter_random(request.key, static_cast<std::uint64_t>(index));
    return static_cast<std::int64_t>(random % static_cast<std::uint64_t>(rows));
  }
  return request.kind == SyntheticKind::positions ? value % rows
                                                  : std::clamp<std::int64_t>(value, 0, rows - 1);
}

/// Integers: pictures over 0..255 (signed 8 bit: shifted), ids, positions and so on.
std::int64_t plain_integer_at(const Request& request, std::int64_t index, bool is_signed8,
                              std::int64_t largest) {
  const std::uint64_t random = counter_random(request.key, static_cast<std::uint64_t>(index));
  switch (request.kind) {
    case SyntheticKind::zeros:
      return 0;
    case SyntheticKind::ones:
      return 1;
    case SyntheticKind::length:
      return request.name.find("sr") != std::string_view::npos ||
                     request.name.find("rate") != std::string_view::npos
                 ? std::min<std::int64_t>(16000, largest)
                 : 1;
    case SyntheticKind::positions:
      return request.shape.empty() ? 0 : (index % request.shape.back()) % (largest + 1);
    case SyntheticKind::bits:
      return static_cast<std::int64_t>(random >> 63U);
    case SyntheticKind::image: {
      const auto value = static_cast<std::int64_t>(image_at(request, index) * 255.0 + 0.5);
      return std::min(is_signed8 ? value - 128 : value, largest);
    }
    case SyntheticKind::gaussian: {
      const std::int64_t spread = std::min<std::int64_t>(largest, 40);
      const double value = gaussian(random) * static_cast<double>(spread) / 3.0;
      return std::clamp(static_cast<std::int64_t>(value), is_signed8 ? -largest : 0, largest);
    }
    default: {
      const std::int64_t bound = std::max<std::int64_t>(2, std::min(request.vocabulary, largest));
      return 1 + static_cast<std::int64_t>(random % static_cast<std::uint64_t>(bound - 1));
    }
  }
}

std::int64_t integer_at(const Request& request, std::int64_t index, bool is_signed8,
                        std::int64_t largest) {
  const std::int64_t value = plain_integer_at(request, index, is_signed8, largest);
  return request.table_rows > 0 ? std::min(row_at(request, index, value), largest) : value;
}

double real_at(const Request& request, std::int64_t index) {
  if (request.table_rows > 0) {
    return static_cast<double>(integer_at(request, index, false, std::int64_t{1} << 53));
  }
  switch (request.kind) {
    case SyntheticKind::zeros:
      return 0.0;
    case SyntheticKind::ones:
      return 1.0;
    case SyntheticKind::image:
      return normalised(image_at(request, index));
    case SyntheticKind::audio:
      return audio_value(request.key, index);
    case SyntheticKind::gaussian:
      return gaussian(counter_random(request.key, static_cast<std::uint64_t>(index)));
    default:
      return static_cast<double>(integer_at(request, index, false, 1 << 20));
  }
}

template <class T>
constexpr std::int64_t largest_of(DType dtype) {
  if constexpr (is_small_int_v<T>) {
    const int bits = dtype_bits(dtype);
    return (std::int64_t{1} << (is_signed_integer(dtype) ? bits - 1 : bits)) - 1;
  } else if constexpr (std::is_integral_v<T>) {
    constexpr auto kMost = std::numeric_limits<T>::max();
    return sizeof(T) >= 8 ? std::numeric_limits<std::int64_t>::max()
                          : static_cast<std::int64_t>(kMost);
  } else {
    return 0;
  }
}

template <class T>
void fill(const Request& request, DType dtype, T* out, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint64_t random = counter_random(request.key, static_cast<std::uint64_t>(i));
    if constexpr (std::is_same_v<T, std::string>) {
      out[i] = "word" + std::to_string(random % 1000);
    } else if constexpr (std::is_same_v<T, bool>) {
      out[i] = integer_at(request, i, false, 1) != 0;
    } else if constexpr (is_real_float_v<T>) {
      out[i] = static_cast<T>(static_cast<arithmetic_t<T>>(real_at(request, i)));
    } else if constexpr (is_complex_v<T>) {
      using Part = typename T::value_type;
      out[i] =
          T(static_cast<Part>(gaussian(random)), static_cast<Part>(gaussian(mix_bits(random))));
    } else {
      const bool signed8 = is_signed_integer(dtype) && dtype_bits(dtype) <= 8;
      out[i] = store_element<T>(
          static_cast<arithmetic_t<T>>(integer_at(request, i, signed8, largest_of<T>(dtype))));
    }
  }
}

}  // namespace

std::string_view synthetic_kind_name(SyntheticKind kind) noexcept {
  for (const KindName& row : kKindNames) {
    if (row.kind == kind) return row.name;
  }
  return "automatic";
}

std::optional<SyntheticKind> synthetic_kind_from_name(std::string_view name) noexcept {
  for (const KindName& row : kKindNames) {
    if (row.name == name) return row.kind;
  }
  return std::nullopt;
}

SyntheticKind guess_synthetic_kind(std::string_view name, DType dtype,
                                   const Shape& shape) noexcept {
  const std::string word = lower(name);
  if (dtype == DType::string) return SyntheticKind::words;
  if (has_any(word, {"mask"})) return SyntheticKind::ones;
  if (has_any(word, {"token_type", "segment", "state", "hidden", "cache", "past"})) {
    return SyntheticKind::zeros;
  }
  if (dtype == DType::boolean) return SyntheticKind::bits;
  const bool wide_integer = is_integer(dtype) && dtype_bits(dtype) >= 16;
  if (wide_integer) {
    if (has_any(word, {"position"})) return SyntheticKind::positions;
    if (word == "sr" || has_any(word, {"sample_rate", "sampling_rate", "length"})) {
      return SyntheticKind::length;
    }
    return SyntheticKind::token_ids;
  }
  if (has_any(word, {"audio", "wav", "speech"})) return SyntheticKind::audio;
  if (as_picture(shape)) return SyntheticKind::image;
  return SyntheticKind::gaussian;
}

namespace {

SyntheticKind kind_of(std::string_view name, DType dtype, const Shape& shape,
                      const SyntheticOptions& options) {
  const SyntheticKind kind = options.kind == SyntheticKind::automatic
                                 ? guess_synthetic_kind(name, dtype, shape)
                                 : options.kind;
  const bool real = kind == SyntheticKind::image || kind == SyntheticKind::audio ||
                    kind == SyntheticKind::gaussian;
  return options.table_rows > 0 && real ? SyntheticKind::token_ids : kind;
}

}  // namespace

Result<SyntheticTensor> make_synthetic(std::string_view name, DType dtype, const Shape& shape,
                                       const SyntheticOptions& options,
                                       const std::shared_ptr<MemoryBudget>& budget) {
  SyntheticTensor result;
  result.kind = kind_of(name, dtype, shape, options);
  const bool is_text = dtype == DType::string;
  const bool audio_fits = is_floating(dtype) || result.kind != SyntheticKind::audio;
  if (is_text != (result.kind == SyntheticKind::words) || !audio_fits) {
    return unsupported("input '" + std::string(name) + "': synthetic " +
                           std::string(synthetic_kind_name(result.kind)) +
                           " data does not fit element type " + std::string(dtype_name(dtype)),
                       "E-INPUT-DTYPE");
  }
  if (options.vocabulary < 2) return usage_error("the vocabulary must hold at least 2 ids");
  VERNIER_ASSIGN(result.tensor, Tensor::allocate(dtype, shape, budget));
  const std::string word = lower(name);
  const Request request{result.kind,
                        random_key(options.seed, name),
                        options.vocabulary,
                        options.table_rows,
                        word,
                        shape,
                        as_picture(shape)};
  const std::int64_t count = result.tensor.element_count();
  const bool known = visit_dtype(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (std::is_void_v<T>) {
      return false;
    } else {
      if (count > 0) fill<T>(request, dtype, result.tensor.mutable_as<T>(), count);
      return true;
    }
  });
  if (!known) return internal_error("a synthetic tensor without an element type");
  return result;
}

}  // namespace vernier
