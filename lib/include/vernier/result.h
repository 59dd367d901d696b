#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "vernier/error.h"

namespace vernier {

/// Value or Error, with the member names of C++23's std::expected. Never throws.
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  // Implicit on purpose: `return value;` and `return Error{...};` are the normal uses.
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }
  T& value() & {
    assert(has_value());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    assert(has_value());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    assert(has_value());
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  Error& error() & {
    assert(!has_value());
    return *std::get_if<1>(&state_);
  }
  const Error& error() const& {
    assert(!has_value());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    assert(!has_value());
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }
  Error& error() & { return *error_; }
  const Error& error() const& { return *error_; }
  Error&& error() && { return std::move(*error_); }

 private:
  std::optional<Error> error_;
};

/// Shorthands for the common error constructors.
inline Error make_error(Errc code, std::string id, std::string message) {
  Error error;
  error.code = code;
  error.id = std::move(id);
  error.message = std::move(message);
  return error;
}
inline Error invalid_model(std::string message, std::string id = "E-MODEL-INVALID") {
  return make_error(Errc::invalid_model, std::move(id), std::move(message));
}
inline Error unsupported(std::string message, std::string id = "E-UNSUPPORTED") {
  return make_error(Errc::unsupported, std::move(id), std::move(message));
}
inline Error invalid_data(std::string message, std::string id = "E-DATA-INVALID") {
  return make_error(Errc::invalid_data, std::move(id), std::move(message));
}
inline Error usage_error(std::string message, std::string id = "E-USAGE") {
  return make_error(Errc::usage, std::move(id), std::move(message));
}
inline Error limit_error(std::string message, std::string id = "E-LIMIT") {
  return make_error(Errc::limit, std::move(id), std::move(message));
}
inline Error internal_error(std::string message, std::string id = "E-INTERNAL") {
  return make_error(Errc::internal, std::move(id), std::move(message));
}

}  // namespace vernier

/// Returns the error of `expr` (a Result) from the enclosing function, if it has one.
#define VERNIER_TRY(expr)                                      \
  do {                                                         \
    if (auto vernier_try_result = (expr); !vernier_try_result) \
      return std::move(vernier_try_result).error();            \
  } while (false)

#define VERNIER_CONCAT_INNER(a, b) a##b
#define VERNIER_CONCAT(a, b) VERNIER_CONCAT_INNER(a, b)

/// `VERNIER_ASSIGN(auto x, expr);` declares or assigns x from a Result, or returns its error.
#define VERNIER_ASSIGN(lhs, expr) \
  VERNIER_ASSIGN_IMPL(VERNIER_CONCAT(vernier_result_, __LINE__), lhs, expr)
#define VERNIER_ASSIGN_IMPL(tmp, lhs, expr) \
  auto tmp = (expr);                        \
  if (!tmp) return std::move(tmp).error();  \
  lhs = std::move(tmp).value()
