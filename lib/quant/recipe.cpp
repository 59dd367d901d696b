#include "quant/recipe.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>

namespace vernier {
namespace {

constexpr std::string_view kFirstLine = "vernier-recipe 1";

std::string number(float value) {
  std::array<char, 32> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end};
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      std::array<char, 8> code{};
      std::snprintf(code.data(), code.size(), "\\x%02x", static_cast<unsigned>(c) & 0xffU);
      out += code.data();
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string list(const std::vector<float>& values) {
  std::string out;
  for (const float value : values) out += (out.empty() ? "" : ",") + number(value);
  return out;
}

/// The words of one line: plain ones in order, key=value ones by key.
struct Line {
  std::vector<std::string> words;
  std::map<std::string, std::string> fields;
};

class LineParser {
 public:
  explicit LineParser(std::string_view text) : text_(text) {}

  Result<Line> parse() {
    Line line;
    while (skip_blanks()) {
      VERNIER_ASSIGN(std::string word, next_word());
      if (at_ < text_.size() && text_[at_] == '=') {
        ++at_;
        VERNIER_ASSIGN(std::string value, next_word());
        if (!line.fields.emplace(word, std::move(value)).second) {
          return invalid_data("'" + word + "' is given twice");
        }
        continue;
      }
      line.words.push_back(std::move(word));
    }
    return line;
  }

 private:
  bool skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    return at_ < text_.size();
  }
  Result<std::string> next_word() {
    std::string word;
    if (at_ < text_.size() && text_[at_] == '"') return quoted_word();
    while (at_ < text_.size() && text_[at_] != ' ' && text_[at_] != '\t' && text_[at_] != '=') {
      word += text_[at_++];
    }
    return word;
  }
  Result<std::string> quoted_word() {
    std::string word;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] != '\\') {
        word += text_[at_];
        continue;
      }
      if (++at_ >= text_.size()) break;
      if (text_[at_] != 'x') {
        word += text_[at_];
        continue;
      }
      unsigned code = 0;
      const char* begin = text_.data() + at_ + 1;
      const bool enough = at_ + 2 < text_.size();
      if (!enough || std::from_chars(begin, begin + 2, code, 16).ptr != begin + 2) {
        return invalid_data("\\x needs two hexadecimal digits");
      }
      word += static_cast<char>(code);
      at_ += 2;
    }
    if (at_ >= text_.size()) return invalid_data("a quotation mark is missing");
    ++at_;
    return word;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

template <class T>
Result<T> parse_number(const std::string& text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return invalid_data("'" + text + "' is not a number");
  }
  return value;
}

Result<float> finite(const std::string& text) {
  VERNIER_ASSIGN(const float value, parse_number<float>(text));
  if (!std::isfinite(value)) return invalid_data("'" + text + "' is not finite");
  return value;
}

Result<float> scale_of(const std::string& text) {
  VERNIER_ASSIGN(const float value, finite(text));
  if (value <= 0.0F) return invalid_data("a scale must be above 0");
  return value;
}

std::string hexadecimal(const std::vector<std::uint8_t>& bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    out += kDigits[byte >> 4U];
    out += kDigits[byte & 15U];
  }
  return out;
}

Result<std::vector<std::uint8_t>> parse_hexadecimal(const std::string& text) {
  std::vector<std::uint8_t> bytes(text.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char* begin = text.data() + 2 * i;
    if (std::from_chars(begin, begin + 2, bytes[i], 16).ptr != begin + 2) break;
    if (i + 1 == bytes.size() && text.size() % 2 == 0) return bytes;
  }
  return invalid_data("'other=' is not a row of bytes in hexadecimal");
}

Result<float> factor_of(const std::string& text) {
  VERNIER_ASSIGN(const float value, finite(text));
  if (!std::isnormal(value) || value < 0.0F) return invalid_data("a factor must be above 0");
  return value;
}

template <class F>
Result<std::vector<float>> parse_list(const std::string& text, F&& parse_one) {
  std::vector<float> values;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    VERNIER_ASSIGN(const float value, parse_one(text.substr(begin, end - begin)));
    values.push_back(value);
    begin = end + 1;
  }
  return values;
}

