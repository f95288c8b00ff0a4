// SPDX-License-Identifier: Apache-2.0
// Service discovery (XEP-0030): what the gateway's addresses are and can do. Every XEP file adds its own
// features when it is registered, so the answers stay true; caps (XEP-0115) hashes the same answers.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "xml/element.hpp"
#include "xmpp/jid.hpp"

namespace stox::xmpp {

class router;

namespace xep {

inline constexpr const char* ns_disco_info = "http://jabber.org/protocol/disco#info";
inline constexpr const char* ns_disco_items = "http://jabber.org/protocol/disco#items";

struct disco_identity {
    std::string category, type, name, lang;
    auto operator<=>(const disco_identity&) const = default;
};

/// A data form of XEP-0128.
struct disco_form {
    struct field {
        std::string var;
        std::vector<std::string> values;
    };
    std::string form_type;
    std::vector<field> fields;  // without FORM_TYPE
};

struct disco_info {
    std::vector<disco_identity> identities;
    std::vector<std::string> features;
    std::vector<disco_form> forms;
};

/// Which of our addresses is asked.
enum class address_kind {
    gateway,  // the domain itself
    account,  // a mapped user's bare JID
    client    // a mapped user's full JID
};
constexpr std::size_t address_kinds = 3;
address_kind kind_of_address(const jid& address);

class disco {
  public:
    void add_identity(address_kind kind, disco_identity identity);
    /// For addresses of one kind, or of all kinds.
    void add_feature(address_kind kind, std::string feature);
    void add_feature(const std::string& feature);
    const disco_info& info(address_kind kind) const { return infos_.at(static_cast<std::size_t>(kind)); }

  private:
    std::array<disco_info, address_kinds> infos_;
};

/// The <query/> of an answer; `node` is mirrored when not empty (XEP-0030 section 3.2).
std::string disco_info_query(const disco_info& info, std::string_view node);

/// Reads a peer's <query/>; forms that XEP-0115 section 5.4 says to ignore are left out.
disco_info read_disco_info(xml::element query);

/// Answers disco#info (also for the caps node of XEP-0115) and disco#items. `registry` outlives `r`.
void register_disco(router& r, disco& registry);

}  // namespace xep
}  // namespace stox::xmpp
