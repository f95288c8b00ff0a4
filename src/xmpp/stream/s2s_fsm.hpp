// SPDX-License-Identifier: Apache-2.0
// One server-to-server stream as a state machine without I/O (RFC 6120 sections 4-6, XEP-0178, 0198, 0220,
// 0288, 0478): what arrives goes in, what is to be done comes out of take(). Either side: initiating or
// receiving. It decides who may say what on the stream; it neither routes stanzas nor knows sockets or time.
// Transitions (i = initiating, r = receiving):
//   header   -> features (i), gate (r)          gate      -> starttls or open (r)
//   features -> starttls, sasl, open (i)        starttls  -> handshake
//   handshake -> header                         sasl      -> header (success), open (failure: dialback) (i)
//   any      -> ended (fault, stream error, refusal, peer's end tag), closing (our orderly end)
// Next file to read: s2s_fsm.cpp (both sides), s2s_initiating.cpp, s2s_receiving.cpp, s2s_dialback.cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/tls_peer.hpp"
#include "xml/element.hpp"
#include "xml/reader.hpp"
#include "xmpp/jid.hpp"
#include "xmpp/stream/addresses.hpp"
#include "xmpp/stream/names.hpp"

namespace stox::xmpp::stream {

enum class verdict {
    valid,    // the authoritative server confirmed the key
    invalid,  // it denied it
    failed,   // it could not be asked
    unknown,  // it does not know the domain, or answered with another error
    lost,     // it closed the stream without an answer
};

struct s2s_settings {
    bool initiating = false;
    bool direct_tls = false;   // TLS is up before the first byte (XEP-0368); call secured() before start()
    bool verify_only = false;  // initiating: the stream only carries dialback verification requests
    bool try_external = true;  // initiating: false after the peer closed on a refused certificate
    std::string verify_id, verify_key;  // verify_only: what to ask about, as soon as that is possible
    domain_pair first;                  // initiating: the pair the stream is opened for; receiving: empty
    std::string dialback_secret;
    std::size_t stanza_limit = 262'144;  // bytes, announced (XEP-0478)
    std::uint32_t idle_seconds = 600;    // announced (XEP-0478)
    std::size_t max_pairs = 1000;        // authorised or asked for on one stream
    /// Whether the peer's certificate proves the domain (SASL EXTERNAL, RFC 7590).
    std::function<bool(const net::tls_peer&, const std::string& domain)> proves;
};

struct s2s_action {
    enum class kind {
        write,       // text: bytes for the peer
        start_tls,   // after the bytes before it: hand over to TLS, forget reader and read buffer; secured()
        restart,     // a new reader for a new stream header (after SASL)
        ask_gate,    // pair.local: is it ours? answer with gate_answered() before any more input
        verify_key,  // ask pair.remote's server about id and text (the key), then key_verified()
        key_answered,  // the answer to our verify(): pair, id, result
        out_opened,    // stanzas may go from pair.local to pair.remote on this stream
        out_refused,   // they may not: text says why; result is `invalid` when the key was called wrong
        in_opened,  // stanzas may come from pair.remote to pair.local; text: "external", "dialback" or "dns"
        deliver,    // the element just received is a stanza that is allowed: from, to (see incoming_stanza)
        managed,    // XEP-0198 is in force both ways; outgoing stanzas are counted from here
        acknowledged,  // number: the peer handled so many (XEP-0198)
        redirect,      // see-other-host: text is the address; ended follows
        ended,         // nothing more goes out after the bytes before; text: why, in words
    };
    kind what;
    std::string text{};
    domain_pair pair{};
    std::string id{};
    verdict result = verdict::failed;
    std::uint32_t number = 0;
    jid from{}, to{};
};

struct s2s_limits {
    std::size_t max_bytes = 0;  // 0: not announced
    std::uint32_t idle_seconds = 0;
};

class s2s_fsm {
  public:
    enum class phase {
        header,     // the peer's stream header is due
        gate,       // receiving: the gate's word on the asked domain is due
        features,   // initiating: the peer's features are due
        starttls,   // receiving: only <starttls/> is allowed; initiating: <proceed/> is due
        handshake,  // TLS is under way
        sasl,       // initiating: the answer to <auth/> is due
        open,       // stanzas and dialback, as far as pairs are authorised
        closing,    // our end tag is out, the peer's is due
        ended,      // nothing is read or written any more
    };

    explicit s2s_fsm(s2s_settings settings);

    /// Initiating: writes the stream header.
    void start();

    // What arrives.
    void opened(xml::element root);
    void received(xml::element e);
    void closed();
    void fault(const xml::stream_fault& f);
    void secured(const net::tls_peer& peer);
    void gate_answered(bool ours);
    void key_verified(const domain_pair& pair, const std::string& id, verdict result);
    /// The negotiation limit has passed: connection-timeout.
    void expired();

