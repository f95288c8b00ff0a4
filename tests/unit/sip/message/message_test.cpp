// SPDX-License-Identifier: Apache-2.0
// Messages: reading into fields, changing, writing, judging.
#include <catch2/catch.hpp>

#include "tests/unit/sip/message/vectors.hpp"

using namespace stox;
using namespace stox::sip;

namespace {

const std::string good =
    "MESSAGE sip:b@sip.test SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa;rport\r\n"
    "Max-Forwards: 70\r\n"
    "From: \"A\" <sip:a@peer.test>;tag=1\r\n"
    "To: <sip:b@sip.test>\r\n"
    "Call-ID: c1@peer.test\r\n"
    "CSeq: 1 MESSAGE\r\n"
    "Content-Type: text/plain\r\n"
    "Content-Length: 5\r\n"
    "\r\n"
    "hello";

message read(const std::string& bytes) {
    auto m = message::parse(bytes);
    REQUIRE(m.has_value());
    return std::move(*m);
}

std::string with(std::string_view from, std::string_view to) {
    std::string out = good;
    const std::size_t at = out.find(from);
    REQUIRE(at != std::string::npos);
    return out.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("message: start line, fields and body of a request") {
    const message m = read(good);
    CHECK(m.is_request());
    CHECK(m.method() == "MESSAGE");
    CHECK(m.request_uri() == "sip:b@sip.test");
    CHECK(m.version() == "SIP/2.0");
    CHECK(m.header("call-id") == "c1@peer.test");
    CHECK(!m.header("Subject"));
    CHECK(m.body() == "hello");
    CHECK(!check(m));
}

TEST_CASE("message: every compact form has its long name (IANA registry)") {
    std::string bytes = "OPTIONS sip:a SIP/2.0\r\n";
    const std::pair<char, const char*> forms[] = {{'a', "Accept-Contact"},
                                                  {'b', "Referred-By"},
                                                  {'c', "Content-Type"},
                                                  {'d', "Request-Disposition"},
                                                  {'e', "Content-Encoding"},
                                                  {'f', "From"},
                                                  {'i', "Call-ID"},
                                                  {'j', "Reject-Contact"},
                                                  {'k', "Supported"},
                                                  {'m', "Contact"},
                                                  {'n', "Identity-Info"},
                                                  {'o', "Event"},
                                                  {'r', "Refer-To"},
                                                  {'s', "Subject"},
                                                  {'t', "To"},
                                                  {'u', "Allow-Events"},
                                                  {'v', "Via"},
                                                  {'x', "Session-Expires"},
                                                  {'y', "Identity"}};
    for (const auto& [letter, name] : forms) (bytes += letter) += std::string(": ") + letter + "\r\n";
    const message m = read(bytes + "\r\n");
    for (const auto& [letter, name] : forms) CHECK(m.header(name) == std::string(1, letter));
    CHECK(m.headers()[0].name == "Accept-Contact");
    CHECK(read("OPTIONS sip:a SIP/2.0\r\nL: 1\r\n\r\nxy").body() == "x");
}

TEST_CASE("message: list splits at commas outside of quotes and brackets, all does not") {
    const message m = read(
        "OPTIONS sip:a SIP/2.0\r\nContact: \"a,\\\"b\" <sip:x,y@h>, <sip:z@h>\r\nm: sip:w@h\r\nAllow: A,,B , "
        "C\r\n\r\n");
    CHECK(m.all("Contact").size() == 2);
    CHECK(m.list("contact") ==
          std::vector<std::string_view>{"\"a,\\\"b\" <sip:x,y@h>", "<sip:z@h>", "sip:w@h"});
    CHECK(m.list("Allow") == std::vector<std::string_view>{"A", "B", "C"});
}

TEST_CASE("message: folds become one space wherever they are (RFC 3261 7.3.1)") {
    const message m =
        read("OPTIONS sip:a SIP/2.0\r\nSubject:\r\n one \r\n\t  two\r\n   three   four \r\nY-Own: y\r\n\r\n");
    CHECK(m.header("Subject") == "one two three   four");
    CHECK(m.header("y-own") == "y");
}

TEST_CASE("message: CRLFs before the start line are skipped (RFC 3261 7.5)") {
    CHECK(!check(read("\r\n\r\n" + good)));
}

TEST_CASE("message: unreadable bytes are no message") {
    for (const std::string bytes :
         {"", "\r\n", "x", "MESSAGE sip:b SIP/2.0\r\n\r\n", "SIP/2.0 2000 OK\r\nA: b\r\n\r\n",
          "SIP/2.0 20 OK\r\nA: b\r\n\r\n", "SIP/2.0 +20 OK\r\nA: b\r\n\r\n", "SIP/2.0 099 OK\r\nA: b\r\n\r\n",
          "SIP/2.0 700 OK\r\nA: b\r\n\r\n", "\n\n"}) {
        INFO(bytes);
        CHECK(!message::parse(bytes));
    }
    CHECK(!message::parse(std::string(1000, '\0')));
}

TEST_CASE("message: faults of the head are kept for the 400 (RFC 3261 7.3, 25.1)") {
    CHECK(vectors::verdict(with("Max-Forwards: 70\r\n", "Max-Forwards: 70\n")) == "refuse 400");
    CHECK(vectors::verdict(with("Max-Forwards: 70\r\n", "Max-Forwards: 70\r\r\n")) == "refuse 400");
    CHECK(vectors::verdict(with("Max-Forwards: 70", "Max-Forwards: 7\r0")) == "refuse 400");
    CHECK(vectors::verdict(with("Max-Forwards: 70", "Max-Forwards")) == "refuse 400");
    CHECK(vectors::verdict(with("Max-Forwards:", "Max-Forwards\x01:")) == "refuse 400");
    CHECK(vectors::verdict(with("Max-Forwards:", "Max Forwards:")) == "refuse 400");
    CHECK(vectors::verdict(with("Max-Forwards:", ":")) == "refuse 400");
    CHECK(vectors::verdict(with("Max-Forwards: 70", " ;x=1")) == "accept");
    CHECK(vectors::verdict(with("Max-Forwards: 70", " ")) == "refuse 400");
    CHECK(vectors::verdict(with("Via: SIP", " Via: SIP")) == "refuse 400");
    CHECK(vectors::verdict(with("Max-Forwards:", "Max-Forwards \t :")) == "accept");
    CHECK(refusal(read(with("Max-Forwards:", "Max-Forwards\x01:")), defect{400, "x"}));
}

TEST_CASE("message: the request line has exactly one SP between its parts (RFC 3261 7.1)") {
    for (const char* line : {"MESSAGE  sip:b@sip.test SIP/2.0", "MESSAGE sip:b@sip.test  SIP/2.0",
                             "MESSAGE\tsip:b@sip.test SIP/2.0", "MESSAGE sip:b@sip.test SIP/2.0 ",
                             " MESSAGE sip:b@sip.test SIP/2.0", "MESS@GE sip:b@sip.test SIP/2.0"})
        CHECK(vectors::verdict(with("MESSAGE sip:b@sip.test SIP/2.0", line)) == "refuse 400");
    CHECK(vectors::verdict(with("SIP/2.0\r\nVia", "sip/2.0\r\nVia")) == "accept");
    CHECK(vectors::verdict(with("SIP/2.0\r\nVia", "SIP/3.0\r\nVia")) == "refuse 505");
}

TEST_CASE("check: single fields given twice, missing fields, ranges (RFC 3261 8.1.1, 20)") {
    for (const char* name : {"From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Type"}) {
        const message m = read(good);
        message twice = m.clone();
        twice.add(name, *m.header(name));
        CHECK(check(twice));
    }
    for (const char* name : {"Via", "From", "To", "Call-ID", "CSeq"}) {
        message m = read(good);
        m.remove(name);
        REQUIRE(check(m));
        CHECK(check(m)->status == 400);
    }
    CHECK(vectors::verdict(with("Max-Forwards: 70\r\n", "")) == "accept");
    CHECK(vectors::verdict(with("Max-Forwards: 70", "Max-Forwards: 256")) == "refuse 400");
    CHECK(vectors::verdict(with("CSeq: 1 ", "CSeq: 4294967295 ")) == "accept");
    CHECK(vectors::verdict(with("CSeq: 1 ", "CSeq: 4294967296 ")) == "refuse 400");
    CHECK(vectors::verdict(with("CSeq: 1 MESSAGE", "CSeq: 1 OPTIONS")) == "refuse 400");
    CHECK(vectors::verdict(with("Call-ID: c1@peer.test", "Call-ID: a b")) == "refuse 400");
    CHECK(vectors::verdict(with("tag=1", "tag=1;tag=2")) == "refuse 400");
    CHECK(vectors::verdict(with("text/plain", "text")) == "refuse 400");
    CHECK(vectors::verdict(with("Max-Forwards: 70", "Contact: *")) == "refuse 400");
    CHECK(vectors::verdict(with("Max-Forwards: 70", "Route: sip.test")) == "refuse 400");
    CHECK(vectors::verdict(with("Max-Forwards: 70", "Require: \"a\"")) == "refuse 400");
    CHECK(vectors::verdict(with("sip:b@sip.test SIP", "urn:service:sos SIP")) == "refuse 416");
}

TEST_CASE("Content-Length: one value, digits, not more than there is (RFC 3261 18.3, 20.14)") {
    for (const char* value :
         {"6", "-5", "+5", "5 5", "0x5", "", "5,5", "18446744073709551621", "4294967296", "5;a"})
        CHECK(vectors::verdict(with("Content-Length: 5", "Content-Length: " + std::string(value))) ==
              "refuse 400");
    CHECK(vectors::verdict(with("Content-Length: 5", "Content-Length: 5\r\nl: 4")) == "refuse 400");
    CHECK(vectors::verdict(with("Content-Length: 5", "Content-Length: 5\r\nl: 5")) == "refuse 400");
    CHECK(read(with("Content-Length: 5", "Content-Length: 4")).body() == "hell");
    CHECK(read(with("Content-Length: 5\r\n", "")).body() == "hello");
}

TEST_CASE("message: more than 256 fields are refused with 513") {
    std::string many;
    for (int i = 0; i < 256; ++i) many += "X: y\r\n";
    CHECK(vectors::verdict(with("Max-Forwards: 70\r\n", many)) == "refuse 513");
}

TEST_CASE("message: nothing that is set can add a line") {
    message m = message::request("MESSAGE", "sip:b@h\r\nEvil: 1");
    m.add("Subject", "a\r\nEvil: 1\r\n\r\nbody");
    m.add("X\r\nEvil", "1");
    m.set_body("text/plain\r\nEvil: 1", "hi");
    const message back = read(m.to_bytes());
    CHECK(!back.header("Evil"));
    CHECK(back.header("Subject") == "a  Evil: 1    body");
    CHECK(back.body() == "hi");
    CHECK(!message::response(back, 400, "x\r\nEvil: 1").to_bytes().starts_with("SIP/2.0 400 x\r\n"));
}

TEST_CASE("message: fields are added in front, replaced and removed") {
    message m = message::request("OPTIONS", "sip:h");
    m.add("Via", "1");
    m.prepend("v", "0");
    m.add("X-Own", "a");
    m.set("x-own", "b");
    m.set("Via", "2");
    m.add("Route", "r1");
    m.add("Route", "r2");
    m.remove_first("route");
    CHECK(m.to_bytes() ==
          "OPTIONS sip:h SIP/2.0\r\nVia: 2\r\nx-own: b\r\nRoute: r2\r\nContent-Length: 0\r\n\r\n");
    m.remove("Route");
    m.set_request_uri("sip:i");
    CHECK(m.to_bytes() == "OPTIONS sip:i SIP/2.0\r\nVia: 2\r\nx-own: b\r\nContent-Length: 0\r\n\r\n");
}

TEST_CASE("message: a clone and a moved message keep their views") {
    message m = read(good);
    m.add("X-Own", "short");
    const message copy = m.clone();
    const message moved = std::move(m);
    CHECK(copy.to_bytes() == moved.to_bytes());
    CHECK(copy.header("X-Own") == "short");
    CHECK(copy.body() == "hello");
}

TEST_CASE("response: Via, From, To, Call-ID, CSeq and Timestamp are copied (RFC 3261 8.2.6.2)") {
    message request = read(good);
    request.add("Via", "SIP/2.0/UDP h2");
    request.add("Timestamp", "54");
    request.add("Subject", "no");
    const message answer = message::response(request, 404);
    CHECK(!answer.is_request());
    CHECK(answer.method() == "MESSAGE");
    CHECK(answer.reason() == "Not Found");
    CHECK(answer.all("Via") == request.all("Via"));
    CHECK(answer.header("Timestamp") == "54");
    CHECK(!answer.header("Subject"));
    CHECK(read(answer.to_bytes()).method() == "MESSAGE");
    CHECK(message::response(request, 499).reason() == "Request Failure");
}

TEST_CASE("refusal: never for responses, ACK, or without a Via to answer to") {
    const message m = read(good);
    CHECK(refusal(m, {400, "x"}));
    CHECK(!refusal(message::response(m, 200), {400, "x"}));
    CHECK(!refusal(read(with("MESSAGE sip", "ACK sip")), {400, "x"}));
    message lost = m.clone();
    lost.remove("Via");
    CHECK(!refusal(lost, {400, "x"}));
}

TEST_CASE("message: a head over 32 kB is 513 in a datagram as on a stream") {
    const std::string start = "OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nX: ";
    const auto of_size = [&](std::size_t size) {
        return check(*message::parse(start + std::string(size - start.size() - 4, 'x') + "\r\n\r\n"));
    };
    CHECK(of_size(32 * 1024)->status == 400);  // there is no From
    CHECK(of_size(32 * 1024 + 1)->status == 513);
}

TEST_CASE(
    "message: a request line that cannot be read is answered where the Via can be; a status line never") {
    const std::string rest =
        "\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\n"
        "Call-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n";
    for (const char* line : {"OPTIONS", "OPTIONS sip:h", "OPTIONS SIP/2.0", "OPTIONS sip:h HTTP/1.1",
                             "\x01\x02", "OPTIONS sip:h SIP/2", "OPTIONS  SIP/2.0", "GET / HTTP/1.1"}) {
        INFO(line);
        const auto m = message::parse(line + rest);
        REQUIRE(m.has_value());
        REQUIRE(check(*m).has_value());
        CHECK(check(*m)->status == 400);
        CHECK(refusal(*m, *check(*m)).has_value());
    }
    CHECK_FALSE(refusal(*message::parse("ACK" + rest), defect{}).has_value());
    for (const char* line :
         {"SIP/2.0", "SIP/2.0 ", "SIP/2.0 2000 OK", "SIP/2.0 abc OK", "SIP/x 200 OK", "sip/2.0 99 x"}) {
        INFO(line);
        CHECK_FALSE(message::parse(line + rest).has_value());
    }
}
