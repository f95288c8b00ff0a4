// SPDX-License-Identifier: Apache-2.0
#include "base/encoding.hpp"

#include <catch2/catch.hpp>

#include "base/random.hpp"

using namespace stox;

TEST_CASE("encoding: base64 test vectors (RFC 4648 section 10)") {
    const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                           {"f", "Zg=="},
                                                           {"fo", "Zm8="},
                                                           {"foo", "Zm9v"},
                                                           {"foob", "Zm9vYg=="},
                                                           {"fooba", "Zm9vYmE="},
                                                           {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, coded] : vectors) {
        CHECK(to_base64(plain) == coded);
        CHECK(from_base64(coded) == plain);
    }
}

TEST_CASE("encoding: base32 test vectors (RFC 4648 section 10), lower case without padding") {
    CHECK(to_base32("") == "");
    CHECK(to_base32("f") == "my");
    CHECK(to_base32("fo") == "mzxq");
    CHECK(to_base32("foo") == "mzxw6");
    CHECK(to_base32("foob") == "mzxw6yq");
    CHECK(to_base32("fooba") == "mzxw6ytb");
    CHECK(to_base32("foobar") == "mzxw6ytboi");
}

TEST_CASE("encoding: base64 is refused unless exact") {
    for (const auto* bad : {"Z", "Zg", "Zg=", "Zg===", "=Zg=", "Z===", "====", "Zh==", "Zm9=", "Zm 8",
                            "Zm8=\n", "Zm9v\n", "Zm-_", "Zg==Zg==", "Zm8=Zm8="}) {
        INFO(bad);
        CHECK_FALSE(from_base64(bad).has_value());
    }
}

TEST_CASE("encoding: base64 of random bytes comes back") {
    for (std::size_t size = 0; size < 100; ++size) {
        const auto bytes = random_bytes(size);
        CHECK(from_base64(to_base64(bytes)) == bytes);
    }
}

TEST_CASE("encoding: hex") {
    using namespace std::string_literals;
    CHECK(to_hex("\x00\x01\x7f\x80\xff"s) == "00017f80ff");
    CHECK(to_hex("").empty());
}
