#include "tensor/npy.h"

#include <catch2/catch.hpp>

#include <cstring>
#include <string>
#include <vector>

#include "support/temp_dir.h"
#include "tensor/element.h"
#include "tensor/numpy_files.h"

using namespace vernier;

namespace {

template <std::size_t N>
std::span<const std::byte> bytes_of(const std::uint8_t (&data)[N]) {
  return std::as_bytes(std::span(data));
}

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

std::string npy(const std::string& dict, const std::string& payload, char major = 1) {
  std::string file = "\x93NUMPY";
  file += major;
  file += '\0';
  file += static_cast<char>(dict.size() & 0xFF);
  file += static_cast<char>((dict.size() >> 8) & 0xFF);
  if (major > 1) file += std::string(2, '\0');
  return file + dict + payload;
}

std::string dict(const std::string& descr, const std::string& shape,
                 const std::string& order = "False") {
  return "{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }";
}

Error failure(const std::string& file) {
  auto result = parse_npy(bytes_of(file), "hostile.npy");
  REQUIRE_FALSE(result);
  return result.error();
}

}  // namespace

TEST_CASE("reads what numpy wrote") {
  auto a = parse_npy(bytes_of(numpy_files::kFloat), "a");
  REQUIRE(a);
  CHECK(a->dtype() == DType::float32);
  CHECK(a->shape() == Shape{2, 3});
  CHECK(std::vector<float>(a->span<float>().begin(), a->span<float>().end()) ==
        std::vector<float>{1.5F, -2, 3, 4, 5, 6.25F});

  auto b = parse_npy(bytes_of(numpy_files::kFortranBigEndian), "b");
  REQUIRE(b);
  CHECK(b->shape() == Shape{2, 3});
  CHECK(std::vector<int>(b->span<int>().begin(), b->span<int>().end()) ==
        std::vector<int>{1, 2, 3, 4, 5, -6});

  auto c = parse_npy(bytes_of(numpy_files::kUnicode), "c");
  REQUIRE(c);
  REQUIRE(c->dtype() == DType::string);
  CHECK(c->span<std::string>()[0] == "a");
  CHECK(c->span<std::string>()[1] == "h\xc3\xa9\xc3\xa9");
  CHECK(c->span<std::string>()[2].empty());

  auto d = parse_npy(bytes_of(numpy_files::kVersion3), "d");
  REQUIRE(d);
  CHECK(d->dtype() == DType::boolean);
  CHECK(d->as<bool>()[0]);
  CHECK_FALSE(d->as<bool>()[1]);
}

TEST_CASE("writes the bytes that numpy writes") {
  TempDir dir;
  auto a = parse_npy(bytes_of(numpy_files::kFloat), "a");
  REQUIRE(a);
  REQUIRE(write_npy_file(dir.file("a.npy"), a->view()));
  auto text = read_text_file(dir.file("a.npy"), 1 << 20);
  REQUIRE(text);
  CHECK(*text == std::string(reinterpret_cast<const char*>(numpy_files::kFloat),
                             sizeof numpy_files::kFloat));
}

TEST_CASE("every element type survives a round trip") {
  TempDir dir;
  for (int i = 1; i < kDTypeCount; ++i) {
    const auto dtype = static_cast<DType>(i);
    INFO(dtype_name(dtype));
    auto tensor = Tensor::allocate(dtype, {2, 2});
    REQUIRE(tensor);
    if (dtype == DType::string) {
      tensor->mutable_as<std::string>()[1] = "z\xc3\xa4";
      tensor->mutable_as<std::string>()[3] = std::string("\xff\x01", 2);
    } else {
      auto* data = reinterpret_cast<std::uint8_t*>(tensor->mutable_view().data);
      const bool two_bits = dtype == DType::int2 || dtype == DType::uint2;
      for (std::size_t k = 0; k < tensor->byte_count(); ++k) {
        data[k] = static_cast<std::uint8_t>(dtype == DType::boolean || two_bits ? k % 2
                                            : is_sub_byte(dtype)                ? k
                                                                                : k * 7 + 3);
      }
    }
    REQUIRE(write_npy_file(dir.file("t.npy"), tensor->view()));
    auto back = read_npy(dir.file("t.npy"));
    REQUIRE(back);
    CHECK(back->dtype() == dtype);
    CHECK(back->shape() == tensor->shape());
    if (dtype == DType::string) {
      for (int k = 0; k < 4; ++k) CHECK(back->as<std::string>()[k] == tensor->as<std::string>()[k]);
    } else {
      CHECK(std::memcmp(back->data(), tensor->data(), tensor->byte_count()) == 0);
    }
  }
}

