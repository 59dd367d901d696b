#include "engine/worker_json.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/checked_math.h"

namespace vernier::worker {
namespace {

constexpr std::array<Errc, 9> kCodes = {Errc::usage,        Errc::invalid_model, Errc::unsupported,
                                        Errc::invalid_data, Errc::limit,         Errc::device,
                                        Errc::output,       Errc::internal,      Errc::interrupted};

Json strings_to_json(const std::vector<std::string>& texts) {
  Json array = Json::array();
  for (const std::string& text : texts) array.push_back(text);
  return array;
}

std::vector<std::string> strings_from(const Json& object, const char* key) {
  std::vector<std::string> texts;
  const auto it = object.find(key);
  if (it == object.end() || !it->is_array()) return texts;
  for (const Json& item : *it) {
    if (item.is_string()) texts.push_back(item.get<std::string>());
  }
  return texts;
}

Json type_to_json(const ValueType& type) {
  Json object = {{"dtype", dtype_name(type.dtype)}};
  if (type.kind != ValueType::Kind::tensor) object["kind"] = "other";
  if (!type.ranked) {
    object["dims"] = nullptr;
    return object;
  }
  Json dims = Json::array();
  for (const Dim& dim : type.dims) {
    if (dim.is_known()) {
      dims.push_back(dim.value);
    } else if (!dim.symbol.empty()) {
      dims.push_back(dim.symbol);
    } else {
      dims.push_back(nullptr);
    }
  }
  object["dims"] = std::move(dims);
  return object;
}

Result<ValueType> type_from(const Json& object) {
  ValueType type;
  VERNIER_ASSIGN(const std::string name, get_string(object, "dtype"));
  type.dtype = dtype_from_name(name).value_or(DType::undefined);
  if (object.contains("kind")) type.kind = ValueType::Kind::sequence;
  const auto dims = object.find("dims");
  if (dims == object.end() || !dims->is_array()) return type;
  if (dims->size() > kMaxRank) return protocol_error("a tensor has too many dimensions");
  type.ranked = true;
  for (const Json& dim : *dims) {
    if (dim.is_number_integer() && dim.get<std::int64_t>() >= 0) {
      type.dims.push_back(Dim::known(dim.get<std::int64_t>()));
    } else if (dim.is_string()) {
      type.dims.push_back(Dim::named(dim.get<std::string>()));
    } else {
      type.dims.push_back(Dim::unknown());
    }
  }
  return type;
}

}  // namespace

Error protocol_error(const std::string& what) {
  return internal_error("worker protocol: " + what, "E-WORKER-PROTOCOL");
}

Result<Json> parse_line(std::string_view line) {
  Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return protocol_error("a line is not a JSON object");
  return json;
}

std::string to_line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<std::string> get_string(const Json& object, const char* key) {
  const auto it = object.find(key);
  if (it == object.end() || !it->is_string()) {
    return protocol_error("'" + std::string(key) + "' is missing or no string");
  }
  return it->get<std::string>();
}

Result<std::int64_t> get_int(const Json& object, const char* key) {
  const auto it = object.find(key);
  if (it == object.end() || !it->is_number_integer()) {
    return protocol_error("'" + std::string(key) + "' is missing or no integer");
  }
  return it->get<std::int64_t>();
}

std::string string_or(const Json& object, const char* key, const std::string& fallback) {
  const auto it = object.find(key);
  return it != object.end() && it->is_string() ? it->get<std::string>() : fallback;
}

std::int64_t int_or(const Json& object, const char* key, std::int64_t fallback) {
  const auto it = object.find(key);
  return it != object.end() && it->is_number_integer() ? it->get<std::int64_t>() : fallback;
}

Json to_json(const Error& error) {
  Json object = {{"kind", kind_name(error.code)}, {"id", error.id}, {"message", error.message}};
  const auto put = [&](const char* key, const std::string& value) {
    if (!value.empty()) object[key] = value;
  };
  put("node", error.where.node);
  put("op", error.where.op);
  put("tensor", error.where.tensor);
  put("model", error.where.model);
  put("hint", error.hint);
  if (error.where.opset != 0) object["opset"] = error.where.opset;
  return object;
}

Error error_from(const Json& object) {
  if (!object.is_object()) return protocol_error("an error is no object");
  Error error;
  const std::string kind = string_or(object, "kind", "internal");
  for (const Errc code : kCodes) {
    if (kind_name(code) == kind) error.code = code;
  }
  error.id = string_or(object, "id", "E-ENGINE");
  error.message = string_or(object, "message", "the worker gave no reason");
  error.where.node = string_or(object, "node", "");
  error.where.op = string_or(object, "op", "");
  error.where.tensor = string_or(object, "tensor", "");
  error.where.model = string_or(object, "model", "");
  error.where.opset =
      static_cast<int>(std::clamp<std::int64_t>(int_or(object, "opset", 0), 0, 999));
  error.hint = string_or(object, "hint", "");
  return error;
}

Json to_json(const EngineSettings& settings) {
  Json dims = Json::object();
  for (const auto& [name, size] : settings.dims) dims[name] = size;
  Json options = Json::object();
  for (const auto& [key, value] : settings.options) options[key] = value;
  return {{"backend", settings.backend},
          {"precision", settings.precision},
          {"threads", settings.threads},
          {"streams", settings.streams},
          {"max_memory_bytes", settings.max_memory_bytes},
          {"dims", std::move(dims)},
          {"options", std::move(options)}};
}

Result<EngineSettings> settings_from(const Json& object) {
  EngineSettings settings;
  if (!object.is_object()) return protocol_error("'settings' is no object");
  settings.backend = string_or(object, "backend", settings.backend);
  settings.precision = string_or(object, "precision", settings.precision);
  const std::int64_t threads = int_or(object, "threads", 1);
  if (threads < 1 || threads > 4096) return usage_error("threads must be 1 to 4096");
  settings.threads = static_cast<int>(threads);
  const std::int64_t streams = int_or(object, "streams", 1);
  if (streams < 1 || streams > kMaxStreams) return usage_error("streams must be 1 to 64");
  settings.streams = static_cast<int>(streams);
  settings.max_memory_bytes =
      static_cast<std::uint64_t>(std::max<std::int64_t>(int_or(object, "max_memory_bytes", 0), 0));
  if (const auto dims = object.find("dims"); dims != object.end() && dims->is_object()) {
    for (const auto& [name, size] : dims->items()) {
      if (!size.is_number_integer()) return protocol_error("a dimension is no integer");
      settings.dims.emplace_back(name, size.get<std::int64_t>());
    }
  }
  if (const auto options = object.find("options");
      options != object.end() && options->is_object()) {
    for (const auto& [key, value] : options->items()) {
      if (!value.is_string()) return protocol_error("an option is no string");
      settings.options[key] = value.get<std::string>();
    }
  }
  return settings;
}

Json to_json(const TimedRuns& runs) {
  Json events = Json::array();
  for (const TimedRuns::Event& event : runs.events) {
    events.push_back(Json::array(
        {event.run, event.involuntary_switches, event.minor_faults, event.major_faults}));
  }
  return {{"ns", runs.ns}, {"wall_ns", runs.wall_ns}, {"events", std::move(events)}};
}

TimedRuns timed_runs_from(const Json& object) {
  TimedRuns runs;
  const auto is_count = [](const Json& value) {
    return value.is_number_integer() && value.get<std::int64_t>() >= 0;
  };
  const auto times = object.find("ns");
  if (times != object.end() && times->is_array()) {
    for (const Json& value : *times) {
      if (is_count(value)) runs.ns.push_back(value.get<std::int64_t>());
    }
  }
  std::int64_t sum = 0;
  for (const std::int64_t ns : runs.ns) sum += ns;
  runs.wall_ns = int_or(object, "wall_ns", sum);
  const auto events = object.find("events");
  if (events == object.end() || !events->is_array()) return runs;
  for (const Json& event : *events) {
    const bool whole = event.is_array() && event.size() == 4 &&
                       std::all_of(event.begin(), event.end(), is_count) &&
                       event[0].get<std::size_t>() < runs.ns.size();
    if (!whole) continue;
    runs.events.push_back({event[0].get<std::int64_t>(), event[1].get<std::int64_t>(),
                           event[2].get<std::int64_t>(), event[3].get<std::int64_t>()});
  }
  return runs;
}

Json to_json(const std::vector<TensorInfo>& infos) {
  Json array = Json::array();
  for (const TensorInfo& info : infos) {
    Json object = type_to_json(info.type);
    object["name"] = info.name;
    array.push_back(std::move(object));
  }
  return array;
}

Result<std::vector<TensorInfo>> infos_from(const Json& array) {
  if (!array.is_array()) return protocol_error("tensor descriptions are no list");
  std::vector<TensorInfo> infos;
  for (const Json& object : array) {
    TensorInfo info;
    if (!object.is_object()) return protocol_error("a tensor description is no object");
    VERNIER_ASSIGN(info.name, get_string(object, "name"));
    VERNIER_ASSIGN(info.type, type_from(object));
    infos.push_back(std::move(info));
  }
  return infos;
}

Json to_json(const EngineFacts& facts) {
  Json placement = Json::array();
  for (const NodePlacement& node : facts.placement) {
    placement.push_back({{"node", node.node},
                         {"op", node.op},
                         {"backend", node.backend},
                         {"kernel", node.kernel},
                         {"reason", node.reason}});
  }
  return {{"planned_arena_bytes", facts.planned_arena_bytes},
          {"weights_bytes", facts.weights_bytes},
          {"isa", facts.isa},
          {"placement", std::move(placement)},
          {"notes", strings_to_json(facts.notes)}};
}

EngineFacts facts_from(const Json& object) {
  EngineFacts facts;
  if (!object.is_object()) return facts;
  const auto bytes = [&](const char* key) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(int_or(object, key, 0), 0));
  };
  facts.planned_arena_bytes = bytes("planned_arena_bytes");
  facts.weights_bytes = bytes("weights_bytes");
  facts.isa = string_or(object, "isa", "");
  facts.notes = strings_from(object, "notes");
  if (const auto nodes = object.find("placement"); nodes != object.end() && nodes->is_array()) {
    for (const Json& node : *nodes) {
      if (!node.is_object()) continue;
      facts.placement.push_back({string_or(node, "node", ""), string_or(node, "op", ""),
                                 string_or(node, "backend", ""), string_or(node, "kernel", ""),
                                 string_or(node, "reason", "")});
    }
  }
  return facts;
}

