#pragma once

#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <vector>

/// The part of JSON Schema (draft 2020-12) that the project's schemas use: type, const, enum,
/// oneOf, $ref into $defs, properties, required, additionalProperties, items, pattern, minLength,
/// minimum, exclusiveMinimum. A keyword that it does not know is an error, so that no rule goes
/// unchecked.
class JsonSchema {
 public:
  using Json = nlohmann::json;
  explicit JsonSchema(Json root) : root_(std::move(root)) {}

  /// Violations, each with the path of the value; empty when `value` is valid.
  std::vector<std::string> violations(const Json& value) {
    problems_.clear();
    check(root_, value, "$");
    return problems_;
  }

 private:
  static bool has_type(const Json& value, const std::string& type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_boolean();
    if (type == "null") return value.is_null();
    if (type == "integer") return value.is_number_integer();
    return type == "number" && value.is_number();
  }

  void add(const std::string& path, const std::string& what) {
    problems_.push_back(path + ": " + what);
  }

  bool fits(const Json& schema, const Json& value) {
    JsonSchema other(root_);
    other.check(schema, value, "");
    return other.problems_.empty();
  }

  void check(const Json& schema, const Json& value, const std::string& path) {
    for (const auto& [key, rule] : schema.items()) {
      if (!keyword(key, rule, schema, value, path)) add(path, "unknown keyword " + key);
    }
  }

  bool keyword(const std::string& key, const Json& rule, const Json& schema, const Json& value,
               const std::string& path) {
    if (key[0] == '$' && key != "$ref") return true;
    if (key == "title" || key == "description" || key == "properties") return true;
    if (key == "$ref") {
      const std::string name = rule.get<std::string>().substr(std::string("#/$defs/").size());
      check(root_.at("$defs").at(name), value, path);
    } else if (key == "type") {
      if (!has_type(value, rule)) add(path, "is no " + rule.get<std::string>());
    } else if (key == "const") {
      if (value != rule) add(path, "is not " + rule.dump());
    } else if (key == "enum") {
      if (std::find(rule.begin(), rule.end(), value) == rule.end())
        add(path, "is none of the words");
    } else if (key == "oneOf") {
      int matches = 0;
      for (const Json& option : rule) matches += fits(option, value) ? 1 : 0;
      if (matches != 1) add(path, "fits " + std::to_string(matches) + " forms");
    } else if (key == "required") {
      for (const Json& name : rule) {
        if (value.is_object() && !value.contains(name.get<std::string>()))
          add(path, "lacks " + name.dump());
      }
    } else if (key == "additionalProperties") {
      members(schema, rule.get<bool>(), value, path);
    } else if (key == "items") {
      std::size_t i = 0;
      if (value.is_array()) {
        for (const Json& item : value) check(rule, item, path + "[" + std::to_string(i++) + "]");
      }
    } else if (key == "pattern") {
      if (value.is_string() &&
          !std::regex_search(value.get<std::string>(), std::regex(rule.get<std::string>()))) {
        add(path, "does not match the pattern");
      }
    } else if (key == "minLength") {
      if (value.is_string() && value.get<std::string>().size() < rule.get<std::size_t>())
        add(path, "is too short");
    } else if (key == "minimum") {
      if (value.is_number() && value < rule) add(path, "is too small");
    } else if (key == "exclusiveMinimum") {
      if (value.is_number() && value <= rule) add(path, "is too small");
    } else {
      return false;
    }
    return true;
  }

  void members(const Json& schema, bool extra, const Json& value, const std::string& path) {
    if (!value.is_object()) return;
    const Json properties = schema.value("properties", Json::object());
    for (const auto& [name, member] : value.items()) {
      if (properties.contains(name)) {
        check(properties[name], member, path + "." + name);
      } else if (!extra) {
        add(path, "has an unknown member " + name);
      }
    }
  }

  Json root_;
  std::vector<std::string> problems_;
};
