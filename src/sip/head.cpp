// SPDX-License-Identifier: Apache-2.0
// Line splitting for RFC 3261 section 7.3.
#include "sip/head.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

#include "base/text.hpp"
#include "sip/syntax.hpp"

namespace stox::sip {
namespace {

constexpr std::string_view blanks = " \t\r\n";

std::string_view strip(std::string_view text) {
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return text.substr(0, 0);
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

class line_splitter {
  public:
    explicit line_splitter(std::string_view bytes) : rest_(bytes) {}

    head run() {
        out_.start_line = next_line();
        while (!rest_.empty()) {
            const std::string_view line = next_line();
            if (line.empty()) break;
            if (is_wsp(line.front()))
                extend(line);
            else
                begin(line);
        }
        for (raw_field& field : out_.fields) field.value = strip(field.value);
        return std::move(out_);
    }

  private:
    void fault(const char* reason, int status = 400) {
        if (!out_.fault) out_.fault = defect{status, reason};
    }

    std::string_view next_line() {
        const std::size_t lf = rest_.find('\n');
        std::string_view line = rest_.substr(0, lf);
        rest_.remove_prefix(std::min(rest_.size(), line.size() + 1));
        if (lf == std::string_view::npos)
            fault("header block does not end");
        else if (!line.ends_with('\r'))
            fault("bare LF in the header block");
        else
            line.remove_suffix(1);
        if (line.find('\r') != std::string_view::npos) fault("bare CR in the header block");
        return line;
    }

    void begin(std::string_view line) {
        open_ = false;
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) return fault("header line without colon");
        const std::string_view name = line.substr(0, line.find_last_not_of(" \t", colon - 1) + 1);
        if (colon == 0 || !is_token(name)) return fault("bad header name");
        if (out_.fields.size() == max_header_fields) return fault("too many header fields", 513);
        out_.fields.push_back({name, line.substr(colon + 1)});
        open_ = true;
    }

    void extend(std::string_view line) {
        if (line.find_first_not_of(" \t") == std::string_view::npos) fault("continuation line without text");
        if (!open_) return fault("continuation line without header");
        std::string_view& value = out_.fields.back().value;
        value = std::string_view(value.data(),
                                 static_cast<std::size_t>(line.data() + line.size() - value.data()));
    }

    std::string_view rest_;
    head out_;
    bool open_ = false;  // the last line began a field that a continuation may extend
};

bool is_content_length(std::string_view name) {
    return iequals(name, "content-length") || iequals(name, "l");
}

}  // namespace

std::optional<std::size_t> find_head_end(std::string_view bytes, std::size_t& scanned) {
    for (;;) {
        const std::size_t lf = bytes.find('\n', scanned);
        if (lf == std::string_view::npos) {
            scanned = bytes.size();
            return std::nullopt;
        }
        scanned = lf;
        const std::string_view next = bytes.substr(lf + 1, 2);
        if (next.starts_with('\n')) return lf + 2;
        if (next == "\r\n") return lf + 3;
        if (next.empty() || next == "\r") return std::nullopt;
        scanned = lf + 1;
    }
}

head read_head(std::string_view bytes) { return line_splitter(bytes).run(); }

body_length read_content_length(const head& h) {
    body_length out;
    for (const raw_field& field : h.fields) {
        if (!is_content_length(field.name)) continue;
        const auto number =
            parse_decimal<std::size_t>(field.value, std::numeric_limits<std::uint32_t>::max());
        if (!number || out.bytes) {
            out.fault = defect{400, number ? "Content-Length given twice" : "bad Content-Length"};
            return out;
        }
        out.bytes = number;
    }
    return out;
}

}  // namespace stox::sip