std::vector<Slot> lay_out(std::span<const NamedTensor> tensors, std::size_t& total) {
  std::vector<Slot> slots;
  total = 0;
  for (const NamedTensor& item : tensors) {
    Slot slot;
    slot.name = item.name;
    slot.dtype = item.tensor.dtype();
    slot.shape = item.tensor.shape();
    if (slot.dtype == DType::string) {
      const auto values = item.tensor.span<std::string>();
      slot.strings.assign(values.begin(), values.end());
    } else {
      slot.offset = (total + kAlignment - 1) / kAlignment * kAlignment;
      slot.bytes = item.tensor.byte_count();
      total = slot.offset + slot.bytes;
    }
    slots.push_back(std::move(slot));
  }
  return slots;
}

Json to_json(const Slot& slot) {
  Json shape = Json::array();
  for (const std::int64_t dim : slot.shape) shape.push_back(dim);
  Json object = {{"name", slot.name}, {"dtype", dtype_name(slot.dtype)}, {"shape", shape}};
  if (slot.dtype == DType::string) {
    object["strings"] = strings_to_json(slot.strings);
  } else {
    object["offset"] = slot.offset;
    object["bytes"] = slot.bytes;
  }
  return object;
}

Result<Slot> slot_from(const Json& object, std::size_t memory_bytes) {
  if (!object.is_object()) return protocol_error("a tensor is no object");
  Slot slot;
  VERNIER_ASSIGN(slot.name, get_string(object, "name"));
  VERNIER_ASSIGN(const std::string dtype, get_string(object, "dtype"));
  slot.dtype = dtype_from_name(dtype).value_or(DType::undefined);
  if (slot.dtype == DType::undefined) return protocol_error("unknown dtype '" + dtype + "'");
  const auto shape = object.find("shape");
  if (shape == object.end() || !shape->is_array() || shape->size() > kMaxRank) {
    return protocol_error("'shape' is missing or too long");
  }
  for (const Json& dim : *shape) {
    if (!dim.is_number_integer()) return protocol_error("a dimension is no integer");
    slot.shape.push_back(dim.get<std::int64_t>());
  }
  const auto bytes = checked_byte_count(slot.dtype, slot.shape.span());
  if (!bytes) return protocol_error("tensor '" + slot.name + "' has an impossible shape");
  if (slot.dtype == DType::string) {
    slot.strings = strings_from(object, "strings");
    if (static_cast<std::int64_t>(slot.strings.size()) != element_count(slot.shape)) {
      return protocol_error("tensor '" + slot.name + "' has another number of strings");
    }
    return slot;
  }
  VERNIER_ASSIGN(const std::int64_t offset, get_int(object, "offset"));
  VERNIER_ASSIGN(const std::int64_t given, get_int(object, "bytes"));
  if (offset < 0 || given < 0 || static_cast<std::size_t>(given) != *bytes ||
      static_cast<std::size_t>(offset) % kAlignment != 0 ||
      static_cast<std::size_t>(offset) > memory_bytes ||
      *bytes > memory_bytes - static_cast<std::size_t>(offset)) {
    return protocol_error("tensor '" + slot.name + "' lies outside the shared memory");
  }
  slot.offset = static_cast<std::size_t>(offset);
  slot.bytes = *bytes;
  return slot;
}

void write_slot(const Tensor& tensor, const Slot& slot, std::byte* memory) {
  if (slot.bytes > 0) std::memcpy(memory + slot.offset, tensor.data(), slot.bytes);
}

Result<Tensor> borrow_slot(const Slot& slot, const std::byte* memory,
                           std::shared_ptr<const void> owner) {
  if (slot.dtype != DType::string) {
    return Tensor::borrow(slot.dtype, slot.shape, memory + slot.offset, std::move(owner));
  }
  VERNIER_ASSIGN(Tensor tensor, Tensor::allocate(slot.dtype, slot.shape));
  for (std::size_t i = 0; i < slot.strings.size(); ++i) {
    tensor.mutable_as<std::string>()[i] = slot.strings[i];
  }
  return tensor;
}

}  // namespace vernier::worker
