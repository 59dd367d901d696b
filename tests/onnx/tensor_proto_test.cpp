#include "onnx/tensor_proto.h"

#include <catch2/catch.hpp>
#include <complex>
#include <type_traits>

#include "support/onnx_writer.h"
#include "tensor/element.h"

using namespace vernier;
namespace w = onnx_writer;

namespace {

/// TensorProtos of shape [5] as the onnx package (1.22) writes them, as typed fields and as
/// raw_data, with the values it reads back (complex ones as real, imaginary).
struct Row {
  int dtype;
  const char* hex;
  std::vector<double> values;
};
const std::vector<Row> kRows = {
    {1, "080510012214000000000000003f000000c1000040400000e0bf420174", {0, 0.5, -8, 3, -1.75}},
    {1, "080510014201744a14000000000000003f000000c1000040400000e0bf", {0, 0.5, -8, 3, -1.75}},
    {2, "080510022a070001c801ff0107420174", {0, 1, 200, 255, 7}},
    {2, "080510024201744a050001c8ff07", {0, 1, 200, 255, 7}},
    {3, "080510032a17000180ffffffffffffffff017ffdffffffffffffffff01420174", {0, 1, -128, 127, -3}},
    {3, "080510034201744a050001807ffd", {0, 1, -128, 127, -3}},
    {4, "080510042a070001c801ff0107420174", {0, 1, 200, 255, 7}},
    {4, "080510044201744a0a00000100c800ff000700", {0, 1, 200, 255, 7}},
    {5, "080510052a17000180ffffffffffffffff017ffdffffffffffffffff01420174", {0, 1, -128, 127, -3}},
    {5, "080510054201744a0a0000010080ff7f00fdff", {0, 1, -128, 127, -3}},
    {6, "080510062a17000180ffffffffffffffff017ffdffffffffffffffff01420174", {0, 1, -128, 127, -3}},
    {6, "080510064201744a14000000000100000080ffffff7f000000fdffffff", {0, 1, -128, 127, -3}},
    {7, "080510073a17000180ffffffffffffffff017ffdffffffffffffffff01420174", {0, 1, -128, 127, -3}},
    {7,
     "080510074201744a280000000000000000010000000000000080ffffffffffffff7f00000000000000fdfffffffff"
     "fffff",
     {0, 1, -128, 127, -3}},
    {9, "080510092a050100010100420174", {1, 0, 1, 1, 0}},
    {9, "080510094201744a050100010100", {1, 0, 1, 1, 0}},
    {10, "0805100a2a0c00807080900380840180fe02420174", {0, 0.5, -8, 3, -1.75}},
    {10, "0805100a4201744a0a0000003800c8004200bf", {0, 0.5, -8, 3, -1.75}},
    {11,
     "0805100b42017452280000000000000000000000000000e03f00000000000020c0000000000000084000000000000"
     "0fcbf",
     {0, 0.5, -8, 3, -1.75}},
    {11,
     "0805100b4201744a280000000000000000000000000000e03f00000000000020c0000000000000084000000000000"
     "0fcbf",
     {0, 0.5, -8, 3, -1.75}},
    {12, "0805100c4201745a070001c801ff0107", {0, 1, 200, 255, 7}},
    {12, "0805100c4201744a140000000001000000c8000000ff00000007000000", {0, 1, 200, 255, 7}},
    {13, "0805100d4201745a070001c801ff0107", {0, 1, 200, 255, 7}},
    {13,
     "0805100d4201744a2800000000000000000100000000000000c800000000000000ff0000000000000007000000000"
     "00000",
     {0, 1, 200, 255, 7}},
    {14,
     "0805100e22280000803f000000c0000000000000003f000040c000000000000080400000804000000000000000004"
     "20174",
     {1, -2, 0, 0.5, -3, 0, 4, 4, 0, 0}},
    {14,
     "0805100e4201744a280000803f000000c0000000000000003f000040c000000000000080400000804000000000000"
     "00000",
     {1, -2, 0, 0.5, -3, 0, 4, 4, 0, 0}},
    {15,
     "0805100f4201745250000000000000f03f00000000000000c00000000000000000000000000000e03f00000000000"
     "008c000000000000000000000000000001040000000000000104000000000000000000000000000000000",
     {1, -2, 0, 0.5, -3, 0, 4, 4, 0, 0}},
    {15,
     "0805100f4201744a50000000000000f03f00000000000000c00000000000000000000000000000e03f00000000000"
     "008c000000000000000000000000000001040000000000000104000000000000000000000000000000000",
     {1, -2, 0, 0.5, -3, 0, 4, 4, 0, 0}},
    {16, "080510102a0c00807e808203c08001e0ff02420174", {0, 0.5, -8, 3, -1.75}},
    {16, "080510104201744a0a0000003f00c14040e0bf", {0, 0.5, -8, 3, -1.75}},
    {17, "080510112a070030d00144be01420174", {0, 0.5, -8, 3, -1.75}},
    {17, "080510114201744a050030d044be", {0, 0.5, -8, 3, -1.75}},
    {18, "080510122a070038d8014cc601420174", {0, 0.5, -8, 3, -1.75}},
    {18, "080510124201744a050038d84cc6", {0, 0.5, -8, 3, -1.75}},
    {19, "080510132a070038c80142bf01420174", {0, 0.5, -8, 3, -1.75}},
    {19, "080510134201744a050038c842bf", {0, 0.5, -8, 3, -1.75}},
    {20, "080510142a07003ccc0146c301420174", {0, 0.5, -8, 3, -1.75}},
    {20, "080510144201744a05003ccc46c3", {0, 0.5, -8, 3, -1.75}},
    {21, "080510152a0410f90107420174", {0, 1, 9, 15, 7}},
    {21, "080510154201744a0310f907", {0, 1, 9, 15, 7}},
    {22, "080510162a0310780d420174", {0, 1, -8, 7, -3}},
    {22, "080510164201744a0310780d", {0, 1, -8, 7, -3}},
    {23, "080510172a03105f0b420174", {0, 0.5, -6, 3, -1.5}},
    {23, "080510174201744a03105f0b", {0, 0.5, -6, 3, -1.5}},
    {25, "080510192a03e40101420174", {0, 1, 2, 3, 1}},
    {25, "080510194201744a02e401", {0, 1, 2, 3, 1}},
    {26, "0805101a2a03e40101420174", {0, 1, -2, -1, 1}},
    {26, "0805101a4201744a02e401", {0, 1, -2, -1, 1}},
    {24, "080510182a077f80017e85017d420174", {1, 2, 0.5, 64, 0.25}},
    {24, "080510184201744a057f807e857d", {1, 2, 0.5, 64, 0.25}},
};

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

std::span<const std::byte> as_bytes(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

Result<onnx::NamedTensor> read(const std::string& message) {
  onnx::TensorSource source(as_bytes(message).data(), nullptr, "", nullptr);
  return onnx::read_tensor(as_bytes(message), source);
}

std::vector<double> values_of(const Tensor& tensor) {
  std::vector<double> out;
  visit_dtype(tensor.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (!std::is_void_v<T> && !std::is_same_v<T, std::string>) {
      for (const T& element : tensor.span<T>()) {
        if constexpr (is_complex_v<T>) {
          out.push_back(static_cast<double>(element.real()));
          out.push_back(static_cast<double>(element.imag()));
        } else {
          out.push_back(static_cast<double>(load_element(element)));
        }
      }
    }
  });
  return out;
}

std::string error_id(const std::string& message) {
  const auto result = read(message);
  return result ? "accepted" : result.error().id;
}

}  // namespace

