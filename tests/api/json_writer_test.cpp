#include "api/json_writer.h"

#include <catch2/catch.hpp>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "vernier/vernier.h"

using nlohmann::json;

TEST_CASE("what JsonWriter writes is what a JSON reader reads", "[api]") {
  vernier::JsonWriter writer;
  writer.begin_object()
      .member("text", "a \"quoted\" \\ line\nwith \x01 and \xc3\xa9")
      .member("int", std::int64_t{-9007199254740993})
      .member("big", std::uint64_t{18446744073709551615ULL})
      .member("double", 0.1)
      .member("whole", 3.0)
      .member("flag", true)
      .member("nan", std::numeric_limits<double>::quiet_NaN())
      .member_or_null("empty", "")
      .key("list")
      .begin_array()
      .value(1)
      .begin_object()
      .end_object()
      .begin_array()
      .end_array()
      .end_array()
      .end_object();
  const json read = json::parse(writer.take());
  CHECK(read["text"] == "a \"quoted\" \\ line\nwith \x01 and \xc3\xa9");
  CHECK(read["int"] == -9007199254740993LL);
  CHECK(read["big"] == 18446744073709551615ULL);
  CHECK(read["double"] == 0.1);
  CHECK(read["whole"] == 3.0);
  CHECK(read["flag"] == true);
  CHECK(read["nan"].is_null());
  CHECK(read["empty"].is_null());
  CHECK(read["list"].size() == 3);
}

TEST_CASE("text that is not UTF-8 still makes valid JSON", "[api]") {
  vernier::JsonWriter writer;
  writer.begin_array().value("bad \xff\xfe end").end_array();
  const json read = json::parse(writer.take());
  CHECK(read[0].get<std::string>().find("\\xff") != std::string::npos);
}

TEST_CASE("an error as JSON holds all of it", "[api]") {
  vernier::Error error = vernier::invalid_model("weight has 3 dims", "E-MODEL-SHAPE");
  error.where.node = "conv1";
  error.where.op = "Conv";
  error.where.opset = 13;
  const json read = json::parse(vernier::error_to_json(error))["error"];
  CHECK(read["code"] == 3);
  CHECK(read["kind"] == "invalid model");
  CHECK(read["id"] == "E-MODEL-SHAPE");
  CHECK(read["node"] == "conv1");
  CHECK(read["op"] == "Conv");
  CHECK(read["opset"] == 13);
  CHECK(read["message"] == "weight has 3 dims");
  CHECK(read["tensor"].is_null());
  CHECK(read["hint"].is_null());
}
