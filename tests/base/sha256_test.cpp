#include "base/sha256.h"

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

namespace {
std::string hash_of(std::string_view text) {
  return vernier::sha256_hex(std::as_bytes(std::span(text.data(), text.size())));
}
}  // namespace

TEST_CASE("SHA-256 of the FIPS 180-4 examples") {
  CHECK(hash_of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hash_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hash_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(hash_of(std::string(1'000'000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("SHA-256 does not depend on how the bytes are cut") {
  const std::string text(1000, 'x');
  for (const std::size_t step : {1U, 3U, 55U, 56U, 63U, 64U, 65U, 999U}) {
    vernier::Sha256 hash;
    for (std::size_t at = 0; at < text.size(); at += step) {
      const std::string part = text.substr(at, step);
      hash.update(std::as_bytes(std::span(part)));
    }
    CHECK(hash.finish() == hash_of(text));
  }
}