    // What we want.
    /// Asks by dialback to send for a further pair (XEP-0220 section 2.6, "piggybacking"); out_opened or
    /// out_refused follows. False when the stream cannot (not open, too many pairs).
    bool request_pair(const domain_pair& pair);
    /// Initiating: asks the peer, being authoritative for pair.remote, about a key; key_answered follows.
    void verify(const domain_pair& pair, const std::string& id, const std::string& key);
    /// Our orderly end.
    void close(std::string words);
    /// A stream error of RFC 6120 section 4.9.3 and the end.
    void fail(std::string_view condition, std::string_view text);

    std::vector<s2s_action> take() { return std::exchange(actions_, {}); }

    /// Whether what was just received ends this XML stream: the reader must stop behind it.
    bool restarting() const;
    /// The transport is gone.
    void lost(std::string words) { end(std::move(words)); }

    phase state() const { return phase_; }
    bool secure() const { return secure_; }
    bool bidirectional() const { return bidi_; }
    bool is_managed() const { return management_ == management::on; }
    bool authenticated() const { return !in_.empty() || !out_.empty(); }
    const std::string& authentication() const { return authentication_; }
    const s2s_limits& peer_limits() const { return peer_limits_; }
    const s2s_settings& settings() const { return settings_; }
    const std::string& peer_domain() const { return peer_domain_; }
    const std::string& own_domain() const { return own_domain_; }

  private:
    enum class management { off, asked, on };
    struct gated_request {
        domain_pair pair;
        std::string id;  // of a <verify/>; empty: a <result/>
        std::string key;
    };

    // s2s_fsm.cpp: both sides
    void write(std::string bytes);
    void push(s2s_action::kind what, std::string text = {});
    void push_pair(s2s_action::kind what, const domain_pair& pair, std::string text = {});
    void write_header();
    std::string last_words() const;
    bool check_root(xml::element root);
    void end(std::string words, std::string_view condition = {});
    void peer_error(xml::element error);
    void stanza(xml::element e);
    void management_element(xml::element e, std::string_view name);
    void open_in(const domain_pair& pair, std::string how);
    void open_out(const domain_pair& pair);
    void open_waiting();
    void unexpected(xml::element e);
    void acknowledgement(xml::element e);
    std::string limits_element() const;

    // s2s_initiating.cpp
    void header_of_response(xml::element root);
    void features(xml::element e);
    void authenticate(xml::element e);
    void sasl_answer(xml::element e, std::string_view name);
    void proceed(xml::element e);
    void read_limits(xml::element parent);

    // s2s_receiving.cpp
    void header_of_request(xml::element root);
    void write_features();
    void before_tls(xml::element e);
    void sasl_request(xml::element e, std::string_view name);
    void sasl_failure(std::string_view condition, std::string_view text);
    void enable_bidi(xml::element e);

    // s2s_dialback.cpp
    void dialback(xml::element e, std::string_view name);
    void result_request(const domain_pair& pair, xml::element e);
    void result_answer(const domain_pair& pair, xml::element e);
    void judge_request(const domain_pair& pair, const std::string& key);
    void verify_request(const domain_pair& pair, xml::element e);
    void verify_answer(const domain_pair& pair, xml::element e);
    void send_result(const domain_pair& pair);
    void answer_result(const domain_pair& pair, std::string_view type, std::string_view condition = {});
    void answer_verify(const domain_pair& pair, const std::string& id, std::string_view type,
                       std::string_view condition = {});
    void give_up_questions(std::string_view condition);
    bool proves(const std::string& domain) const { return settings_.proves(peer_, domain); }

    s2s_settings settings_;
    phase phase_ = phase::header;
    std::vector<s2s_action> actions_;
    net::tls_peer peer_;                    // valid once secure_
    std::string stream_id_;                 // of the header that the receiving side sent last
    std::string own_domain_, peer_domain_;  // of the headers; peer_domain_ may stay empty (receiving)
    std::string authentication_;        // "external" or "dialback", of the first pair, to the receiving side
    std::string external_domain_;       // receiving: what SASL EXTERNAL proved
    std::set<domain_pair> in_, out_;    // authorised
    std::set<domain_pair> asked_;       // our dialback requests without an answer
    std::vector<domain_pair> waiting_;  // authorised to send, waiting for XEP-0198's answer
    std::set<std::pair<domain_pair, std::string>> verifying_;     // keys that a verify_key action asked about
    std::set<std::pair<domain_pair, std::string>> verify_asked_;  // keys that verify() asked the peer about
    std::optional<gated_request> gated_;                          // waits for the gate
    s2s_limits peer_limits_;
    std::uint32_t handled_ = 0;  // XEP-0198
    management management_ = management::off;
    unsigned sasl_failures_ = 0;
    bool secure_ = false, header_sent_ = false, bidi_ = false, management_offered_ = false;
    bool bidi_offered_ = false, sasl_done_ = false, challenged_ = false;
};

}  // namespace stox::xmpp::stream
