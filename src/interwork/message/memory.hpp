// SPDX-License-Identifier: Apache-2.0
// What a pair of addresses said last: the resource that wrote, so that a reply without GRUU finds it; the
// thread, so that replies stay in it; the CSeq per Call-ID (mapping of thread and Call-ID: RFC 7572
// section 4); and whether the SIP user takes rich text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bounded_map.hpp"
#include "interwork/message/page_message.hpp"

namespace stox::interwork {

class message_memory {
  public:
    explicit message_memory(std::size_t capacity) : pairs_(capacity), calls_(capacity), markup_(capacity) {}

    struct last_words {
        std::string resource;  // of the XMPP user, "" = wrote without
        std::string thread;
    };
    /// `xmpp_user` and `sip_user`: bare home addresses. Kept for ten minutes. An empty thread leaves the one
    /// that is known.
    void note(std::string_view xmpp_user, std::string_view sip_user, last_words words, steady_time now);
    std::optional<last_words> recall(std::string_view xmpp_user, std::string_view sip_user, steady_time now);

    /// In which form a SIP user takes rich text, as his own messages showed. Kept for a day.
    void note_markup(std::string_view sip_user, rich_text taken, steady_time now);
    rich_text markup_for(std::string_view sip_user, steady_time now);
    void forget_markup(std::string_view sip_user) { markup_.erase(std::string(sip_user)); }

    struct call {
        std::string from_tag;
        std::uint32_t cseq = 0;
    };
    /// The From tag and the next CSeq for a request with this Call-ID.
    call next_in(const std::string& call_id, steady_time now);

    void drop_expired(steady_time now) {
        pairs_.drop_expired(now);
        calls_.drop_expired(now);
        markup_.drop_expired(now);
    }

  private:
    bounded_map<std::string, last_words> pairs_;
    bounded_map<std::string, call> calls_;
    bounded_map<std::string, rich_text> markup_;
};

}  // namespace stox::interwork
