#include "tensor/npy_literal.h"

#include <charconv>
#include <utility>

namespace vernier {
namespace {

constexpr int kMaxDepth = 4;

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::optional<NpyLiteral> whole() {
    auto literal = value(0);
    skip_space();
    if (!text_.empty()) return std::nullopt;
    return literal;
  }

 private:
  void skip_space() {
    while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\n' ||
                              text_.front() == '\t' || text_.front() == '\r')) {
      text_.remove_prefix(1);
    }
  }

  bool take(std::string_view token) {
    skip_space();
    if (!text_.starts_with(token)) return false;
    text_.remove_prefix(token.size());
    return true;
  }

  std::optional<NpyLiteral> value(int depth) {
    if (depth > kMaxDepth) return std::nullopt;
    skip_space();
    if (text_.empty()) return std::nullopt;
    if (take("{")) return dict(depth);
    if (take("(")) return sequence(depth, ")");
    if (take("[")) return sequence(depth, "]");
    if (text_.front() == '\'' || text_.front() == '"') return string();
    return word();
  }

  std::optional<NpyLiteral> dict(int depth) {
    NpyLiteral literal;
    literal.kind = NpyLiteral::Kind::dict;
    while (!take("}")) {
      auto key = string();
      if (!key || literal.find(key->text) != nullptr || !take(":")) return std::nullopt;
      auto item = value(depth + 1);
      if (!item) return std::nullopt;
      literal.keys.push_back(std::move(key->text));
      literal.items.push_back(std::move(*item));
      if (!take(",")) {
        if (!take("}")) return std::nullopt;
        break;
      }
    }
    return literal;
  }

  std::optional<NpyLiteral> sequence(int depth, std::string_view close) {
    NpyLiteral literal;
    literal.kind = NpyLiteral::Kind::sequence;
    while (!take(close)) {
      auto item = value(depth + 1);
      if (!item) return std::nullopt;
      literal.items.push_back(std::move(*item));
      if (!take(",")) {
        if (!take(close)) return std::nullopt;
        break;
      }
    }
    return literal;
  }

  std::optional<NpyLiteral> string() {
    skip_space();
    if (text_.empty() || (text_.front() != '\'' && text_.front() != '"')) return std::nullopt;
    const auto end = text_.find(text_.front(), 1);
    if (end == std::string_view::npos) return std::nullopt;
    NpyLiteral literal;
    literal.kind = NpyLiteral::Kind::string;
    literal.text = text_.substr(1, end - 1);
    if (literal.text.find('\\') != std::string::npos) return std::nullopt;
    text_.remove_prefix(end + 1);
    return literal;
  }

  std::optional<NpyLiteral> word() {
    NpyLiteral literal;
    literal.kind = NpyLiteral::Kind::boolean;
    if (take("True")) {
      literal.integer = 1;
      return literal;
    }
    if (take("False")) return literal;
    literal.kind = NpyLiteral::Kind::integer;
    const auto [end, error] =
        std::from_chars(text_.data(), text_.data() + text_.size(), literal.integer);
    if (error != std::errc()) return std::nullopt;
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
    if (!text_.empty() && text_.front() == 'L') text_.remove_prefix(1);  // Python 2 wrote 3L
    return literal;
  }

  std::string_view text_;
};

}  // namespace

const NpyLiteral* NpyLiteral::find(std::string_view key) const noexcept {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i] == key) return &items[i];
  }
  return nullptr;
}

std::optional<NpyLiteral> parse_npy_literal(std::string_view text) { return Parser(text).whole(); }

}  // namespace vernier
