// SPDX-License-Identifier: Apache-2.0
#include "session/redact.hpp"

#include <catch2/catch.hpp>

using namespace stox::session;

TEST_CASE("redact: a SIP body becomes its size, the header block stays") {
    const std::string bytes = "MESSAGE sip:b@x SIP/2.0\r\nSubject: hi\r\nContent-Length: 6\r\n\r\nsecret";
    CHECK(redact_sip(bytes, false) == "MESSAGE sip:b@x SIP/2.0\nSubject: hi\nContent-Length: 6\n\n[6 bytes]");
    CHECK(redact_sip(bytes, true) == "MESSAGE sip:b@x SIP/2.0\nSubject: hi\nContent-Length: 6\n\nsecret");
}

TEST_CASE("redact: credentials never show, not even on folded lines") {
    const std::string bytes =
        "MESSAGE sip:b@x SIP/2.0\r\nAUTHORIZATION: Digest username=\"u\",\r\n response=\"deadbeef\"\r\n"
        "Proxy-Authorization: Digest response=\"cafe\"\r\nTo: <sip:b@x>\r\n\r\n";
    for (const bool bodies : {false, true}) {
        const auto shown = redact_sip(bytes, bodies);
        CHECK(shown.find("deadbeef") == std::string::npos);
        CHECK(shown.find("cafe") == std::string::npos);
        CHECK(shown.find("To: <sip:b@x>") != std::string::npos);
    }
}

TEST_CASE("redact: character data of a stanza becomes sizes, structure stays") {
    const std::string bytes =
        "<message to=\"a>b\" id='1'><body>secret words</body><thread>t</thread></message>";
    CHECK(redact_stanza(bytes, false) ==
          "<message to=\"a>b\" id='1'><body>[12 bytes]</body><thread>[1 bytes]</thread></message>");
    CHECK(redact_stanza(bytes, true) == bytes);
}

TEST_CASE("redact: a cut-off stanza shows nothing beyond its last whole tag") {
    CHECK(redact_stanza("<message><body>secret</body", false) == "<message><body>[6 bytes]");
}

TEST_CASE("redact: the summary of a stanza names kind, type and id") {
    CHECK(stanza_summary("<message type='chat' from='a' id='x1'><body>b</body></message>") ==
          "message type=chat id=x1");
    CHECK(stanza_summary("<presence/>") == "presence");
    CHECK(stanza_summary("no stanza") == "");
}
