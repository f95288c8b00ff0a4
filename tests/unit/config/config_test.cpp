// SPDX-License-Identifier: Apache-2.0
#include "config/config.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "config/schema.hpp"

using namespace stox::config;

namespace {

config good(std::string_view text) {
    auto r = parse(text, "f");
    INFO((r ? "" : r.error().text));
    REQUIRE(r.has_value());
    return *r;
}

std::string problem(std::string_view text) {
    auto r = parse(text, "stoxd.toml");
    REQUIRE_FALSE(r.has_value());
    return r.error().text;
}

}  // namespace

TEST_CASE("config: an empty file is the default") {
    CHECK(good("") == config{});
    CHECK(good("# nothing\n").metrics_listen == "127.0.0.1:9464");
}

TEST_CASE("config: every key is read") {
    const auto c = good(R"(
serve = "own"
domains = ["Example.COM", "b.example."]
public_addresses = ["192.0.2.1", "2001:db8::1"]
host_name = "gw.example.com"

[route."Example.com"]
sip = "sip:192.0.2.7:5080;transport=tcp"
xmpp = "[2001:db8::2]:5270;transport=tls"
[route."b.example"]
sip = "sips:proxy.example"

[component]
host = "::1"
port = 5348
domain = "sip.example.com"
secret = "s3cret"
server_domains = ["example.com"]

[sip]
listen = ["127.0.0.1"]
udp_port = 5070
tcp_port = 0
tls_port = 5071
[[sip.peer]]
address = "192.0.2.9"
domain = "pbx.example"
user = "stox"
password = "pw"
[[sip.peer]]
address = "2001:db8::9"
domain = "pbx.example"

[xmpp]
listen = ["::"]
tcp_port = 6269
tls_port = 0

[limits]
guest_calls = 1
guest_messages_per_second = 2
guest_subscriptions = 3
sender_messages_per_second = 4
sender_message_burst = 5
unknown_source_requests = 6

[log]
level = "debug"
[metrics]
listen = ""
[message]
default_type = "chat"
xhtml = false
[trace]
bodies = true
entries = 500
bytes = 100000
)");
    CHECK(c.serve == serve_rule::own);
    CHECK(c.domains == std::vector<std::string>{"example.com", "b.example"});
    CHECK(c.public_addresses.size() == 2);
    CHECK(c.host_name == "gw.example.com");
    const auto& r = c.routes.at("example.com");
    CHECK(r.sip == next_hop{"192.0.2.7", 5080, "tcp"});
    CHECK(r.xmpp == next_hop{"2001:db8::2", 5270, "tls"});
    CHECK(c.routes.at("b.example").sip == next_hop{"proxy.example", 0, "tls"});
    CHECK_FALSE(c.routes.at("b.example").xmpp.has_value());
    REQUIRE(c.component.has_value());
    CHECK(c.component->host == "::1");
    CHECK(c.component->port == 5348);
    CHECK(c.component->domain == "sip.example.com");
    CHECK(c.component->secret == "s3cret");
    CHECK(c.component->server_domains == std::vector<std::string>{"example.com"});
    CHECK(c.sip.udp_port == 5070);
    CHECK(c.sip.tcp_port == 0);
    CHECK(c.sip.tls_port == 5071);
    REQUIRE(c.sip.peers.size() == 2);
    CHECK(c.sip.peers[0] == sip_peer{"192.0.2.9", "pbx.example", "stox", "pw"});
    CHECK(c.xmpp.listen == std::vector<std::string>{"::"});
    CHECK(c.xmpp.tcp_port == 6269);
    CHECK(c.xmpp.tls_port == 0);
    CHECK(c.limits == stox::config::limits{1, 2, 3, 4, 5, 6});
    CHECK(c.log == log_level::debug);
    CHECK(c.metrics_listen.empty());
    CHECK(c.message.default_type == message_type::chat);
    CHECK_FALSE(c.message.xhtml);
    CHECK(c.trace.bodies);
    CHECK(c.trace.entries == 500);
    CHECK(c.trace.bytes == 100000);
}

