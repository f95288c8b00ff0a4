// SPDX-License-Identifier: Apache-2.0
// The message/cpim wrapper (RFC 3862), read side: the headers a page message needs and the MIME entity
// inside. Who the From may be is judged by codec_sip.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "interwork/message/mime_body.hpp"
#include "sip/uri.hpp"

namespace stox::interwork {

struct cpim_wrapper {
    std::optional<sip::name_addr> from;
    std::string subject;
    std::optional<wall_time> date_time;
    mime_leaf content;
};

/// Views into `body`. An error when the From cannot be read or a header is required that is not understood
/// (RFC 3862 section 4.6).
result<cpim_wrapper> read_cpim(std::string_view body);

/// RFC 3339 / XEP-0082 date and time; nullopt when it is none.
std::optional<wall_time> parse_date_time(std::string_view text);
/// "2026-11-22T23:00:00Z"
std::string to_date_time(wall_time time);

}  // namespace stox::interwork
