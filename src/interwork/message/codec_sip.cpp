// SPDX-License-Identifier: Apache-2.0
#include "interwork/message/codec_sip.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "identity/address_map.hpp"
#include "interwork/common/encode.hpp"
#include "interwork/message/cpim.hpp"
#include "interwork/message/mime_body.hpp"
#include "interwork/message/xhtml.hpp"
#include "sip/header/tokens.hpp"

namespace stox::interwork {
namespace {

// RFC 3261 section 8.1.1.6, for senders that do not count.
constexpr int usual_hops = 70;

sip_failure refusal(int status, std::string_view reason) {
    sip_failure out;
    out.status = status;
    out.reason = reason.empty() ? sip::default_reason(status) : reason;
    return out;
}

sip_failure unsupported_type(std::string_view what) {
    auto out = refusal(415, {});
    out.headers.emplace_back("Accept", std::string(accepted_types));
    out.headers.emplace_back("Warning", warning_value(399, "stox", what));
    return out;
}

// Whether two URIs are one user; scheme, port and parameters do not make another one.
bool same_user(const sip::uri& a, const sip::uri& b) {
    const auto left = identity::jid_from_uri(a);
    const auto right = identity::jid_from_uri(b);
    return left && right && left->bare() == right->bare();
}

// In each multipart/alternative one branch speaks: the first with plain text, else the first with HTML.
std::vector<std::pair<std::size_t, std::size_t>> chosen_branches(const std::vector<mime_leaf>& leaves) {
    std::vector<std::pair<std::size_t, std::size_t>> chosen;
    for (const std::string_view wanted : {"text/plain", "text/html"})
        for (const auto& leaf : leaves) {
            const bool decided = std::any_of(chosen.begin(), chosen.end(),
                                             [&leaf](const auto& c) { return c.first == leaf.group; });
            if (leaf.group != 0 && !decided && leaf.type.type == wanted)
                chosen.emplace_back(leaf.group, leaf.branch);
        }
    return chosen;
}

// Typing notices (RFC 3994) and reports (RFC 5438), bare or wrapped: taken quietly where nobody waits for
// them.
bool says_nothing_to_people(std::string_view type) {
    return type == "application/im-iscomposing+xml" || type == "message/imdn+xml";
}

class body_reader {
  public:
    explicit body_reader(page_message& into) : into_(into) {}

    std::optional<sip_failure> read(mime_leaf root) {
        auto leaves = leaves_of(std::move(root));
        if (!leaves) return refusal(400, leaves.error().text);
        const auto chosen = chosen_branches(*leaves);
        for (const auto& leaf : *leaves) {
            const bool decided =
                leaf.group != 0 && std::any_of(chosen.begin(), chosen.end(),
                                               [&](const auto& c) { return c.first == leaf.group; });
            const bool speaks =
                std::find(chosen.begin(), chosen.end(), std::pair(leaf.group, leaf.branch)) != chosen.end();
            if (decided && !speaks) {
                // The other alternatives say the same; only their markup is worth keeping.
                if (leaf.type.type == "text/html") take_markup(leaf);
                continue;
            }
            if (auto failed = take(leaf)) return failed;
        }
        if (text_.empty() && lost_)
            return unsupported_type("the HTML holds no text, only what does not cross");
        into_.bodies.push_back({language_, std::move(text_)});
        return std::nullopt;
    }

    /// The type of a notice between programs, when there was nothing else; "" when there was.
    const std::string& only_notice() const { return anything_else_ ? nothing_ : notice_; }