TEST_CASE("strided views, scalars and empty tensors are written densely") {
  TempDir dir;
  const Tensor t = Tensor::from_float(std::vector<float>{1, 2, 3, 4, 5, 6}, {2, 3});
  TensorView transposed = t.view();
  transposed.shape = {3, 2};
  transposed.strides = {1, 3};
  REQUIRE(write_npy_file(dir.file("t.npy"), transposed));
  auto back = read_npy(dir.file("t.npy"));
  REQUIRE(back);
  CHECK(std::vector<float>(back->span<float>().begin(), back->span<float>().end()) ==
        std::vector<float>{1, 4, 2, 5, 3, 6});
  REQUIRE(write_npy_file(dir.file("s.npy"), Tensor::scalar_float(7).view()));
  auto scalar = read_npy(dir.file("s.npy"));
  REQUIRE(scalar);
  CHECK(scalar->shape().empty());
  CHECK(scalar->as<float>()[0] == 7);
  auto empty = parse_npy(bytes_of(npy(dict("'<f4'", "(0, 5)"), "")), "e");
  REQUIRE(empty);
  CHECK(empty->shape() == Shape{0, 5});
}

TEST_CASE("complex numbers swap by halves, types that numpy lacks are named fields") {
  const std::string payload("\x3f\x80\x00\x00\x40\x00\x00\x00", 8);
  auto c = parse_npy(bytes_of(npy(dict("'>c8'", "(1,)"), payload)), "c");
  REQUIRE(c);
  CHECK(c->as<std::complex<float>>()[0] == std::complex<float>(1, 2));
  auto b = parse_npy(bytes_of(npy(dict("[('bfloat16', '<u2')]", "(1,)"), "\x80\x3f")), "b");
  REQUIRE(b);
  CHECK(b->dtype() == DType::bfloat16);
  CHECK(static_cast<float>(b->as<bfloat16>()[0]) == 1.0F);
}

TEST_CASE("hostile .npy files are refused by name") {
  CHECK(failure("").id == "E-NPY-FORMAT");
  CHECK(failure("PK\x03\x04 something else").id == "E-NPY-FORMAT");
  CHECK(failure(npy(dict("'|O'", "(1,)"), std::string(8, 'x'))).id == "E-NPY-PICKLE");
  CHECK(failure(npy(dict("'|O'", "(1,)"), "")).code == Errc::invalid_data);
  CHECK(failure(npy(dict("'<V2'", "(1,)"), "xx")).id == "E-NPY-DTYPE");
  CHECK(failure(npy(dict("'<M8[ns]'", "(1,)"), "12345678")).id == "E-NPY-DTYPE");
  CHECK(failure(npy(dict("[('a', '<f4'), ('b', '<f4')]", "(1,)"), "12345678")).id == "E-NPY-DTYPE");
  CHECK(failure(npy(dict("'<f4'", "(2,)"), "1234")).id == "E-NPY-FORMAT");
  CHECK(failure(npy(dict("'<f4'", "(1,)"), "12345")).id == "E-NPY-FORMAT");
  CHECK(failure(npy(dict("'<f4'", "(-1,)"), "")).id == "E-NPY-FORMAT");
  CHECK(failure(npy(dict("'<f4'", "(4611686018427387904, 4)"), "")).id == "E-NPY-FORMAT");
  CHECK(failure(npy(dict("'<f4'", "(99999999999999999999,)"), "")).id == "E-NPY-FORMAT");
  CHECK(failure(npy(dict("'<f4'", "(0, 4611686018427387904, 4)"), "")).id == "E-NPY-FORMAT");
  CHECK(failure(npy(dict("'<U0'", "(1099511627776,)"), "")).id == "E-NPY-FORMAT");
  CHECK(failure(npy(dict("'<f4'", "(1,1,1,1,1,1,1,1,1,1,1,1,1)"), "1234")).id == "E-LIMIT-RANK");
  CHECK(failure(npy("{'descr': '<f4'}", "")).id == "E-NPY-FORMAT");
  CHECK(failure(npy(dict("((((((('<f4')))))))", "(1,)"), "1234")).id == "E-NPY-FORMAT");
  CHECK(failure(npy("__import__('os')", "")).id == "E-NPY-FORMAT");
  CHECK(failure(npy(dict("[('int4', '|i1')]", "(1,)"), "\x09")).id == "E-NPY-FORMAT");
  CHECK(failure(npy("", "", 9)).id == "E-NPY-VERSION");
  std::string huge("\x93NUMPY\x02\x00\xff\xff\xff\x7f", 12);
  CHECK(failure(huge).id == "E-LIMIT-NPY-HEADER");
  const std::string good = npy(dict("'<f4'", "(1,)"), "1234");
  for (std::size_t cut = 0; cut < good.size(); ++cut) {
    CHECK(failure(good.substr(0, cut)).code == Errc::invalid_data);
  }
}
