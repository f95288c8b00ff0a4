// SPDX-License-Identifier: Apache-2.0
// The responders of xep/all.hpp as a peer sees them.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "tests/unit/xmpp/memory_link.hpp"
#include "xmpp/router.hpp"
#include "xmpp/xep/0082_datetime.hpp"
#include "xmpp/xep/0115_caps.hpp"
#include "xmpp/xep/0203_delay.hpp"
#include "xmpp/xep/all.hpp"

using namespace stox;
using namespace stox::xmpp;
using namespace stox::xmpp::xep;
using test::arrived;
using test::memory_link;

namespace {

struct bench {
    asio::io_context io;
    iq_tracker tracker{io.get_executor()};
    router r{tracker};
    disco registry;
    memory_link via;

    bench() {
        register_all(r, registry, {"stox", "1.2.3"},
                     [] { return wall_time(std::chrono::seconds(1166551115)); });
    }
    static awaitable<void> give(bench* b, const incoming_stanza* stanza) {
        co_await b->r.dispatch(*stanza, b->via);
    }
    std::string ask(const std::string& to, const std::string& payload) {
        const arrived in("<iq type='get' id='1' from='a@b/c' to='" + to + "'>" + payload + "</iq>");
        via.sent.clear();
        asio::co_spawn(io, give(this, &in.stanza), [](std::exception_ptr e) {
            if (e) std::rethrow_exception(e);
        });
        io.poll();
        io.restart();
        return via.sent.at(0).bytes;
    }
};

const std::string result_head = "<iq from='gw.test' to='a@b/c' id='1' type='result'>";

disco_info info_of(const std::string& query) {
    xml::document d;
    REQUIRE_FALSE(xml::parse_document(query, d));
    return read_disco_info(d.first_child());
}

}  // namespace

TEST_CASE("disco: the gateway's own domain (XEP-0030 section 3)") {
    bench b;
    CHECK(b.ask("gw.test", "<query xmlns='http://jabber.org/protocol/disco#info'/>") ==
          result_head +
              "<query xmlns='http://jabber.org/protocol/disco#info'>"
              "<identity category='gateway' type='sip' name='stox'/>"
              "<feature var='http://jabber.org/protocol/disco#info'/>"
              "<feature var='http://jabber.org/protocol/disco#items'/><feature var='jabber:iq:version'/>"
              "<feature var='http://jabber.org/protocol/caps'/><feature var='urn:xmpp:ping'/>"
              "<feature var='urn:xmpp:time'/></query></iq>");
    CHECK(b.ask("gw.test", "<query xmlns='http://jabber.org/protocol/disco#items'/>") ==
          result_head + "<query xmlns='http://jabber.org/protocol/disco#items'/></iq>");
}

TEST_CASE("disco: mapped users, by bare and full JID") {
    bench b;
    b.registry.add_feature(address_kind::client, "urn:example:only-here");
    const std::string query = "<query xmlns='http://jabber.org/protocol/disco#info'/>";
    CHECK(b.ask("u@gw.test", query).find("category='account' type='registered'") != std::string::npos);
    CHECK(b.ask("u@gw.test", query).find("only-here") == std::string::npos);
    CHECK(b.ask("u@gw.test/r", query).find("category='client'") != std::string::npos);
    CHECK(b.ask("u@gw.test/r", query).find("only-here") != std::string::npos);
}

TEST_CASE("disco: unknown nodes are item-not-found, the caps node is answered and mirrored") {
    bench b;
    const std::string ns = "http://jabber.org/protocol/disco#";
    CHECK(b.ask("gw.test", "<query xmlns='" + ns + "info' node='x'/>").find("item-not-found") !=
          std::string::npos);
    CHECK(b.ask("gw.test", "<query xmlns='" + ns + "items' node='x'/>").find("item-not-found") !=
          std::string::npos);
    const auto node = caps_node_of(b.registry.info(address_kind::gateway));
    const auto answer = b.ask("gw.test", "<query xmlns='" + ns + "info' node='" + node + "'/>");
    CHECK(answer.find("node='" + node + "'") != std::string::npos);
    // Whoever checks the hash against the answer finds it right (XEP-0115 section 5.4).
    const arrived reply(answer);
    const auto read = read_disco_info(reply.stanza.tree.first_child());
    CHECK(node.substr(node.find('#') + 1) == caps_ver(read).value());
    CHECK(caps_element(b.registry.info(address_kind::gateway)) ==
          "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:stox:gateway' ver='" +
              caps_ver(read).value() + "'/>");
}

TEST_CASE("caps: the simple example of XEP-0115 section 5.2") {
    disco_info info;
    info.identities = {{"client", "pc", "Exodus 0.9.1", ""}};
    info.features = {"http://jabber.org/protocol/muc", "http://jabber.org/protocol/disco#info",
                     "http://jabber.org/protocol/disco#items", "http://jabber.org/protocol/caps"};
    CHECK(caps_ver(info).value() == "QgayPKawpkPSDYmwT/WM94uAlu0=");
}

