#include "tensor/tensor.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace vernier;

TEST_CASE("string tensors hold their objects and texts of the budget while they live") {
  const auto budget = std::make_shared<MemoryBudget>(100'000);
  constexpr std::uint64_t kObjects = 10 * sizeof(std::string);
  {
    auto source = Tensor::allocate(DType::string, {10}, budget);
    REQUIRE(source.has_value());
    CHECK(budget->used_bytes() == kObjects);
    source->mutable_as<std::string>()[3] = std::string(5000, 'x');
    {
      const auto copy = Tensor::copy_of(source->view(), budget);
      REQUIRE(copy.has_value());
      CHECK(budget->used_bytes() >= 2 * kObjects + 5000);
      CHECK(budget->used_bytes() <= 2 * kObjects + 5100);
      const Tensor shared = *copy;  // the same storage is counted once
      CHECK(budget->used_bytes() <= 2 * kObjects + 5100);
      CHECK(copy->as<std::string>()[3].size() == 5000);
    }
    CHECK(budget->used_bytes() == kObjects);
  }
  CHECK(budget->used_bytes() == 0);
}

TEST_CASE("string tensors beyond the budget are refused") {
  const auto budget = std::make_shared<MemoryBudget>(1000 * sizeof(std::string));
  std::vector<Tensor> kept;
  for (int i = 0; i < 2; ++i) {
    auto tensor = Tensor::allocate(DType::string, {500}, budget);
    REQUIRE(tensor.has_value());
    kept.push_back(std::move(tensor).value());
  }
  const auto third = Tensor::allocate(DType::string, {1}, budget);
  REQUIRE_FALSE(third.has_value());
  CHECK(third.error().code == Errc::limit);
  kept.pop_back();
  kept.back().mutable_as<std::string>()[0] = std::string(600 * sizeof(std::string), 'x');
  const auto copy = Tensor::copy_of(kept.back().view(), budget);
  REQUIRE_FALSE(copy.has_value());
  CHECK(copy.error().id == "E-LIMIT-MEMORY");
  CHECK(budget->used_bytes() == 500 * sizeof(std::string));
}
