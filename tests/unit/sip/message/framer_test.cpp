// SPDX-License-Identifier: Apache-2.0
// The stream framer: same units for any split, limits, keep-alives, faults.
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/unit/sip/message/vectors.hpp"

using namespace stox;
using namespace stox::sip;

namespace {

using kind = framed::kind;

std::string unit_text(const std::vector<framed>& units) {
    std::string out;
    for (const framed& u : units) out += vectors::words(u) + '{' + u.bytes + '}' + u.fault.reason + '\n';
    return out;
}

std::string feed_parts(std::initializer_list<std::string_view> parts, framer_limits limits = {}) {
    framer f(limits);
    std::vector<framed> all;
    for (const std::string_view part : parts) {
        f.feed(part);
        for (framed& u : vectors::drain(f)) all.push_back(std::move(u));
    }
    return unit_text(all);
}

std::string byte_by_byte(std::string_view bytes) {
    framer f;
    std::vector<framed> all;
    for (const char c : bytes) {
        f.feed(std::string_view(&c, 1));
        for (framed& u : vectors::drain(f)) all.push_back(std::move(u));
    }
    return unit_text(all);
}

const std::string small = "OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\nl: 3\r\n\r\nabc";

}  // namespace

TEST_CASE("framer: every split in two and byte by byte give the same units, for every vector") {
    for (const char* folder : {"sip/rfc4475", "sip/rfc5118", "attacks/sip"}) {
        for (const auto& entry :
             std::filesystem::directory_iterator(std::string(STOX_VECTORS) + '/' + folder)) {
            const std::string name = entry.path().filename();
            if (entry.file_size() > 40'000 || name.ends_with(".tsv")) continue;
            const std::string bytes = vectors::read(std::string(folder) + '/' + name);
            INFO(name);
            const std::string whole = feed_parts({bytes});
            CHECK(byte_by_byte(bytes) == whole);
            // Big ones are split at every 97th byte only: the work is quadratic.
            const std::size_t step = bytes.size() > 3000 ? 97 : 1;
            std::size_t differing = 0;
            for (std::size_t at = 1; at < bytes.size(); at += step) {
                const std::string_view view = bytes;
                differing += feed_parts({view.substr(0, at), view.substr(at)}) == whole ? 0 : 1;
            }
            CHECK(differing == 0);
        }
    }
}

TEST_CASE("framer: messages in one read come out one by one") {
    CHECK(feed_parts({small + small}) == "message{" + small + "}\nmessage{" + small + "}\n");
}

TEST_CASE("framer: two CRLFs are a ping, one is a pong or nothing (RFC 5626 3.5.1)") {
    CHECK(feed_parts({"\r\n"}) == "pong{}\n");
    CHECK(feed_parts({"\r\n\r\n"}) == "pong{}\nping{}\n");
    CHECK(feed_parts({"\r", "\n\r", "\n\r\n"}) == "pong{}\nping{}\npong{}\n");
    CHECK(feed_parts({"\r\n" + small + "\r\n"}) == "pong{}\nmessage{" + small + "}\npong{}\n");
}

TEST_CASE("framer: what is not SIP is a fault at its first byte or at the end of its head, and unanswered") {
    CHECK(feed_parts({"\x16\x03\x01"}) == "fault 400(no answer){}no SIP\n");
    CHECK(feed_parts({"\n"}) == "fault 400(no answer){}bare CR or LF before a message\n");
    CHECK(feed_parts({"\rx"}) == "fault 400(no answer){}bare CR or LF before a message\n");
    const std::string http = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    CHECK(feed_parts({http}) == "fault 400(no answer){" + http + "}no Content-Length on a stream\n");
}

TEST_CASE("framer: after a fault nothing more comes out and nothing is kept") {
    framer f;
    f.feed("\n" + small);
    CHECK(vectors::drain(f).size() == 1);
    f.feed(small);
    CHECK(f.failed());
    CHECK(vectors::drain(f).empty());
    CHECK(f.buffered() == 0);
}

TEST_CASE("framer: limits of head and message (513, answerable)") {
    const framer_limits limits{100, 120};
    const std::string head = "OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/TCP h\r\n";
    const std::string long_head = head + "X: " + std::string(100, 'x') + "\r\nl: 0\r\n\r\n";
    const std::string fault = "fault 513{" + head + "}header block too large\n";
    CHECK(feed_parts({long_head}, limits) == fault);
    for (std::size_t at = 1; at < long_head.size(); ++at)
        CHECK(feed_parts({long_head.substr(0, at), long_head.substr(at)}, limits) == fault);
    const std::string exact = head + "l: 51\r\n\r\n" + std::string(51, 'y');
    const std::size_t size = exact.size();
    const std::size_t head_size = size - 51;
    CHECK(feed_parts({exact}, {head_size, size}) == "message{" + exact + "}\n");
    CHECK(feed_parts({exact}, {head_size, size - 1}) ==
          "fault 513{" + exact.substr(0, head_size) + "}message too large\n");
    CHECK(feed_parts({exact}, {head_size - 1, size}).starts_with("fault 513"));
}

TEST_CASE("framer: lengths that lie are answered 400 and end the stream") {
    for (const char* length : {"l: 3\r\nContent-Length: 4", "l: 3\r\nContent-Length: 3", "l: -1", "l: 1 2",
                               "l:", "l: 18446744073709551619", "l: 3,3", "l: 0x3", "X: y", "l\x01: 3",
                               "l: 3\nl: 0", "l: 3\r\n \r\n"}) {
        std::string bytes = small;
        bytes.replace(bytes.find("l: 3"), 4, length);
        const auto units = vectors::frame(bytes);
        INFO(length);
        REQUIRE(units.size() == 1);
        CHECK(vectors::words(units[0]) == "fault 400");
    }
    CHECK(feed_parts({"OPTIONS sip:h SIP/2.0\r\nl:\r\n  3\r\n\r\nabcd"}).starts_with("message"));
}

TEST_CASE("framer: between_messages tells whether closing loses something") {
    framer f;
    CHECK(f.between_messages());
    f.feed(small.substr(0, 10));
    CHECK(!f.next());
    CHECK(!f.between_messages());
    f.feed(small.substr(10));
    CHECK(f.next());
    CHECK(f.between_messages());
}
