// SPDX-License-Identifier: Apache-2.0
// An external component's stream (XEP-0114 section 3) without I/O: header, handshake, then stanzas. Plain TCP
// to a server that the operator named; no TLS, no SASL, no stream features.
// Transitions: header -> handshake -> open; any -> ended.
#pragma once

#include <functional>
#include <string>

#include "xml/element.hpp"
#include "xml/reader.hpp"
#include "xmpp/jid.hpp"

namespace stox::xmpp::stream {

class component_fsm {
  public:
    enum class phase {
        header,     // the server's stream header is due
        handshake,  // the server's <handshake/> is due
        open,       // stanzas flow
        ended,
    };

    component_fsm(std::string domain, std::string secret)
        : domain_(std::move(domain)), secret_(std::move(secret)) {}

    void start();
    void opened(xml::element root);
    /// True when `e` is a stanza for us: from() and to() are its addresses until the next call.
    bool received(xml::element e);
    void closed();
    void fault(const xml::stream_fault& f);
    void lost(std::string words) { end(std::move(words)); }
    /// Our orderly end.
    void close();

    /// Bytes for the server since the last call.
    std::string take() { return std::exchange(out_, {}); }

    phase state() const { return phase_; }
    /// Why it ended, with what to change where that is known.
    const std::string& why() const { return why_; }
    /// The stream error condition that the server gave, "" without one.
    const std::string& refusal() const { return refusal_; }
    const jid& from() const { return from_; }
    const jid& to() const { return to_; }

  private:
    void fail(std::string_view condition, std::string words);
    void end(std::string words);
    void server_error(xml::element error);
    bool stanza(xml::element e);

    std::string domain_, secret_, out_, why_, refusal_;
    jid from_, to_;
    phase phase_ = phase::header;
};

}  // namespace stox::xmpp::stream