  private:
    std::optional<sip_failure> take(const mime_leaf& leaf) {
        if (says_nothing_to_people(leaf.type.type)) {
            notice_ = leaf.type.type;
            return std::nullopt;
        }
        anything_else_ = true;
        if (leaf.type.type == "text/plain") {
            auto text = text_of_leaf(leaf);
            if (!text) return unsupported_type("text in a charset or transfer encoding that is not known");
            append(*text, leaf.language);
            return std::nullopt;
        }
        if (leaf.type.type == "text/html") {
            const auto text = text_of_leaf(leaf);
            if (!text) return unsupported_type("HTML in a charset or transfer encoding that is not known");
            auto safe = sanitise_html(*text);
            lost_ = lost_ || (safe.text.empty() && text->find_first_not_of(" \t\n") != std::string::npos);
            append(safe.text, leaf.language);
            if (into_.html.empty()) into_.html = std::move(safe.xhtml);
            return std::nullopt;
        }
        if (leaf.optional) return std::nullopt;
        return unsupported_type("the content type " + leaf.type.type + " has no XMPP form");
    }

    void take_markup(const mime_leaf& leaf) {
        const auto text = text_of_leaf(leaf);
        if (text && into_.html.empty()) into_.html = sanitise_html(*text).xhtml;
    }

    void append(std::string_view text, const std::string& language) {
        if (!text_.empty() && !text.empty()) text_.push_back('\n');
        text_ += text;
        if (language_.empty()) language_ = language;
    }

    page_message& into_;
    std::string text_, language_, notice_;
    const std::string nothing_;
    bool anything_else_ = false, lost_ = false;
};

// The MIME entity inside a CPIM wrapper, whose headers count for the message.
std::variant<mime_leaf, sip_failure> unwrap(std::string_view body, const sip::uri& sender,
                                            page_message& into) {
    auto wrapper = read_cpim(body);
    if (!wrapper) return refusal(400, wrapper.error().text);
    if (wrapper->from && !same_user(wrapper->from->address, sender)) {
        auto out = refusal(403, {});
        out.headers.emplace_back(
            "Warning", warning_value(399, "stox", "the CPIM From is not the sender of the request"));
        return out;
    }
    if (!wrapper->subject.empty()) into.subject = wrapper->subject;
    if (wrapper->from && into.sender_name.empty()) into.sender_name = wrapper->from->display_name;
    into.delayed_since = wrapper->date_time;
    return std::move(wrapper->content);
}

// The body as one MIME entity; views into the request.
mime_leaf root_leaf(const sip::message& request) {
    const auto value = [&request](std::string_view name) {
        return std::string(request.header(name).value_or(""));
    };
    const mime_fields fields{{"Content-Type", value("Content-Type")},
                             {"Content-Language", value("Content-Language")},
                             {"Content-Transfer-Encoding", value("Content-Transfer-Encoding")}};
    return leaf_of(fields, request.body());
}

// RFC 3261 section 25.1: callid = word [ "@" word ].
bool is_call_id(std::string_view text) {
    constexpr std::string_view others = "-.!%*_+`'~()<>:\\\"/[]?{}";
    const auto is_word = [&](std::string_view word) {
        return !word.empty() && std::all_of(word.begin(), word.end(), [&](char c) {
            return is_alnum(c) || others.find(c) != std::string_view::npos;
        });
    };
    const auto at = text.find('@');
    if (at == std::string_view::npos) return is_word(text);
    return is_word(text.substr(0, at)) && is_word(text.substr(at + 1));
}

// RFC 3261 section 20.17: RFC 1123 form, always GMT.
std::string sip_date(wall_time time) {
    constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::string clock = to_date_time(time).substr(11, 8);
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %s GMT",
                  days[std::chrono::weekday{day}.c_encoding()], static_cast<unsigned>(date.day()),
                  months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                  clock.c_str());
    return text.data();
}

void write_body(sip::message& request, const page_message& message, rich_text markup) {
    if (markup == rich_text::none || message.html.empty()) {
        request.set_body("text/plain;charset=UTF-8", message.text());
        return;
    }
    std::string html = "<html><body>" + message.html + "</body></html>";
    if (markup == rich_text::html) {
        request.set_body("text/html;charset=UTF-8", std::move(html));
        return;
    }
    // Nobody can write a body that holds the hash of itself.
    const std::string boundary =
        "stox-" + to_base32(digest(hash::sha256, message.text() + html)).substr(0, 24);
    std::string body =
        "--" + boundary + "\r\nContent-Type: text/plain;charset=UTF-8\r\n\r\n" + message.text();
    body += "\r\n--" + boundary + "\r\nContent-Type: text/html;charset=UTF-8\r\n\r\n" + html;
    body += "\r\n--" + boundary + "--\r\n";
    request.set_body("multipart/alternative;boundary=" + boundary, std::move(body));
}

}  // namespace

