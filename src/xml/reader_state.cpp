// SPDX-License-Identifier: Apache-2.0
#include "xml/reader_state.hpp"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace stox::xml {
namespace {

constexpr std::string_view stream_namespace = "http://etherx.jabber.org/streams";

// Expat keeps a buffer of twice the largest piece it was fed; text needs no more than this.
constexpr std::size_t feed_piece = 4096;

// Expat keeps memory in proportion to the largest tag; after a stanza of this size it starts anew.
constexpr std::size_t big_stanza = 65'536;

// Expat remembers every name it has seen, for good. After this many names a new parser takes over, so that a
// peer which invents names cannot make a long-lived stream grow.
constexpr std::size_t max_names = 20'000;

// An unfinished tag is scanned again whenever bytes are added; up to this size that costs nothing that
// matters.
constexpr std::size_t small_token = 1024;

// Bytes scanned again within one stanza: reached only by a large tag that drips in byte by byte.
constexpr std::size_t max_rescanned = std::size_t{64} << 20U;

bool is_white_space(std::string_view text) {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

reader_state::reader_state(shape s, const limits& l, stream_reader::events e, document& into)
    : shape_(s), limits_(l), events_(std::move(e)), builder_(into) {
    builder_.set_limits(l);
    builder_.set_stream(s == shape::stream);
    root_open_ = s == shape::single;
    make_parser();
}

void reader_state::make_parser() {
    using self = reader_state;
    parser_ = std::make_unique<expat_parser>(this);
    auto* const p = parser_->get();
    XML_SetElementHandler(
        p,
        [](void* s, const char* name, const char** attributes) {
            static_cast<self*>(s)->guarded([&] { static_cast<self*>(s)->on_start(name, attributes); });
        },
        [](void* s, const char*) {
            static_cast<self*>(s)->guarded([&] { static_cast<self*>(s)->on_end(); });
        });
    XML_SetCharacterDataHandler(p, [](void* s, const char* text, int size) {
        const std::string_view piece(text, static_cast<std::size_t>(size));
        static_cast<self*>(s)->guarded([&] { static_cast<self*>(s)->on_text(piece); });
    });
    XML_SetStartNamespaceDeclHandler(p, [](void* s, const char* prefix, const char* uri) {
        static_cast<self*>(s)->guarded([&] { static_cast<self*>(s)->on_declaration(prefix, uri); });
    });
    // Only so that every token is seen to end.
    const auto seen = [](void* s) { static_cast<self*>(s)->guarded([] {}); };
    XML_SetCdataSectionHandler(p, seen, seen);
    XML_SetXmlDeclHandler(p, [](void* s, const char*, const char* encoding, int) {
        static_cast<self*>(s)->guarded([] {});
        if (encoding != nullptr && !iequals(encoding, "UTF-8"))
            static_cast<self*>(s)->fail("unsupported-encoding", "only UTF-8 is understood");
    });
    XML_SetStartDoctypeDeclHandler(p, [](void* s, const char*, const char*, const char*, int) {
        static_cast<self*>(s)->fail("restricted-xml", "document type declarations are not allowed");
    });
    XML_SetProcessingInstructionHandler(p, [](void* s, const char*, const char*) {
        static_cast<self*>(s)->fail("restricted-xml", "processing instructions are not allowed");
    });
    XML_SetCommentHandler(p, [](void* s, const char*) {
        static_cast<self*>(s)->fail("restricted-xml", "comments are not allowed");
    });
}

void reader_state::fail(const char* condition, std::string_view text) {
    guarded([&] { fault_ = stream_fault{condition, std::string(text)}; });
}

void reader_state::set_limits(const limits& l) {
    limits_ = l;
    builder_.set_limits(l);
}

// ---- events -----------------------------------------------------------------------------------------------

void reader_state::on_declaration(const char* prefix, const char* uri) {
    if (reopening_) return;
    ++names_;
    const std::string_view name = prefix == nullptr ? "" : prefix;
    const std::string_view value = uri == nullptr ? "" : uri;
    if (!builder_.declaration(name, value)) return fail("policy-violation", builder_.limit_words());
    if (root_open_) return;
    declarations_.append(name).append(1, ns_separator).append(value).append(1, ns_separator);
}

void reader_state::on_start(const char* name, const char** attributes) {
    if (reopening_) return;
    if (!root_open_) return open_root(name, attributes);
    const auto expanded = split_name(name);
    if (shape_ == shape::stream && !builder_.open() && expanded.ns == stream_namespace &&
        std::strcmp(expanded.local, "stream") == 0)
        return fail("unsupported-stanza-type", "a stream header inside the stream");  // RFC 6120 4.3.3
    ++names_;
    for (const char** a = attributes; *a != nullptr; a += 2) ++names_;
    if (!builder_.start(name, attributes)) fail("policy-violation", builder_.limit_words());
}

void reader_state::open_root(const char* name, const char** attributes) {
    const auto expanded = split_name(name);
    if (expanded.ns != stream_namespace)
        return fail("invalid-namespace", "the root is not in the namespace of streams");
    if (std::strcmp(expanded.local, "stream") != 0) return fail("bad-format", "the root is not a stream");
    if (!builder_.start(name, attributes)) return fail("policy-violation", builder_.limit_words());
    builder_.end();
    root_open_ = true;
    boundary_ = parser_->event_end();
    auto root = builder_.root();
    root.attribute("xmlns").set_value("");
    std::vector<std::string_view> declared = split(declarations_, ns_separator);
    for (std::size_t i = 0; i + 1 < declared.size(); i += 2) {
        const auto attribute = declared[i].empty() ? "xmlns" : "xmlns:" + std::string(declared[i]);
        set_attribute(root, attribute.c_str(), declared[i + 1]);
    }
    if (events_.opened) events_.opened(root);
    if (!over()) remember_root(root);
}

// The namespaces in force inside the root, under the name by which the peer will close it.
void reader_state::remember_root(element root) {
    root.set_name(parser_->raw_tag_name().c_str());
    for (auto a = root.first_attribute(); a;) {
        const auto next = a.next_attribute();
        if (std::strncmp(a.name(), "xmlns", 5) != 0) root.remove_attribute(a);
        a = next;
    }
    root_tag_ = to_bytes(root);
    root_tag_.replace(root_tag_.size() - 2, 2, ">");
    declarations_.clear();
    builder_.clear(false);
}

void reader_state::on_text(std::string_view text) {
    if (builder_.open()) return builder_.text(text);
    if (!is_white_space(text)) return fail("bad-format", "text between stanzas");
    white_space_ += text.size();
    boundary_ = parser_->event_end();
    if (white_space_ > limits_.stanza_bytes) fail("policy-violation", "too much white space");
}

void reader_state::on_end() {
    if (builder_.open()) {
        if (builder_.end()) finish_stanza();
        return;
    }
    if (events_.closed) events_.closed();
    closed_ = true;
}

void reader_state::finish_stanza() {
    if (shape_ == shape::single) return;
    const auto end = parser_->event_end();
    if (end - boundary_ > big_stanza || names_ > max_names) stale_ = true;
    boundary_ = end;
    white_space_ = 0;
    rescanned_ = 0;
    if (events_.stanza) events_.stanza(builder_.root());
    if (over()) return;
    // A parser can be left only while the bytes behind the stanza are still in hand.
    renew_ = stale_ && !resuming_;
    if (renew_) {
        XML_StopParser(parser_->get(), XML_FALSE);
    } else if (paused_) {
        suspended_ = true;
        XML_StopParser(parser_->get(), XML_TRUE);
    }
}

// ---- feeding ----------------------------------------------------------------------------------------------

void reader_state::renew_parser() {
    renew_ = stale_ = false;
    make_parser();
    reopening_ = true;
    XML_Parse(parser_->get(), root_tag_.data(), static_cast<int>(root_tag_.size()), XML_FALSE);
    reopening_ = false;
    fed_ = boundary_ = token_ = root_tag_.size();
    names_ = unfinished_ = 0;
}

std::size_t reader_state::allowance() const {
    const auto used = fed_ - boundary_;
    return used < limits_.stanza_bytes ? limits_.stanza_bytes - used : 0;
}

// Expat changes to UTF-16 when the first two bytes look like it, whatever it was told. It gets these two one
// by one, so that a fault in the first is found first under any split.
bool reader_state::begins_as_utf16(std::string_view piece) const {
    const auto byte = static_cast<unsigned char>(piece.front());
    if (fed_ == 0) return byte == 0x00 || byte >= 0xFE;
    return fed_ == 1 && byte == 0x00;
}

// Gives a piece to expat; returns how many of its bytes were consumed (all but those behind a stanza after
// which a new parser takes over).
std::size_t reader_state::parse(std::string_view piece) {
    if (begins_as_utf16(piece)) {
        fault_ = stream_fault{"unsupported-encoding", "only UTF-8 is understood"};
        return piece.size();
    }
    fed_ += piece.size();
    judge(XML_Parse(parser_->get(), piece.data(), static_cast<int>(piece.size()), XML_FALSE));
    if (!renew_) return piece.size();
    const auto left = fed_ - boundary_;
    renew_parser();
    return piece.size() - left;
}

void reader_state::judge(XML_Status status) {
    if (over() || renew_) return;
    if (status == XML_STATUS_ERROR) {
        fault_ = parser_->fault(token_);
        return;
    }
    unfinished_ = suspended_ ? 0 : fed_ - token_;
    if (unfinished_ <= small_token) return;
    rescanned_ += unfinished_;
    if (rescanned_ > max_rescanned)
        fault_ = stream_fault{"policy-violation", "a tag came in too many pieces"};
}

void reader_state::run(std::string_view input) {
    while (!input.empty() && !over() && !paused_) {
        const auto wanted = fed_ < 2 ? 1 : std::max(feed_piece, unfinished_);
        const auto piece = std::min({input.size(), allowance(), wanted});
        if (piece == 0) {
            fault_ = stream_fault{"policy-violation", "the stanza is too large"};
            break;
        }
        behind_ = input.size() - piece;
        input.remove_prefix(parse(input.substr(0, piece)));
    }
    behind_ = 0;
    rest_.assign(over() ? std::string_view() : input);
}

// Whether bytes can wait: every long token ends with '>', so that without one nothing could become complete.
bool reader_state::hold(std::string_view bytes) const {
    const auto size = rest_.size() + bytes.size();
    if (unfinished_ <= small_token || size >= unfinished_ || size > allowance()) return false;
    return bytes.find('>') == std::string_view::npos;
}

std::optional<stream_fault> reader_state::feed(std::string_view bytes) {
    if (over()) return fault_;
    if (paused_ || hold(bytes)) {
        rest_.append(bytes);
        return std::nullopt;
    }
    if (rest_.empty()) {
        run(bytes);
    } else {
        const std::string joined = std::exchange(rest_, {}).append(bytes);
        run(joined);
    }
    return outcome();
}

std::optional<stream_fault> reader_state::resume() {
    if (over()) return fault_;
    paused_ = false;
    if (std::exchange(suspended_, false)) {
        resuming_ = true;
        behind_ = rest_.size();
        judge(XML_ResumeParser(parser_->get()));
        resuming_ = false;
    }
    if (!paused_) {
        const std::string left = std::exchange(rest_, {});
        run(left);
    }
    return outcome();
}

std::optional<stream_fault> reader_state::finish() {
    if (!over()) judge(XML_Parse(parser_->get(), "", 0, XML_TRUE));
    return outcome();
}

std::optional<stream_fault> reader_state::outcome() {
    if (exception_) {
        stopped_ = true;
        std::rethrow_exception(std::exchange(exception_, nullptr));
    }
    if (shape_ == shape::stream && !paused_ && !builder_.open() && builder_.holds_memory())
        builder_.clear(true);
    if (over()) std::string().swap(rest_);
    return fault_;
}

std::size_t reader_state::stop() {
    stopped_ = true;
    return fed_ - parser_->event_end() + behind_;
}

}  // namespace stox::xml
