#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vernier {

/// The subset of Python literals that .npy headers are made of: dict, tuple or list, string, int,
/// True and False. For dicts, items[i] belongs to keys[i].
struct NpyLiteral {
  enum class Kind : std::uint8_t { dict, sequence, string, integer, boolean };
  Kind kind = Kind::integer;
  std::string text;
  std::int64_t integer = 0;
  std::vector<std::string> keys;
  std::vector<NpyLiteral> items;

  [[nodiscard]] const NpyLiteral* find(std::string_view key) const noexcept;
};

/// One literal that fills `text` up to white space; nullopt when it is malformed, nested deeper
/// than four levels, or names a key twice.
std::optional<NpyLiteral> parse_npy_literal(std::string_view text);

}  // namespace vernier