Result<std::string> field(const Line& line, const std::string& name) {
  const auto at = line.fields.find(name);
  if (at == line.fields.end()) return invalid_data("'" + name + "=' is missing");
  return at->second;
}
std::string field_or(const Line& line, const std::string& name) {
  const auto at = line.fields.find(name);
  return at == line.fields.end() ? std::string() : at->second;
}

Result<RecipeTensor> tensor_of(const Line& line) {
  if (line.words.size() != 3) return invalid_data("expected: tensor \"NAME\" u8|s8 scale= zero=");
  RecipeTensor tensor;
  tensor.name = line.words[1];
  if (line.words[2] != "u8" && line.words[2] != "s8") {
    return invalid_data("'" + line.words[2] + "' is not u8 or s8");
  }
  tensor.quant.dtype = line.words[2] == "u8" ? DType::uint8 : DType::int8;
  VERNIER_ASSIGN(const std::string scale, field(line, "scale"));
  VERNIER_ASSIGN(tensor.quant.scale, scale_of(scale));
  VERNIER_ASSIGN(const std::string zero, field(line, "zero"));
  VERNIER_ASSIGN(tensor.quant.zero_point, parse_number<std::int32_t>(zero));
  const int low = tensor.quant.dtype == DType::uint8 ? 0 : -128;
  if (tensor.quant.zero_point < low || tensor.quant.zero_point > low + 255) {
    return invalid_data("the zero point is not a value of the type");
  }
  tensor.method = field_or(line, "method");
  tensor.reason = field_or(line, "reason");
  return tensor;
}

Result<RecipeWeight> weight_of(const Line& line) {
  if (line.words.size() != 2) return invalid_data("expected: weight \"NODE\" axis= scales=");
  RecipeWeight weight;
  weight.node = line.words[1];
  VERNIER_ASSIGN(const std::string axis, field(line, "axis"));
  VERNIER_ASSIGN(weight.axis, parse_number<int>(axis));
  VERNIER_ASSIGN(const std::string scales, field(line, "scales"));
  VERNIER_ASSIGN(weight.scales, parse_list(scales, scale_of));
  weight.method = field_or(line, "method");
  if (const auto other = line.fields.find("other"); other != line.fields.end()) {
    VERNIER_ASSIGN(weight.other, parse_hexadecimal(other->second));
  }
  return weight;
}

Result<RecipeBias> bias_of(const Line& line) {
  if (line.words.size() != 2) return invalid_data("expected: bias \"NODE\" add=");
  RecipeBias bias;
  bias.node = line.words[1];
  VERNIER_ASSIGN(const std::string add, field(line, "add"));
  VERNIER_ASSIGN(bias.add, parse_list(add, finite));
  bias.method = field_or(line, "method");
  return bias;
}

/// Names that were there already, by kind of entry.
using Taken = std::set<std::pair<std::string, std::string>>;

Result<void> read_line(std::string_view text, QuantRecipe& recipe, Taken& taken) {
  VERNIER_ASSIGN(const Line line, LineParser(text).parse());
  if (line.words.empty()) return invalid_data("it starts with no word");
  const std::string& kind = line.words[0];
  if (kind == "tensor") {
    VERNIER_ASSIGN(RecipeTensor tensor, tensor_of(line));
    if (!taken.emplace(kind, tensor.name).second) return invalid_data("the tensor is there twice");
    recipe.tensors.push_back(std::move(tensor));
  } else if (kind == "weight") {
    VERNIER_ASSIGN(RecipeWeight weight, weight_of(line));
    if (!taken.emplace(kind, weight.node).second) return invalid_data("the node is there twice");
    recipe.weights.push_back(std::move(weight));
  } else if (kind == "bias") {
    VERNIER_ASSIGN(RecipeBias bias, bias_of(line));
    if (!taken.emplace(kind, bias.node).second) return invalid_data("the node is there twice");
    recipe.biases.push_back(std::move(bias));
  } else if (kind == "channels" && line.words.size() == 2) {
    VERNIER_ASSIGN(const std::string factors, field(line, "factors"));
    ChannelFactors channels{line.words[1], {}};
    VERNIER_ASSIGN(channels.factors, parse_list(factors, factor_of));
    recipe.channels.push_back(std::move(channels));
  } else if (kind == "float" && line.words.size() >= 2) {
    recipe.floats.push_back({line.words[1], line.words.size() > 2 ? line.words[2] : std::string(),
                             field_or(line, "reason")});
  } else if (kind == "target" && line.words.size() == 2) {
    recipe.target = line.words[1];
  } else if (kind == "model" && line.words.size() == 2) {
    recipe.model_sha256 = line.words[1];
  } else {
    return invalid_data("'" + kind + "' is no entry of a recipe");
  }
  return {};
}

