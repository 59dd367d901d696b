#include "onnx/metadata.h"

#include <utility>

#include "base/file.h"
#include "onnx/wire.h"

namespace vernier::onnx {
namespace {

constexpr std::uint32_t kMetadataProps = 14;  // of onnx.ModelProto

}  // namespace

Result<std::map<std::string, std::string>> read_metadata(const std::string& path) {
  VERNIER_ASSIGN(const auto file, MappedFile::open(path));
  WireReader model(file->bytes(), file->bytes().data());
  std::map<std::string, std::string> all;
  while (!model.done()) {
    VERNIER_ASSIGN(const WireField field, model.next());
    if (field.number != kMetadataProps || field.type != WireType::bytes) continue;
    WireReader entry(field.bytes, model.origin());
    std::string key;
    std::string value;
    while (!entry.done()) {
      VERNIER_ASSIGN(const WireField part, entry.next());
      if (part.type != WireType::bytes) continue;
      if (part.number == 1) key = std::string(part.text());
      if (part.number == 2) value = std::string(part.text());
    }
    all[std::move(key)] = std::move(value);
  }
  return all;
}

}  // namespace vernier::onnx
