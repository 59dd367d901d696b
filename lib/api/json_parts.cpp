#include "api/json_parts.h"

namespace vernier {

void write_tensor_members(JsonWriter& json, const TensorDescription& tensor) {
  json.member("name", tensor.name).member("dtype", tensor.dtype).key("shape");
  if (!tensor.ranked) {
    json.null();
    return;
  }
  json.begin_array();
  for (const Dimension& dim : tensor.dims) {
    if (dim.size >= 0) {
      json.value(dim.size);
    } else if (!dim.name.empty()) {
      json.value(dim.name);
    } else {
      json.null();
    }
  }
  json.end_array();
}

void write_tensor(JsonWriter& json, const TensorDescription& tensor) {
  json.begin_object();
  write_tensor_members(json, tensor);
  json.end_object();
}

void write_node(JsonWriter& json, const NodeInfo& node) {
  json.begin_object()
      .member("node", node.node)
      .member("op", node.op)
      .member("backend", node.backend)
      .member_or_null("kernel", node.kernel)
      .member_or_null("output", node.output)
      .member_or_null("reason", node.reason)
      .end_object();
}

void write_strings(JsonWriter& json, const std::vector<std::string>& strings) {
  json.begin_array();
  for (const std::string& text : strings) json.value(text);
  json.end_array();
}

void write_counts(JsonWriter& json, const std::map<std::string, std::int64_t>& counts) {
  json.begin_object();
  for (const auto& [name, count] : counts) json.member(name, count);
  json.end_object();
}

void write_dims(JsonWriter& json, const std::vector<std::pair<std::string, std::int64_t>>& dims) {
  json.begin_object();
  for (const auto& [name, size] : dims) json.member(name, size);
  json.end_object();
}

}  // namespace vernier