template <class List, class Name>
auto find_in(const List& entries, Name name, std::string_view wanted) {
  const auto at = std::find_if(entries.begin(), entries.end(),
                               [&](const auto& entry) { return entry.*name == wanted; });
  return at == entries.end() ? nullptr : &*at;
}

}  // namespace

const RecipeTensor* QuantRecipe::tensor(std::string_view name) const {
  return find_in(tensors, &RecipeTensor::name, name);
}
const RecipeWeight* QuantRecipe::weight(std::string_view node) const {
  return find_in(weights, &RecipeWeight::node, node);
}
const RecipeBias* QuantRecipe::bias(std::string_view node) const {
  return find_in(biases, &RecipeBias::node, node);
}

std::string write_recipe(const QuantRecipe& recipe) {
  std::string out = std::string(kFirstLine) + "\n";
  if (!recipe.target.empty()) out += "target " + recipe.target + "\n";
  if (!recipe.model_sha256.empty()) out += "model " + recipe.model_sha256 + "\n";
  const auto extra = [&](std::string_view key, const std::string& text) {
    if (!text.empty()) out += " " + std::string(key) + "=" + quoted(text);
  };
  for (const ChannelFactors& c : recipe.channels) {
    out += "channels " + quoted(c.tensor) + " factors=" + list(c.factors) + "\n";
  }
  for (const RecipeTensor& t : recipe.tensors) {
    out += "tensor " + quoted(t.name) + (t.quant.dtype == DType::uint8 ? " u8" : " s8") +
           " scale=" + number(t.quant.scale) + " zero=" + std::to_string(t.quant.zero_point);
    extra("method", t.method);
    extra("reason", t.reason);
    out += "\n";
  }
  for (const RecipeWeight& w : recipe.weights) {
    out += "weight " + quoted(w.node) + " axis=" + std::to_string(w.axis);
    extra("method", w.method);
    out += " scales=" + list(w.scales);
    if (!w.other.empty()) out += " other=" + hexadecimal(w.other);
    out += "\n";
  }
  for (const RecipeBias& b : recipe.biases) {
    out += "bias " + quoted(b.node);
    extra("method", b.method);
    out += " add=" + list(b.add) + "\n";
  }
  for (const RecipeFloat& f : recipe.floats) {
    out += "float " + quoted(f.node) + " " + quoted(f.op);
    extra("reason", f.reason);
    out += "\n";
  }
  return out;
}

Result<QuantRecipe> parse_recipe(std::string_view text) {
  QuantRecipe recipe;
  Taken taken;
  std::size_t begin = 0;
  int number = 0;
  bool first = true;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    ++number;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty() || line.front() == '#') continue;
    if (first) {
      first = false;
      if (line == kFirstLine) continue;
      return invalid_data("a recipe starts with '" + std::string(kFirstLine) + "'", "E-RECIPE");
    }
    if (auto read = read_line(line, recipe, taken); !read) {
      return invalid_data(
          "line " + std::to_string(number) + " of the recipe: " + read.error().message, "E-RECIPE");
    }
  }
  if (first) return invalid_data("the recipe is empty", "E-RECIPE");
  return recipe;
}

}  // namespace vernier