TEST_CASE("caps: the complex example of XEP-0115 section 5.3") {
    const auto info = info_of(R"(<query xmlns='http://jabber.org/protocol/disco#info'
         node='http://psi-im.org#q07IKJEyjvHSyhy//CH0CxmKi8w='>
    <identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/>
    <identity xml:lang='el' category='client' name='Ψ 0.11' type='pc'/>
    <feature var='http://jabber.org/protocol/caps'/>
    <feature var='http://jabber.org/protocol/disco#info'/>
    <feature var='http://jabber.org/protocol/disco#items'/>
    <feature var='http://jabber.org/protocol/muc'/>
    <x xmlns='jabber:x:data' type='result'>
      <field var='FORM_TYPE' type='hidden'><value>urn:xmpp:dataforms:softwareinfo</value></field>
      <field var='ip_version' type='text-multi'><value>ipv4</value><value>ipv6</value></field>
      <field var='os'><value>Mac</value></field>
      <field var='os_version'><value>10.5.1</value></field>
      <field var='software'><value>Psi</value></field>
      <field var='software_version'><value>0.11</value></field>
    </x></query>)");
    CHECK(caps_ver(info).value() == "q07IKJEyjvHSyhy//CH0CxmKi8w=");
}

TEST_CASE("caps: ill-formed answers have no hash (XEP-0115 section 5.4)") {
    disco_info info;
    info.features = {"a", "b", "a"};
    CHECK_FALSE(caps_ver(info));
    info.features = {"a<b"};
    CHECK_FALSE(caps_ver(info));
    info.features = {"a"};
    info.identities = {{"c", "t", "n", ""}, {"c", "t", "n", ""}};
    CHECK_FALSE(caps_ver(info));
    info.identities.pop_back();
    info.forms = {{"f", {}}, {"f", {}}};
    CHECK_FALSE(caps_ver(info));
    info.forms.pop_back();
    CHECK(caps_ver(info));
    // A form whose FORM_TYPE is not hidden is ignored.
    CHECK(info_of("<query xmlns='http://jabber.org/protocol/disco#info'><x xmlns='jabber:x:data'>"
                  "<field var='FORM_TYPE'><value>f</value></field></x></query>")
              .forms.empty());
}

TEST_CASE("ping, version and time (XEP-0199, 0092, 0202)") {
    bench b;
    CHECK(b.ask("gw.test", "<ping xmlns='urn:xmpp:ping'/>") ==
          "<iq from='gw.test' to='a@b/c' id='1' type='result'/>");
    CHECK(b.ask("gw.test", "<query xmlns='jabber:iq:version'/>") ==
          result_head +
              "<query xmlns='jabber:iq:version'><name>stox</name><version>1.2.3</version></query></iq>");
    CHECK(b.ask("gw.test", "<time xmlns='urn:xmpp:time'/>") ==
          result_head +
              "<time xmlns='urn:xmpp:time'><tzo>+00:00</tzo><utc>2006-12-19T17:58:35Z</utc></time></iq>");
}

TEST_CASE("date and time (XEP-0082)") {
    const auto seconds_of = [](std::string_view text) -> std::optional<long> {
        const auto moment = parse_datetime(text);
        if (!moment) return std::nullopt;
        return std::chrono::duration_cast<std::chrono::seconds>(moment->time_since_epoch()).count();
    };
    CHECK(seconds_of("1969-07-21T02:56:15Z") == std::nullopt);
    CHECK(seconds_of("1970-01-01T00:00:00Z") == 0L);
    CHECK(seconds_of("2002-09-10T23:08:25Z") == 1031699305L);
    CHECK(seconds_of("2002-09-10T18:08:25.123456-05:00") == 1031699305L);
    CHECK(seconds_of("2002-09-11T00:08:25+01:00") == 1031699305L);
    CHECK(seconds_of("2016-12-31T23:59:60Z") == 1483228800L);
    for (const auto* text :
         {"", "2002-09-10", "2002-09-10T23:08:25", "2002-09-10T23:08:25z", "2002-02-30T00:00:00Z",
          "2002-9-10T23:08:25Z", "2002-09-10T24:00:00Z", "2002-09-10T23:08:25.Z", "2002-09-10T23:08:25+1:00",
          "2002-09-10T23:08:25Zx", "02002-09-10T23:08:25Z", "2002-09-10 23:08:25Z", "+002-09-10T23:08:25Z"})
        CHECK_FALSE(parse_datetime(text));
    CHECK(to_datetime(wall_time(std::chrono::milliseconds(1031699305999))) == "2002-09-10T23:08:25Z");
}

TEST_CASE("delay (XEP-0203): written and read") {
    xml::document d;
    auto message = xml::add_child(d, "", "message");
    add_delay(message, {wall_time(std::chrono::seconds(1031699305)), "capulet.com"});
    CHECK(
        xml::to_bytes(message) ==
        "<message><delay xmlns='urn:xmpp:delay' from='capulet.com' stamp='2002-09-10T23:08:25Z'/></message>");
    const auto read = read_delay(message);
    REQUIRE(read);
    CHECK(read->from == "capulet.com");
    CHECK(read->stamp == wall_time(std::chrono::seconds(1031699305)));
    const arrived bad("<message><delay xmlns='urn:xmpp:delay' stamp='yesterday'/></message>");
    CHECK_FALSE(read_delay(bad.stanza.tree));
    const arrived none("<message/>");
    CHECK_FALSE(read_delay(none.stanza.tree));
}
