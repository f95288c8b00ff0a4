// SPDX-License-Identifier: Apache-2.0
#include "base/digest.hpp"

#include <catch2/catch.hpp>

#include "base/encoding.hpp"

using namespace stox;

TEST_CASE("digest: MD5 test suite (RFC 1321 appendix A.5)") {
    CHECK(to_hex(digest(hash::md5, "")) == "d41d8cd98f00b204e9800998ecf8427e");
    CHECK(to_hex(digest(hash::md5, "message digest")) == "f96b697d7cb7938d525a2f31aaf161d0");
}

TEST_CASE("digest: SHA-1, SHA-256 and SHA-512/256 of \"abc\" (FIPS 180-4 examples)") {
    CHECK(to_hex(digest(hash::sha1, "abc")) == "a9993e364706816aba3e25717850c26c9cd0d89d");
    CHECK(to_hex(digest(hash::sha256, "abc")) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(to_hex(digest(hash::sha512_256, "abc")) ==
          "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23");
}

TEST_CASE("digest: HMAC-SHA-256 test cases (RFC 4231 sections 4.2, 4.3, 4.7)") {
    CHECK(to_hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")) ==
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    CHECK(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK(to_hex(hmac_sha256(std::string(131, '\xaa'),
                             "Test Using Larger Than Block-Size Key - Hash Key First")) ==
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("digest: secrets are equal only when every byte is") {
    CHECK(equal_secrets("", ""));
    CHECK(equal_secrets("secret", "secret"));
    CHECK_FALSE(equal_secrets("secret", "secreT"));
    CHECK_FALSE(equal_secrets("secret", "secre"));
    CHECK_FALSE(equal_secrets("", "x"));
}
