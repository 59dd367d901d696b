#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/budget.h"
#include "base/result.h"
#include "tensor/tensor.h"

namespace vernier {

/// What a made-up input looks like. `automatic` decides by dtype, shape and name (see
/// guess_synthetic_kind).
enum class SyntheticKind : std::uint8_t {
  automatic,
  image,      ///< smooth noise; floats normalised to about -2..2, integers over their 8-bit range
  audio,      ///< a few decaying sines in noise, within -1..1
  gaussian,   ///< mean 0, standard deviation 1
  token_ids,  ///< uniform integers in [1, vocabulary)
  positions,  ///< 0, 1, 2, ... along the last axis
  ones,       ///< masks
  zeros,      ///< segment ids, recurrent states
  length,     ///< the largest of the model's other dims is unknown here, so: sample rate or 1
  bits,       ///< fair coin, for bools
  words,      ///< short strings
};
std::string_view synthetic_kind_name(SyntheticKind kind) noexcept;
std::optional<SyntheticKind> synthetic_kind_from_name(std::string_view name) noexcept;

struct SyntheticOptions {
  std::uint64_t seed = 0;
  std::int64_t vocabulary = 1000;  ///< token ids stay below this; at least 2
  /// > 0: elements are rows of a table of that many, whatever the kind; token ids are any of them
  /// where the vocabulary has more.
  std::int64_t table_rows = 0;
  SyntheticKind kind = SyntheticKind::automatic;
};

struct SyntheticTensor {
  Tensor tensor;
  SyntheticKind kind = SyntheticKind::automatic;  ///< what was made; never automatic
};

/// The kind for an input: names with "mask" are ones; "token_type", "segment", "state", "hidden",
/// "cache", "past" zeros; "position" positions; "sr", "sample_rate" and "length" length; other
/// integers of 16 bits and more token ids; names with "audio", "wav", "speech" audio; rank 4 (or 3)
/// with 1, 3 or 4 channels and at least 8 x 8 pixels image, also for 8-bit integers; strings words;
/// bools bits; everything else gaussian. What would be no number of a row (image, audio, gaussian)
/// is token ids where there is a table.
SyntheticKind guess_synthetic_kind(std::string_view name, DType dtype, const Shape& shape) noexcept;

/// Fills a tensor. Every element depends on (seed, name, index) only and is computed with integer
/// and basic floating arithmetic, so the bytes are equal on every machine. Errors: unsupported
/// E-INPUT-DTYPE when a kind makes no sense for the dtype; limit.
Result<SyntheticTensor> make_synthetic(std::string_view name, DType dtype, const Shape& shape,
                                       const SyntheticOptions& options = {},
                                       const std::shared_ptr<MemoryBudget>& budget = nullptr);

}  // namespace vernier
