// SPDX-License-Identifier: Apache-2.0
// A link that keeps what it is given, and stanzas written as text, for tests of what stands on a link.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "xml/reader.hpp"
#include "xmpp/link.hpp"

namespace stox::xmpp::test {

class memory_link : public link {
  public:
    awaitable<std::optional<stanza_error>> send(outgoing_stanza stanza, milliseconds) override {
        sent.push_back(std::move(stanza));
        auto verdict = refusal;
        co_return verdict;
    }
    bool post(outgoing_stanza stanza) override {
        if (full) return false;
        sent.push_back(std::move(stanza));
        return true;
    }

    std::vector<outgoing_stanza> sent;
    std::optional<stanza_error> refusal;
    bool full = false;
};

/// A stanza as it arrives on a server-to-server stream.
class arrived {
  public:
    explicit arrived(const std::string& text) {
        if (xml::parse_document("<stream xmlns='jabber:server'>" + text + "</stream>", document_))
            throw std::runtime_error("the test's stanza is not well-formed: " + text);
        stanza.tree = document_.first_child().first_child();
        stanza.ns = "jabber:server";
        if (auto from = jid::parse(xml::attribute(stanza.tree, "from"))) stanza.from = *from;
        if (auto to = jid::parse(xml::attribute(stanza.tree, "to"))) stanza.to = *to;
    }
    arrived(const arrived&) = delete;
    arrived& operator=(const arrived&) = delete;

    incoming_stanza stanza;

  private:
    xml::document document_;
};

}  // namespace stox::xmpp::test