sip_reading read_sip(const sip::message& request, const sip::uri& proven_sender, std::size_t max_body) {
    if (request.body().size() > max_body) return refusal(413, {});
    if (const auto coding = request.header("Content-Encoding"); coding && !iequals(*coding, "identity")) {
        auto out = refusal(415, {});
        out.headers.emplace_back("Accept-Encoding", "identity");
        return out;
    }
    page_message out;
    out.subject = one_line(request.header("Subject").value_or(""));
    out.hops_left = sip::max_forwards(request).value_or(usual_hops);
    out.thread = one_line(request.header("Call-ID").value_or(""), 256);
    if (const auto from = sip::name_addr::parse(request.header("From").value_or("")))
        out.sender_name = one_line(from->display_name, 256);

    if (!request.header("Content-Type") && !request.body().empty())
        return refusal(400, "Content-Type missing");
    auto root = root_leaf(request);
    if (root.type.type == "message/cpim") {
        auto content = unwrap(request.body(), proven_sender, out);
        if (const auto* failed = std::get_if<sip_failure>(&content)) return *failed;
        root = std::move(std::get<mime_leaf>(content));
    }
    body_reader reader(out);
    if (const auto failed = reader.read(std::move(root))) return *failed;
    if (!reader.only_notice().empty()) return nothing_to_send{reader.only_notice()};
    if (out.text().empty() && out.subject.empty()) return nothing_to_send{"empty text"};
    return out;
}

rich_text markup_taken_by_sender(const sip::message& request) {
    auto root = root_leaf(request);
    if (root.type.type == "message/cpim")
        if (auto wrapper = read_cpim(request.body())) root = std::move(wrapper->content);
    if (root.type.type == "text/html") return rich_text::html;
    bool html = false, multipart = root.type.type.starts_with("multipart/");
    if (multipart)
        if (const auto leaves = leaves_of(std::move(root)))
            html = std::any_of(leaves->begin(), leaves->end(),
                               [](const auto& leaf) { return leaf.type.type == "text/html"; });
    if (html) return rich_text::alternative;
    for (const auto range : request.list("Accept")) {
        const auto type = content_type::parse(range);
        html = html || (type && type->type == "text/html");
        multipart = multipart || (type && type->type == "multipart/alternative");
    }
    if (!html) return rich_text::none;
    return multipart ? rich_text::alternative : rich_text::html;
}

sip::message write_sip(const page_message& message, const sip_envelope& envelope) {
    auto request = sip::message::request("MESSAGE", envelope.request_uri.to_string());
    sip::name_addr from, to;
    from.display_name = one_line(message.sender_name, 256);
    from.address = envelope.from.aor();
    from.set_parameter("tag", envelope.from_tag);
    to.address = envelope.to;
    request.add("From", from.to_string());
    request.add("To", to.to_string());
    request.add("Call-ID", one_line(envelope.call_id, 256));
    request.add("CSeq", std::to_string(envelope.cseq) + " MESSAGE");
    if (message.hops_left) request.add("Max-Forwards", std::to_string(*message.hops_left));
    if (const auto subject = one_line(message.subject); !subject.empty()) request.add("Subject", subject);
    if (message.delayed_since) request.add("Date", sip_date(*message.delayed_since));
    if (const auto language = language_tag(message.bodies.front().language); !language.empty())
        request.add("Content-Language", language);
    write_body(request, message, envelope.markup);
    return request;
}

std::string call_id_for_thread(std::string_view thread, std::string_view host) {
    if (thread.empty()) return {};
    if (thread.size() <= 128 && is_call_id(thread)) return std::string(thread);
    return to_base32(digest(hash::sha256, thread)) + "@" + std::string(host);
}

}  // namespace stox::interwork
