#include <catch2/catch.hpp>

#include "quant/recipe.h"

using namespace vernier;

namespace {

QuantRecipe sample() {
  QuantRecipe recipe;
  recipe.target = "ort-cpu";
  recipe.model_sha256 = "00ff";
  recipe.tensors.push_back({"a \"b\"\\\n=c", {DType::uint8, 0.1F, 7}, "mse", "as 'x'"});
  recipe.tensors.push_back({"t", {DType::int8, 3e-9F, 0}, "", ""});
  recipe.channels.push_back({"t", {1.0F, 0.5F}});
  recipe.weights.push_back({"conv 1", 0, {0.25F, 1.0F / 3.0F}, "mse", {0x00, 0xa4, 0x1f}});
  recipe.biases.push_back({"conv 1", {-1e-7F, 2.5F}, "fast"});
  recipe.floats.push_back({"concat", "Concat", "head"});
  return recipe;
}

}  // namespace

TEST_CASE("a recipe is read back as it was written", "[quant]") {
  const QuantRecipe recipe = sample();
  const std::string text = write_recipe(recipe);
  const auto read = parse_recipe(text);
  REQUIRE(read);
  CHECK(write_recipe(*read) == text);
  REQUIRE(read->tensors.size() == 2);
  CHECK(read->tensors[0].name == recipe.tensors[0].name);
  CHECK(read->tensors[0].quant == recipe.tensors[0].quant);
  CHECK(read->tensors[1].quant == recipe.tensors[1].quant);
  CHECK(read->weights[0].scales == recipe.weights[0].scales);
  CHECK(read->weights[0].other == recipe.weights[0].other);
  CHECK(read->biases[0].add == recipe.biases[0].add);
  CHECK(read->channels[0].factors == recipe.channels[0].factors);
  CHECK(read->floats[0].reason == "head");
  CHECK(read->target == "ort-cpu");
}

TEST_CASE("comments and empty lines are skipped", "[quant]") {
  const auto read = parse_recipe(
      "# made by hand\n\nvernier-recipe 1\r\n# more\ntensor \"x\" s8 zero=0 scale=0.5\n");
  REQUIRE(read);
  CHECK(read->tensors[0].quant == LinearQuant{DType::int8, 0.5F, 0});
}

TEST_CASE("what is wrong with a recipe is said with the line", "[quant]") {
  const auto refused = [](const std::string& line, const std::string& part) {
    const auto read = parse_recipe("vernier-recipe 1\n" + line + "\n");
    REQUIRE_FALSE(read);
    INFO(read.error().message);
    CHECK(read.error().id == "E-RECIPE");
    CHECK(read.error().message.find(part) != std::string::npos);
    CHECK(read.error().message.find("line 2") != std::string::npos);
  };
  refused("tensor \"x\" u8 scale=0 zero=0", "above 0");
  refused("weight \"x\" axis=0 scales=1 other=0", "hexadecimal");
  refused("channels \"x\" factors=1,0", "above 0");
  refused("weight \"x\" axis=0 scales=1 other=0g", "hexadecimal");
  refused("tensor \"x\" u8 scale=nan zero=0", "not finite");
  refused("tensor \"x\" u8 scale=1 zero=256", "zero point");
  refused("tensor \"x\" s8 scale=1 zero=128", "zero point");
  refused("tensor \"x\" u4 scale=1 zero=0", "u8 or s8");
  refused("tensor \"x\" u8 scale=1", "zero=");
  refused("tensor \"x u8 scale=1 zero=0", "quotation");
  refused("weight \"c\" axis=0 scales=1,,2", "not a number");
  refused("weight \"c\" axis=0 scales=1 scales=2", "twice");
  refused("bias \"c\" add=1e99", "not a number");
  refused("octopus", "no entry");
  CHECK(parse_recipe("").error().id == "E-RECIPE");
  CHECK(parse_recipe("tensor \"x\" u8 scale=1 zero=0").error().id == "E-RECIPE");
}
