#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "vernier/export.h"

namespace vernier {

/// What went wrong, by who has to act. The numeric value is the program's exit code.
enum class Errc : std::uint8_t {
  usage = 2,          ///< the caller's request makes no sense (unknown option, wrong input name)
  invalid_model = 3,  ///< the model breaks the ONNX specification or its own declarations
  unsupported = 4,    ///< a valid model or request that vernier cannot serve
  invalid_data = 5,   ///< input data (tensor, picture, npz, report) is unreadable or does not fit
  limit = 6,          ///< a limit was reached (memory, time, size, depth)
  device = 7,         ///< device absent, lost or out of memory
  output = 8,         ///< an output could not be written
  internal = 9,       ///< a defect of vernier
  interrupted = 130,  ///< the user stopped it
};

/// Kind word of the error line: "usage", "invalid model", ...
VERNIER_API std::string_view kind_name(Errc code) noexcept;

/// Where an error happened; empty fields are unknown. `tensor` may carry shape and dtype.
struct ErrorWhere {
  std::string model;
  std::string node;
  std::string op;
  int opset = 0;
  std::string tensor;
};

/// One error. `id` is a stable identifier such as "E-MODEL-SHAPE" (upper case, E-<AREA>-<WHAT>).
struct Error {
  Errc code = Errc::internal;
  std::string id;
  std::string message;
  ErrorWhere where{};
  std::string hint{};
};

/// The one-line form: `error: <kind>: node 'n' (Op, opset 13): message [E-ID]`. Control characters
/// are escaped, so that hostile names cannot forge lines or terminal sequences.
VERNIER_API std::string format_error(const Error& error);

/// Escapes control characters and invalid UTF-8 (as \xNN) for terminals and one-line messages.
VERNIER_API std::string escape_for_terminal(std::string_view text);

}  // namespace vernier
