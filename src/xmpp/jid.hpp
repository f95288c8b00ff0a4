// SPDX-License-Identifier: Apache-2.0
// JIDs (RFC 7622): localpart@domainpart/resourcepart, each at most 1023 bytes, normalised once when parsed:
// localpart and resourcepart by ICU's nodeprep/resourceprep, domainpart by libidn2 to lower-case U-labels.
// See docs/adr on PRECIS.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace stox::xmpp {

class jid {
  public:
    jid() = default;
    /// Normalises and validates; the error says which part is wrong.
    static result<jid> parse(std::string_view text);
    static result<jid> make(std::string_view local, std::string_view domain, std::string_view resource = {});
    /// The domain alone of an address whose other parts may be anything, "ch@r@cters@muc.example" too: whom
    /// to tell that the rest is malformed (RFC 6120 section 8.3.3.8).
    static result<jid> domain_of(std::string_view text);

    const std::string& local() const { return local_; }
    const std::string& domain() const { return domain_; }
    const std::string& resource() const { return resource_; }
    bool empty() const { return domain_.empty(); }
    bool is_bare() const { return resource_.empty(); }

    jid bare() const;
    jid with_resource(std::string_view normalised_resource) const;
    std::string to_string() const;

    auto operator<=>(const jid&) const = default;
    bool operator==(const jid&) const = default;

  private:
    std::string local_, domain_, resource_;
};

/// Lower-case A-labels of a domain (for DNS, TLS and SIP); the input may hold U-labels. IP literals pass
/// unchanged.
result<std::string> domain_to_ascii(std::string_view domain);
/// Normalised U-labels (RFC 7622 section 3.2) of a domain, as jid keeps it.
result<std::string> domain_to_unicode(std::string_view domain);

}  // namespace stox::xmpp
