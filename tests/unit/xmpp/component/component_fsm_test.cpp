// SPDX-License-Identifier: Apache-2.0
// A component's stream, the server played by the test (XEP-0114).
#include <catch2/catch.hpp>
#include <memory>

#include "xmpp/stream/component_fsm.hpp"

using namespace stox;
using stox::xmpp::stream::component_fsm;
using phase = component_fsm::phase;

namespace {

const std::string header =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' from='gw.example.test' "
    "xmlns:stream='http://etherx.jabber.org/streams' id='3BF96D32'>";

class scripted {
  public:
    scripted() : fsm("gw.example.test", "test") {
        xml::stream_reader::events e;
        e.opened = [this](xml::element root) { fsm.opened(root); };
        e.closed = [this] { fsm.closed(); };
        e.stanza = [this](xml::element stanza) { stanzas += fsm.received(stanza) ? 1 : 0; };
        reader_ = std::make_unique<xml::stream_reader>(xml::limits{}, std::move(e));
        fsm.start();
    }
    std::string feed(const std::string& bytes) {
        if (const auto fault = reader_->feed(bytes)) fsm.fault(*fault);
        return fsm.take();
    }
    component_fsm fsm;
    int stanzas = 0;

  private:
    std::unique_ptr<xml::stream_reader> reader_;
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string refusal(const std::string& condition) {
    return "<stream:error><" + condition + " xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>";
}

}  // namespace

TEST_CASE("component: header, handshake of id and secret, then open (XEP-0114 3)") {
    scripted s;
    CHECK(has(s.fsm.take(), "xmlns='jabber:component:accept'"));
    // printf 3BF96D32test | sha1sum
    CHECK(s.feed(header) == "<handshake>aaee83c26aeeafcbabeabfcbcd50df997e0a2a1e</handshake>");
    CHECK(s.fsm.state() == phase::handshake);
    s.feed("<handshake/>");
    CHECK(s.fsm.state() == phase::open);
}

TEST_CASE("component: stanzas only when open, only to us, with valid addresses") {
    scripted s;
    s.feed(header);
    const std::string message = "<message from='a@example.test/r' to='b@gw.example.test'/>";
    scripted early;
    early.feed(header);
    early.feed(message);
    CHECK(early.stanzas == 0);
    CHECK(early.fsm.state() == phase::ended);
    s.feed("<handshake/>" + message);
    CHECK(s.stanzas == 1);
    CHECK(s.fsm.from().to_string() == "a@example.test/r");
    CHECK(s.fsm.to().to_string() == "b@gw.example.test");
    s.feed("<message from='a@example.test' to='b@elsewhere.test'/>");
    s.feed("<message to='b@gw.example.test'/>");
    s.feed("<message xmlns='jabber:client' from='a@example.test' to='b@gw.example.test'/>");
    CHECK(s.stanzas == 1);
    CHECK(s.fsm.state() == phase::open);
    // A malformed address is handed up to be answered (RFC 6120 section 8.3.3.8).
    s.feed("<message from='a@example.test/' to='b@gw.example.test'/>");
    CHECK(s.stanzas == 2);
    CHECK(s.fsm.from().to_string() == "example.test");
}

TEST_CASE("component: refusals say what to change") {
    const auto why = [](const std::string& condition) {
        scripted s;
        s.feed(header);
        s.feed(refusal(condition));
        CHECK(s.fsm.state() == phase::ended);
        CHECK(s.fsm.refusal() == condition);
        return s.fsm.why();
    };
    CHECK(has(why("not-authorized"), "secret"));
    CHECK(has(why("conflict"), "another component"));
    CHECK(has(why("host-unknown"), "no external component gw.example.test"));
}

TEST_CASE("component: a refusal that begins with a header without id is read") {
    scripted s;
    s.feed(
        "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
        "xmlns:stream='http://etherx.jabber.org/streams'>" +
        refusal("host-unknown"));
    CHECK(s.fsm.refusal() == "host-unknown");
}

TEST_CASE("component: another protocol on the port, bad XML and the server's end") {
    scripted wrong;
    wrong.feed(
        "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='1'>");
    CHECK(has(wrong.fsm.why(), "component protocol"));
    scripted bad;
    bad.feed(header + "<a></b>");
    CHECK(has(bad.fsm.why(), "not-well-formed"));
    scripted end;
    end.feed(header + "<handshake/>");
    CHECK(has(end.feed("</stream:stream>"), "</stream:stream>"));
    CHECK(end.fsm.state() == phase::ended);
}
