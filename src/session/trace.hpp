// SPDX-License-Identifier: Apache-2.0
// Fills the event ring: every SIP message, stanza and decision, under the conversation of its two addresses.
// It is the tap of both stacks; redaction happens here, at the source. Next: observe/journal.hpp, admin/ for
// the reader's side.
#pragma once

#include <string>
#include <string_view>

#include "identity/served.hpp"
#include "observe/journal.hpp"
#include "sip/stack.hpp"
#include "xmpp/federation.hpp"

namespace stox::session {

class trace final : public sip::tap, public xmpp::tap {
  public:
    /// Foreign addresses that stox shows under a domain of its own are traced under the address they stand
    /// for.
    trace(observe::journal& journal, observe::conversation_ids& ids, const identity::served_domains& served)
        : journal_(journal), ids_(ids), served_(served) {}

    void set_bodies(bool on) { bodies_ = on; }

    void on_message(bool incoming, const sip::flow& f, const sip::message& m,
                    std::string_view bytes) override;
    /// In no conversation: whoever can send a packet could fill the table of conversations.
    void on_stranger(bool incoming, const sip::flow& f, const sip::message& m,
                     std::string_view bytes) override;
    void on_event(const sip::flow* f, std::string_view words) override;
    void on_stanza(bool incoming, std::string_view peer, const xmpp::jid& from, const xmpp::jid& to,
                   xml::element tree, std::string_view bytes) override;
    void on_event(std::string_view local_domain, std::string_view remote_domain,
                  std::string_view words) override;

    /// What stox decided about something between two home addresses, with its reason.
    void decision(std::string_view home_a, std::string_view home_b, std::string_view words);

    /// Lets go of what is only remembered for a moment.
    void drop_expired(steady_time now) {
        homes_.drop_expired(now);
        renamed_.drop_expired(now);
    }

    /// The conversation of two home addresses, for log lines.
    std::string conversation(std::string_view home_a, std::string_view home_b);

  private:
    void record(std::string conversation, bool incoming, const sip::flow& f, const sip::message& m,
                std::string_view bytes);
    std::string conversation_of(bool incoming, const sip::flow& f, const sip::message& m);
    std::string sender_of(bool incoming, const sip::flow& f, const sip::message& m);
    std::string home_of(std::string_view written);

    observe::journal& journal_;
    observe::conversation_ids& ids_;
    const identity::served_domains& served_;
    bounded_map<std::string, std::string> homes_{
        1024};  // by URI as written: the same ones come again and again
    // By Call-ID and CSeq: requests whose conversation their From and To do not tell; responses look here.
    bounded_map<std::string, std::string> renamed_{1024};
    bool bodies_ = false;
};

}  // namespace stox::session