TEST_CASE("tensors of every dtype are read as the onnx package reads them") {
  for (const Row& row : kRows) {
    const std::string message = from_hex(row.hex);
    const auto result = read(message);
    CAPTURE(row.dtype, row.hex);
    REQUIRE(result);
    CHECK(result->name == "t");
    CHECK(static_cast<int>(result->tensor.dtype()) == row.dtype);
    CHECK(result->tensor.shape() == Shape{5});
    const auto aligned = result->tensor.to_aligned();
    REQUIRE(aligned);
    CHECK(values_of(*aligned) == row.values);
  }
}

TEST_CASE("strings are read, also empty ones") {
  const auto message =
      w::tensor_head("s", 8, {3}) + w::text(6, "a") + w::text(6, "") + w::text(6, "bc");
  const auto result = read(message);
  REQUIRE(result);
  const auto strings = result->tensor.span<std::string>();
  CHECK(std::vector<std::string>(strings.begin(), strings.end()) ==
        std::vector<std::string>{"a", "", "bc"});
}

TEST_CASE("a payload of another size than the shape's is refused") {
  for (int dtype = 1; dtype <= 26; ++dtype) {
    if (dtype == 8) continue;
    CAPTURE(dtype);
    const auto bytes = *checked_packed_byte_count(static_cast<DType>(dtype), Shape{3, 3}.span());
    CHECK(error_id(w::tensor_raw("t", dtype, {3, 3}, std::string(bytes, '\0'))) == "accepted");
    CHECK(error_id(w::tensor_raw("t", dtype, {3, 3}, std::string(bytes - 1, '\0'))) ==
          "E-MODEL-TENSOR");
    CHECK(error_id(w::tensor_raw("t", dtype, {3, 3}, std::string(bytes + 1, '\0'))) ==
          "E-MODEL-TENSOR");
    CHECK(error_id(w::tensor_head("t", dtype, {3, 3})) == "E-MODEL-TENSOR");
  }
  CHECK(error_id(w::tensor_raw("t", 8, {1}, "x")) == "E-MODEL-TENSOR");
}