TEST_CASE("config: an unknown key is an error with its line and a suggestion") {
    CHECK(problem("\n[limits]\nguest_cals = 3\n") ==
          "stoxd.toml:3: there is no key `limits.guest_cals`; did you mean `limits.guest_calls`?");
    CHECK(problem("[sip]\nlevel = \"info\"\n") ==
          "stoxd.toml:2: there is no key `sip.level`; did you mean `log.level`?");
    CHECK(problem("[limit]\nguest_calls = 3\n") ==
          "stoxd.toml:1: there is no key `limit`; did you mean `limits`?");
    CHECK(problem("colour = 1\n") == "stoxd.toml:1: there is no key `colour`");
}

TEST_CASE("config: TOML errors carry their line") {
    CHECK(problem("serve = \"own\"\nlog = [\n").starts_with("stoxd.toml:"));
    CHECK(problem("a = 1\na = 2\n").starts_with("stoxd.toml:2: "));
}

TEST_CASE("config: all problems are told, one a line") {
    const auto text = problem("serve = 1\n[sip]\nudp_port = 70000\nlisten = [1]\n");
    CHECK(text ==
          "stoxd.toml:1: `serve`: must be a text in quotes, not a whole number\n"
          "stoxd.toml:3: `sip.udp_port`: must be 0 to 65535, not 70000\n"
          "stoxd.toml:4: `sip.listen`: must be a list of texts in quotes");
}

TEST_CASE("config: values that cannot be meant are refused with the key's name") {
    const auto text = GENERATE(
        "serve = \"some\"", "domains = [\"not a name\"]", "domains = [\"192.0.2.1\"]",
        "domains = [\"m\xc3\xbcller.example\"]", "public_addresses = [\"example.com\"]",
        "public_addresses = [\"192.0.2.256\"]", "host_name = \"a..b\"", "[route.\"example.com\"]\nsip = \"\"",
        "[route.\"example.com\"]\nsip = \"a:0\"", "[route.\"example.com\"]\nsip = \"a:99999\"",
        "[route.\"example.com\"]\nsip = \"a;transport=sctp\"",
        "[route.\"example.com\"]\nxmpp = \"a;transport=udp\"",
        "[route.\"example.com\"]\nsip = \"sips:a;transport=udp\"",
        "[route.\"example.com\"]\nsip = \"xmpp:a\"", "[route.\"example.com\"]\nsip = \"[::1\"",
        "[route.\"example.com\"]\n", "[route.example.com]\nsip = \"a\"", "[route.\"a b\"]\nsip = \"a\"",
        "route = 1", "[component]\ndomain = \"a.example\"", "[component]\nsecret = \"a\"",
        "[component]\nport = 0", "component = []", "[sip]\npeer = 3", "[[sip.peer]]\naddress = \"192.0.2.1\"",
        "[[sip.peer]]\ndomain = \"a.example\"", "[[sip.peer]]\naddress = \"pbx\"\ndomain = \"a.example\"",
        "[[sip.peer]]\naddress = \"192.0.2.1\"\ndomain = \"a.example\"\npassword = \"x\"", "sip = true",
        "[sip]\ntcp_port = 5061", "[xmpp]\ntcp_port = 5270", "[limits]\nguest_calls = -1",
        "[limits]\nsender_messages_per_second = 0", "[limits]\nsender_message_burst = 5",
        "[log]\nlevel = \"loud\"", "[metrics]\nlisten = \"9464\"", "[metrics]\nlisten = \"localhost:9464\"",
        "[message]\ndefault_type = \"groupchat\"", "[trace]\nentries = 5", "[trace]\nbodies = \"yes\"",
        "[trace]\nbytes = 1.5");
    INFO(text);
    const auto r = parse(text, "f");
    REQUIRE_FALSE(r.has_value());
    CHECK(r.error().text.find('`') != std::string::npos);
}

