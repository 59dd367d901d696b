#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vernier {

/// Writes one JSON document, two blanks a level, members in the order they are given. Calls must
/// nest correctly: inside an object every value follows a key. Numbers that are not finite become
/// null.
class JsonWriter {
 public:
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);
  JsonWriter& value(std::string_view text);  ///< invalid UTF-8 is shown as \xNN
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(std::int64_t number);
  JsonWriter& value(std::uint64_t number);
  JsonWriter& value(int number) { return value(std::int64_t{number}); }
  JsonWriter& value(double number);
  JsonWriter& value(bool flag);
  JsonWriter& null();
  template <class T>
  JsonWriter& member(std::string_view name, const T& content) {
    return key(name).value(content);
  }
  /// null when the text is empty.
  JsonWriter& member_or_null(std::string_view name, std::string_view text);
  /// null when there is no value.
  template <class T>
  JsonWriter& member_or_null(std::string_view name, const std::optional<T>& content) {
    return content ? key(name).value(*content) : key(name).null();
  }
  /// The finished document with a final newline.
  std::string take();

 private:
  void separate();
  void open(char bracket);
  void close(char bracket);
  void quote(std::string_view text);

  std::string out_;
  std::vector<bool> filled_;  // per open bracket: something is in it
  bool after_key_ = false;
};

}  // namespace vernier