TEST_CASE("shapes that overflow, are negative or too deep are refused before any allocation") {
  const std::int64_t big = (std::int64_t{1} << 42) + 1;
  CHECK(error_id(w::tensor_raw("t", 1, {big, big}, "")) == "E-MODEL-SHAPE");
  CHECK(error_id(w::tensor_raw("t", 1, {4194305, 4194305, 211106198978564}, "abcd")) ==
        "E-MODEL-SHAPE");
  CHECK(error_id(w::tensor_raw("t", 1, {0, big, big}, "")) == "E-MODEL-SHAPE");
  CHECK(error_id(w::tensor_raw("t", 1, {-1}, "")) == "E-MODEL-SHAPE");
  CHECK(error_id(w::tensor_raw("t", 1, std::vector<std::int64_t>(13, 1), "abcd")) ==
        "E-LIMIT-RANK");
  CHECK(error_id(w::tensor_raw("t", 1, {std::int64_t{1} << 50}, "abcd")) == "E-MODEL-TENSOR");
  CHECK(error_id(w::tensor_raw("t", 1, {2, 0}, "")) == "accepted");
  CHECK(error_id(w::tensor_raw("t", 1, {}, "abcd")) == "accepted");
}

TEST_CASE("contradicting or unknown declarations are refused") {
  CHECK(error_id(w::tensor_raw("t", 99, {1}, "abcd")) == "E-MODEL-DTYPE");
  CHECK(error_id(w::tensor_raw("t", 0, {1}, "abcd")) == "E-MODEL-DTYPE");
  CHECK(error_id(w::tensor_head("t", 1, {1}) + w::number(7, 1)) == "E-MODEL-TENSOR");
  CHECK(error_id(w::tensor_raw("t", 1, {1}, "abcd") + w::fixed32(4, 1)) == "E-MODEL-TENSOR");
  CHECK(error_id(w::tensor_head("t", 2, {1}) + w::number(5, 256)) == "E-MODEL-TENSOR");
  CHECK(error_id(w::tensor_head("t", 3, {1}) + w::number(5, -129)) == "E-MODEL-TENSOR");
  CHECK(error_id(w::tensor_raw("t", 1, {1}, "abcd") + w::text(3, "")) == "E-UNSUPPORTED-TENSOR");
  CHECK(error_id(w::tensor_raw("t", 1, {1}, "abcd") + w::number(14, 7)) == "E-MODEL-TENSOR");
}

TEST_CASE("bool payloads become 0 and 1") {
  const auto message = w::tensor_raw("b", 9, {3}, std::string("\0\7\xFF", 3));
  const auto result = read(message);
  REQUIRE(result);
  CHECK(values_of(result->tensor) == std::vector<double>{0, 1, 1});
}

TEST_CASE("large raw data stays a view into the file, small misaligned data is copied") {
  const auto in_file = [](const std::string& message, const Tensor& tensor) {
    const auto bytes = as_bytes(message);
    return tensor.data() >= bytes.data() && tensor.data() < bytes.data() + bytes.size();
  };
  int misaligned = 0;
  for (int pad = 0; pad < 4; ++pad) {
    const std::string name(static_cast<std::size_t>(pad) + 1, 'n');
    const auto large = w::tensor_raw(name, 1, {40000}, std::string(160000, 'x'));
    const auto result = read(large);
    REQUIRE(result);
    CHECK(in_file(large, result->tensor));
    misaligned += result->tensor.aligned() ? 0 : 1;
    const auto small = w::tensor_raw(name, 1, {4}, std::string(16, 'x'));
    const auto copied = read(small);
    REQUIRE(copied);
    CHECK(copied->tensor.aligned());
  }
  CHECK(misaligned > 0);
}

TEST_CASE("typed data obeys the budget") {
  const auto message = w::tensor_head("t", 1, {4}) + w::text(4, std::string(16, '\0'));
  onnx::TensorSource source(as_bytes(message).data(), nullptr, "",
                            std::make_shared<MemoryBudget>(8));
  const auto result = onnx::read_tensor(as_bytes(message), source);
  REQUIRE_FALSE(result);
  CHECK(result.error().id == "E-LIMIT-MEMORY");
}

TEST_CASE("sparse tensors are checked and become dense") {
  const auto sparse = [](const std::vector<std::int64_t>& index_dims,
                         const std::vector<std::int64_t>& indices) {
    return w::text(1, w::tensor_floats("v", {2}, {5, 7})) +
           w::text(2, w::tensor_ints("", index_dims, indices)) + w::number(3, 2) + w::number(3, 3);
  };
  const auto dense = [](const std::string& message) -> Result<Tensor> {
    onnx::TensorSource source(as_bytes(message).data(), nullptr, "", nullptr);
    VERNIER_ASSIGN(auto named, onnx::read_sparse_tensor(as_bytes(message), source));
    return onnx::densify(named.tensor, nullptr);
  };
  const auto linear = dense(sparse({2}, {1, 5}));
  REQUIRE(linear);
  CHECK(values_of(*linear) == std::vector<double>{0, 5, 0, 0, 0, 7});
  const auto by_axis = dense(sparse({2, 2}, {0, 2, 1, 0}));
  REQUIRE(by_axis);
  CHECK(values_of(*by_axis) == std::vector<double>{0, 0, 5, 7, 0, 0});
  CHECK_FALSE(dense(sparse({2}, {1, 6})));
  CHECK_FALSE(dense(sparse({2}, {-1, 2})));
  CHECK_FALSE(dense(sparse({2}, {2, 2})));
  CHECK_FALSE(dense(sparse({1}, {2})));
  CHECK_FALSE(dense(sparse({2, 2}, {0, 3, 1, 0})));
}