TEST_CASE("config: the same peer or route twice is an error") {
    CHECK(problem("[[sip.peer]]\naddress = \"192.0.2.1\"\ndomain = \"a.example\"\n"
                  "[[sip.peer]]\naddress = \"192.0.2.1\"\ndomain = \"b.example\"\n")
              .find("twice") != std::string::npos);
    CHECK(problem("[route.\"a.example\"]\nsip = \"x\"\n[route.\"A.example\"]\nsip = \"y\"\n").find("twice") !=
          std::string::npos);
}

TEST_CASE("config: changes name the keys, hide secrets and say what waits for a start") {
    auto before = good("[component]\ndomain = \"c.example\"\nsecret = \"one\"\n");
    auto after = before;
    CHECK(changes(before, after).empty());
    after.component->secret = "two";
    after.limits.guest_calls = 20;
    after.sip.udp_port = 0;
    after.routes["a.example"].sip = next_hop{"192.0.2.1", 5070, ""};
    after.sip.peers.push_back({"192.0.2.9", "p.example", "", ""});
    CHECK(changes(before, after) ==
          std::vector<std::string>{"component.secret: changed (from the next start)",
                                   "limits.guest_calls: 10 -> 20",
                                   "sip.udp_port: 5060 -> 0 (from the next start)",
                                   "route.\"a.example\".sip: \"\" -> \"192.0.2.1:5070\"",
                                   "sip.peer 192.0.2.9.address: \"\" -> \"192.0.2.9\"",
                                   "sip.peer 192.0.2.9.domain: \"\" -> \"p.example\""});
}

TEST_CASE("config: load tells a missing, an unreadable and an oversized file apart") {
    const auto dir = std::filesystem::temp_directory_path() / ("stox-config-" + std::to_string(getpid()));
    std::filesystem::create_directory(dir);
    const auto file = dir / "stoxd.toml";
    CHECK(load(file, false).has_value());
    const auto missing = load(file, true);
    REQUIRE_FALSE(missing.has_value());
    CHECK(missing.error().text.find("no such file") != std::string::npos);

    std::ofstream(file) << "serve = \"own\"\n";
    const auto read = load(file, true);
    REQUIRE(read.has_value());
    CHECK(read->serve == serve_rule::own);

    std::ofstream(file) << "x = 1\n";
    const auto wrong = load(file, false);
    REQUIRE_FALSE(wrong.has_value());
    CHECK(wrong.error().text.starts_with(file.string() + ":1: "));

    std::ofstream(file) << std::string(2U << 20U, '#');
    CHECK_FALSE(load(file, false).has_value());
    std::filesystem::remove_all(dir);
    CHECK(load("/dev/null", true).has_value());  // no size to ask for
}

TEST_CASE("config: a reload leaves alone what counts only from the next start") {
    const auto running =
        good("[component]\ndomain = \"sip.example.com\"\nsecret = \"s\"\n[sip]\nudp_port = 5070\n");
    const auto next = good(R"(
host_name = "other.example.com"
serve = "own"
[component]
host = "::1"
port = 5348
domain = "sip.example.org"
secret = "other"
server_domains = ["example.org"]
[sip]
listen = ["127.0.0.1"]
udp_port = 5080
tcp_port = 5080
tls_port = 5081
[[sip.peer]]
address = "192.0.2.9"
domain = "pbx.example"
[xmpp]
listen = ["127.0.0.1"]
tcp_port = 5279
tls_port = 5280
[metrics]
listen = ""
[trace]
bodies = true
entries = 200
bytes = 100000
)");
    auto was = running, is = for_reload(running, next);
    for (const auto& k : keys()) {
        INFO(path_of(k));
        if (k.at_start) CHECK(k.show(target{&was}) == k.show(target{&is}));
    }
    CHECK(is.serve == serve_rule::own);
    CHECK(is.component->server_domains == std::vector<std::string>{"example.org"});
    CHECK(is.sip.peers.size() == 1);
    CHECK(is.trace.bodies);

    // A component that came or went needs the start too.
    CHECK_FALSE(for_reload(config{}, next).component);
    CHECK(for_reload(running, config{}).component == running.component);
}
