// SPDX-License-Identifier: Apache-2.0
// Which listeners are open, and what is said about those that are not.
#include "app/ports.hpp"

#include <catch2/catch.hpp>

using namespace stox;
using namespace stox::app;
using Catch::Contains;
using identity::protocol;

namespace {

const net::ip_address any = *net::parse_ip("0.0.0.0");

listening_ports ports() {
    sip::stack_options sip;
    sip.listen = {{sip::transport::udp, {any, 5060}}, {sip::transport::tcp, {any, 5060}}};
    xmpp::federation_options xmpp;
    xmpp.listen = {{any, 5269}};
    xmpp.listen_direct = {{any, 5270}};
    return {sip, xmpp};
}

const std::string taken = "cannot listen: Address already in use, held by prosody (pid 8)";

}  // namespace

TEST_CASE("ports: all open") {
    auto p = ports();
    p.take({}, {}, "gw.example.org");
    CHECK(p.open() == std::vector<std::string>{"SIP udp 0.0.0.0:5060", "SIP tcp 0.0.0.0:5060",
                                               "XMPP server port 0.0.0.0:5269",
                                               "XMPP server port 0.0.0.0:5270"});
    CHECK(p.not_open().empty());
    CHECK(p.deaf(protocol::sip).empty());
}

TEST_CASE("ports: a taken one names its holder and, once, the lines to run beside it") {
    auto p = ports();
    p.take({"XMPP server port 0.0.0.0:5269: " + taken, "XMPP server port 0.0.0.0:5270: " + taken}, {},
           "gw.example.org");
    REQUIRE(p.not_open().size() == 2);
    CHECK_THAT(p.not_open()[0], Contains("held by prosody (pid 8)") &&
                                    Contains("[component] domain = \"sip.example.org\"") &&
                                    Contains("Component \"sip.example.org\" component_secret") &&
                                    Contains("ejabberd_service"));
    CHECK_THAT(p.not_open()[1], Contains("held by prosody (pid 8)") && !Contains("[component]"));
    CHECK_THAT(p.deaf(protocol::xmpp), Contains("nothing listens for XMPP here") && Contains("prosody"));
    CHECK(p.deaf(protocol::sip).empty());
}

TEST_CASE("ports: a SIP proxy's port; one that is left suffices") {
    auto p = ports();
    p.take({"SIP udp 0.0.0.0:5060: cannot bind: Address already in use, held by kamailio (pid 9)"}, {}, "");
    CHECK_THAT(p.not_open().at(0), Contains("[sip] udp_port = 5080") && Contains("[[sip.peer]] address") &&
                                       Contains("In Kamailio") && Contains("t_relay()"));
    CHECK(p.open().size() == 3);
    CHECK(p.deaf(protocol::sip).empty());
}

TEST_CASE("ports: who runs as a component already needs no such lines; other failures neither") {
    auto p = ports();
    config::config settings;
    settings.component.emplace();
    p.take(
        {"XMPP server port 0.0.0.0:5269: " + taken, "SIP tcp 0.0.0.0:5060: cannot listen: no such address"},
        settings, "gw.example.org");
    for (const auto& line : p.not_open()) CHECK_THAT(line, !Contains("toml"));
}

TEST_CASE("ports: a protocol without any port is deaf too") {
    listening_ports p({}, {});
    CHECK_THAT(p.deaf(protocol::sip), Contains("0"));
}
