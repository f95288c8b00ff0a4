// SPDX-License-Identifier: Apache-2.0
// JIDs: what is accepted is within its limits, and its text form parses to the same JID.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/utf8.hpp"
#include "xmpp/jid.hpp"

namespace {

void require(bool truth, const char* words) {
    if (truth) return;
    std::fprintf(stderr, "%s\n", words);
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using stox::xmpp::jid;
    const auto first = jid::parse(std::string_view(reinterpret_cast<const char*>(data), size));
    if (!first) return 0;
    for (const auto& part : {first->local(), first->domain(), first->resource()}) {
        require(part.size() <= 1023, "a part is too long");
        require(stox::is_utf8(part), "a part is not UTF-8");
        require(part.find_first_of("\r\n") == std::string::npos && part.find('\0') == std::string::npos,
                "a part holds a control character");
    }
    require(first->local().find_first_of("\"&'/:<>@ ") == std::string::npos,
            "the localpart holds a forbidden character");
    const auto second = jid::parse(first->to_string());
    require(second.has_value(), "the text form is refused");
    require(*second == *first, "the text form is another JID");
    const auto ascii = stox::xmpp::domain_to_ascii(first->domain());
    require(ascii.has_value(), "the domain has no A-labels");
    const auto unicode = stox::xmpp::domain_to_unicode(*ascii);
    require(unicode.has_value() && *unicode == first->domain(), "the domain's A-labels are another domain");
    return 0;
}
