#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "engine/engine.h"

// The objects of docs/worker-protocol.md. Private to lib/engine: included by the client and the
// server only.
namespace vernier::worker {

using Json = nlohmann::json;
inline constexpr int kProtocolVersion = 1;
inline constexpr std::size_t kAlignment = 64;
inline constexpr int kMaxRunsPerCall = 1'000'000;

/// Error of a malformed message: internal E-WORKER-PROTOCOL.
Error protocol_error(const std::string& what);

/// One line -> object; error when it is not a JSON object.
Result<Json> parse_line(std::string_view line);
/// One line, without the newline; invalid UTF-8 is replaced.
std::string to_line(const Json& json);

/// Typed members; errors name the key.
Result<std::string> get_string(const Json& object, const char* key);
Result<std::int64_t> get_int(const Json& object, const char* key);
/// Absent or another type: the default.
std::string string_or(const Json& object, const char* key, const std::string& fallback);
std::int64_t int_or(const Json& object, const char* key, std::int64_t fallback);

Json to_json(const Error& error);
Error error_from(const Json& object);
Json to_json(const EngineSettings& settings);
Result<EngineSettings> settings_from(const Json& object);
Json to_json(const TimedRuns& runs);
/// Times that are no integers >= 0 are left out, so that their number shows the fault; without
/// wall_ns the sum stands for it.
TimedRuns timed_runs_from(const Json& object);
Json to_json(const std::vector<TensorInfo>& infos);
Result<std::vector<TensorInfo>> infos_from(const Json& array);
Json to_json(const EngineFacts& facts);
EngineFacts facts_from(const Json& object);

/// A tensor in shared memory: where it starts, how it is to be read.
struct Slot {
  std::string name;
  DType dtype = DType::undefined;
  Shape shape;
  std::size_t offset = 0;
  std::size_t bytes = 0;
  std::vector<std::string>
      strings;  ///< elements of string tensors, which stay out of shared memory
};
/// Slots of tensors one after the other, aligned; `total` receives the size of the memory.
std::vector<Slot> lay_out(std::span<const NamedTensor> tensors, std::size_t& total);
Json to_json(const Slot& slot);
/// Checks dtype, rank, sizes and that the slot lies inside `memory_bytes`.
Result<Slot> slot_from(const Json& object, std::size_t memory_bytes);
/// Writes a tensor into its slot / makes a tensor that borrows the slot's bytes from `owner`.
void write_slot(const Tensor& tensor, const Slot& slot, std::byte* memory);
Result<Tensor> borrow_slot(const Slot& slot, const std::byte* memory,
                           std::shared_ptr<const void> owner);

}  // namespace vernier::worker
