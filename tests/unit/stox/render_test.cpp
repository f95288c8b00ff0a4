// SPDX-License-Identifier: Apache-2.0
#include "stox/render.hpp"

#include <catch2/catch.hpp>

using namespace stox::cli;

TEST_CASE("stox trace: one line an event with time, leg, arrow, peer and summary") {
    trace_printer p(false);
    CHECK(
        p.print(
            R"({"sequence":1,"at":"2026-11-22T22:41:03.123456Z","conversation":"abc","leg":"sip",)"
            R"("direction":"in","peer":"udp 192.0.2.1:5060","summary":"MESSAGE sip:juliet@xmpp.example","text":"x"})") ==
        "2026-11-22 UTC  conversation abc\n"
        "22:41:03.123  SIP  <- udp 192.0.2.1:5060            MESSAGE sip:juliet@xmpp.example\n");
    CHECK(p.print(R"({"sequence":2,"at":"2026-11-22T22:41:03.223456Z","conversation":"abc","leg":"xmpp",)"
                  R"("direction":"out","peer":"xmpp.example","summary":"message type=normal","text":""})") ==
          "22:41:03.223  XMPP -> xmpp.example                  message type=normal\n");
    CHECK(p.print(R"({"sequence":3,"at":"2026-11-23T00:00:00.000001Z","conversation":"","leg":"gateway",)"
                  R"("direction":"none","peer":"","summary":"listening","text":""})") ==
          "\n2026-11-23 UTC  no conversation\n"
          "00:00:00.000  stox --                               listening\n");
}

TEST_CASE("stox trace: the text indented, line by line") {
    trace_printer p(true);
    const auto out =
        p.print(R"({"at":"2026-11-22T22:41:03.123456Z","conversation":"","leg":"sip","direction":"in",)"
                R"("peer":"p","summary":"s","text":"one\r\n\r\ntwo"})");
    CHECK(
        out.find("\n                        one\n                        \n                        two\n") !=
        std::string::npos);
}

TEST_CASE("stox trace: dropped events are said") {
    trace_printer p(false);
    CHECK(p.print(R"({"dropped":17})").find("17 events left out") != std::string::npos);
}

TEST_CASE("stox: no control character of a stranger reaches the terminal") {
    CHECK(harmless("a\x1b[2Jb") == "a\xEF\xBF\xBD[2Jb");
    CHECK(harmless("a\tb\nc\x7f") ==
          "a b\xEF\xBF\xBD"
          "c\xEF\xBF\xBD");
    CHECK(harmless("\xc2\x9b"
                   "31m") ==
          "\xEF\xBF\xBD"
          "31m");  // C1: CSI
    CHECK(harmless("gr\xc3\xbc\xc3\x9f \xe2\x82\xac") == "gr\xc3\xbc\xc3\x9f \xe2\x82\xac");
    trace_printer p(true);
    const auto out =
        p.print(R"({"at":"2026-11-22T22:41:03.123456Z","conversation":"\u001b","leg":"sip","direction":"in",)"
                R"("peer":"\u001b]0;x\u0007","summary":"\u009b1m","text":"\u001b[31m"})");
    CHECK(out.find('\x1b') == std::string::npos);
    CHECK(out.find('\x07') == std::string::npos);
    CHECK(out.find("\xc2\x9b") == std::string::npos);
}

TEST_CASE("stox check: a missing thing is a problem, a warning is not") {
    bool problem = false;
    CHECK(print_finding(R"({"level":"ok","direction":"SIP to XMPP","text":"fine"})", problem) ==
          "ok       SIP to XMPP   fine\n");
    print_finding(R"({"level":"warn","direction":"","text":"hm"})", problem);
    CHECK_FALSE(problem);
    print_finding(R"({"level":"missing","direction":"XMPP to SIP","text":"no SRV"})", problem);
    CHECK(problem);
}

TEST_CASE("stox sessions: columns") {
    CHECK(sessions_title() == "CONVERSATION SINCE (UTC)          IDLE    EVENTS  BETWEEN\n");
    CHECK(print_session(R"({"id":"abcdefgh","a":"juliet@x.example","b":"romeo@s.example",)"
                        R"("since":"2026-11-22T22:41:03.123456Z","idle_seconds":75,"events":12})") ==
          "abcdefgh     2026-11-22 22:41:03  1 min   12      juliet@x.example  romeo@s.example\n");
}

TEST_CASE("stox status: an object as an outline") {
    CHECK(print_outline(R"({"version":"0.1.0","up_seconds":5,"listeners":[{"what":"SIP udp","port":5060}],)"
                        R"("domains":[],"notes":["a","b"],"dns":{"failures":0}})") ==
          "version:    0.1.0\n"
          "up seconds: 5\n"
          "listeners:\n"
          "  what SIP udp  port 5060\n"
          "domains: none\n"
          "notes:\n"
          "  a\n"
          "  b\n"
          "dns:\n"
          "  failures: 0\n");
}

TEST_CASE("stox metrics: the text as it is") {
    CHECK(print_text("{\"text\":\"# HELP a b\\na 1\\n\"}") == "# HELP a b\na 1\n");
}

TEST_CASE("stox: the closing lines of an answer") {
    CHECK(closing_of("{\"end\":true}").ended);
    CHECK(closing_of("{\"error\":\"no\"}").failed);
    CHECK(closing_of("{\"error\":\"no\"}").words == "no");
    CHECK_FALSE(closing_of("{\"id\":\"end\"}").ended);
    CHECK_FALSE(closing_of("rubbish").ended);
}

TEST_CASE("stox: a line that is no JSON prints something and crashes nothing") {
    trace_printer p(true);
    bool problem = false;
    CHECK_NOTHROW(p.print("]"));
    CHECK_NOTHROW(print_finding("", problem));
    CHECK_NOTHROW(print_session("{}"));
    CHECK_NOTHROW(print_outline("[1]"));
}
