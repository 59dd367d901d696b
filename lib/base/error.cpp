#include "base/error.h"

#include <cstdio>

#include "base/utf8.h"

namespace vernier {

std::string_view kind_name(Errc code) noexcept {
  switch (code) {
    case Errc::usage:
      return "usage";
    case Errc::invalid_model:
      return "invalid model";
    case Errc::unsupported:
      return "unsupported";
    case Errc::invalid_data:
      return "invalid data";
    case Errc::limit:
      return "limit reached";
    case Errc::device:
      return "device";
    case Errc::output:
      return "output";
    case Errc::internal:
      return "internal";
    case Errc::interrupted:
      return "interrupted";
  }
  return "internal";
}

std::string escape_for_terminal(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::size_t n = utf8_length(text, i);
    // C1 control characters (U+0080..U+009F) are control sequences on some terminals.
    const bool c1 = n == 2 && c == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (n == 0 || c < 0x20 || c == 0x7F || c1) {
      char hex[8];
      std::snprintf(hex, sizeof hex, "\\x%02x", static_cast<unsigned>(c));
      out += hex;
      ++i;
      if (c1) {
        std::snprintf(hex, sizeof hex, "\\x%02x", static_cast<unsigned>(text[i]) & 0xFFU);
        out += hex;
        ++i;
      }
      continue;
    }
    out.append(text, i, n);
    i += n;
  }
  return out;
}

std::string format_error(const Error& error) {
  std::string line = "error: ";
  line += kind_name(error.code);
  line += ": ";
  const ErrorWhere& where = error.where;
  if (!where.model.empty()) {
    line += "model '" + where.model + "': ";
  }
  if (!where.op.empty() || !where.node.empty()) {
    line += "node '" + where.node + "'";
    if (!where.op.empty()) {
      line += " (" + where.op;
      if (where.opset > 0) line += ", opset " + std::to_string(where.opset);
      line += ")";
    }
    line += ": ";
  }
  if (!where.tensor.empty()) line += "tensor '" + where.tensor + "': ";
  line += error.message;
  if (!error.hint.empty()) line += "; " + error.hint;
  if (!error.id.empty()) line += " [" + error.id + "]";
  return escape_for_terminal(line);
}

}  // namespace vernier
