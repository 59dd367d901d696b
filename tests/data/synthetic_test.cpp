#include "data/synthetic.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include <cmath>
#include <cstring>

#include "base/counter_random.h"
#include "base/sha256.h"
#include "tensor/element.h"

using namespace vernier;

namespace {

SyntheticTensor make(std::string_view name, DType dtype, const Shape& shape,
                     SyntheticOptions options = {}) {
  auto made = make_synthetic(name, dtype, shape, options);
  REQUIRE(made);
  return *made;
}

std::string digest(const Tensor& t) { return sha256_hex(std::span(t.data(), t.byte_count())); }

}  // namespace

TEST_CASE("the generator is SplitMix64") {
  // First outputs of the reference implementation for seed 1234567.
  CHECK(counter_random(1234567, 0) == 6457827717110365317U);
  CHECK(counter_random(1234567, 1) == 3203168211198807973U);
  CHECK(counter_random(1234567, 2) == 9817491932198370423U);
}

TEST_CASE("kinds follow name, type and shape") {
  using K = SyntheticKind;
  CHECK(guess_synthetic_kind("images", DType::float32, {1, 3, 224, 224}) == K::image);
  CHECK(guess_synthetic_kind("x", DType::float32, {1, 28, 28, 1}) == K::image);
  CHECK(guess_synthetic_kind("x", DType::uint8, {1, 3, 32, 32}) == K::image);
  CHECK(guess_synthetic_kind("x", DType::float32, {1, 64, 32, 32}) == K::gaussian);
  CHECK(guess_synthetic_kind("input_ids", DType::int64, {1, 128}) == K::token_ids);
  CHECK(guess_synthetic_kind("attention_mask", DType::int64, {1, 128}) == K::ones);
  CHECK(guess_synthetic_kind("token_type_ids", DType::int64, {1, 128}) == K::zeros);
  CHECK(guess_synthetic_kind("position_ids", DType::int64, {1, 128}) == K::positions);
  CHECK(guess_synthetic_kind("state", DType::float32, {2, 1, 128}) == K::zeros);
  CHECK(guess_synthetic_kind("sr", DType::int64, {}) == K::length);
  CHECK(guess_synthetic_kind("waveform", DType::float32, {1, 512}) == K::audio);
  CHECK(guess_synthetic_kind("keep", DType::boolean, {4}) == K::bits);
  CHECK(guess_synthetic_kind("text", DType::string, {4}) == K::words);
}

TEST_CASE("bytes depend on seed, name and index only, and are pinned") {
  const auto a = make("x", DType::float32, {2, 5});
  CHECK(digest(a.tensor) == digest(make("x", DType::float32, {10}).tensor));
  CHECK(digest(a.tensor) != digest(make("y", DType::float32, {2, 5}).tensor));
  CHECK(digest(a.tensor) != digest(make("x", DType::float32, {2, 5}, {.seed = 1}).tensor));
  // Any change of these digests breaks the comparison with older reports.
  CHECK(digest(make("x", DType::float32, {1, 3, 32, 32}).tensor).substr(0, 16) ==
        "a9920dc136034f00");
  CHECK(digest(make("x", DType::float32, {1000}).tensor).substr(0, 16) == "852adc1c638a6c5c");
  CHECK(digest(make("audio", DType::float32, {1000}).tensor).substr(0, 16) == "353eab748333f8bf");
}

TEST_CASE("gaussian data have mean 0 and deviation 1") {
  const auto t = make("x", DType::float32, {100'000});
  double sum = 0;
  double squares = 0;
  for (const float v : t.tensor.span<float>()) {
    sum += v;
    squares += double{v} * v;
  }
  CHECK(std::abs(sum / 1e5) < 0.02);
  CHECK(std::abs(squares / 1e5 - 1.0) < 0.02);
}

TEST_CASE("pictures are smooth, bounded and differ between channels and batch items") {
  const auto t = make("x", DType::float32, {2, 3, 64, 64});
  const float* v = t.tensor.as<float>();
  double step = 0;
  double spread = 0;
  for (int i = 0; i < 64 * 64 - 1; ++i) {
    CHECK(std::abs(v[i]) < 2.5F);
    step += std::abs(v[i + 1] - v[i]);
    spread += std::abs(v[i] - v[(i * 2053) % 4096]);
  }
  CHECK(step < spread);
  CHECK(std::memcmp(v, v + 4096, 4096 * 4) != 0);
  CHECK(std::memcmp(v, v + 3 * 4096, 4096 * 4) != 0);
  const auto bytes = make("x", DType::uint8, {1, 16, 16, 3});
  CHECK(bytes.kind == SyntheticKind::image);
}

TEST_CASE("integers stay in range for every type") {
  const auto ids = make("ids", DType::int64, {10'000}, {.vocabulary = 50});
  for (const auto id : ids.tensor.span<std::int64_t>()) CHECK((id >= 1 && id < 50));
  const auto positions = make("position_ids", DType::int32, {2, 3});
  CHECK(positions.tensor.as<int>()[4] == 1);
  CHECK(make("sr", DType::int64, {}).tensor.as<std::int64_t>()[0] == 16000);
  for (int i = 1; i < kDTypeCount; ++i) {
    const auto dtype = static_cast<DType>(i);
    const auto t = make("x", dtype, {64});
    if (dtype == DType::int4) {
      for (int k = 0; k < 64; ++k) {
        const int v = t.tensor.as<int4>()[k].value;
        CHECK((v >= -8 && v <= 7));
      }
    }
    if (dtype == DType::boolean) {
      for (int k = 0; k < 64; ++k) {
        CHECK(static_cast<std::uint8_t>(t.tensor.data()[k]) <= 1);
      }
    }
  }
}

TEST_CASE("impossible requests are errors") {
  CHECK(make_synthetic("x", DType::int64, {4}, {.kind = SyntheticKind::audio}).error().id ==
        "E-INPUT-DTYPE");
  CHECK(make_synthetic("x", DType::string, {4}, {.kind = SyntheticKind::image}).error().code ==
        Errc::unsupported);
  CHECK(make_synthetic("x", DType::int64, {4}, {.vocabulary = 1}).error().code == Errc::usage);
  auto budget = std::make_shared<MemoryBudget>(100);
  CHECK(make_synthetic("x", DType::float32, {1000}, {}, budget).error().code == Errc::limit);
}

TEST_CASE("what indexes a table stays below its rows") {
  const auto range = [](const Tensor& tensor) {
    const auto all = tensor.span<std::int64_t>();
    const auto [low, high] = std::minmax_element(all.begin(), all.end());
    return std::pair(*low, *high);
  };
  using Range = std::pair<std::int64_t, std::int64_t>;
  CHECK(range(make("ids", DType::int64, {4000}, {.table_rows = 7}).tensor) == Range(0, 6));
  CHECK(range(make("ids", DType::int64, {9}, {.table_rows = 1}).tensor) == Range(0, 0));
  CHECK(range(make("mask", DType::int64, {9}, {.table_rows = 1}).tensor) == Range(0, 0));
  CHECK(range(make("position", DType::int64, {9}, {.table_rows = 4}).tensor) == Range(0, 3));
  // Larger tables than the vocabulary leave the bytes as they are.
  CHECK(digest(make("ids", DType::int64, {400}, {.table_rows = 30522}).tensor) ==
        digest(make("ids", DType::int64, {400}).tensor));
  const auto real = make("x", DType::float32, {400}, {.table_rows = 3});
  CHECK(real.kind == SyntheticKind::token_ids);
  for (const float x : real.tensor.span<float>()) CHECK((x == 0.0F || x == 1.0F || x == 2.0F));
}
