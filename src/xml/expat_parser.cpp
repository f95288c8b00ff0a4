// SPDX-License-Identifier: Apache-2.0
#include "xml/expat_parser.hpp"

#include <new>

#include "xml/tree_builder.hpp"

namespace stox::xml {

expat_parser::expat_parser(void* user) : parser_(XML_ParserCreateNS("UTF-8", ns_separator)) {
    if (!parser_) throw std::bad_alloc();
    XML_SetUserData(parser_.get(), user);
    // Else a stanza that ends a TCP segment could wait inside expat for the next one.
    XML_SetReparseDeferralEnabled(parser_.get(), XML_FALSE);
}

std::size_t expat_parser::event_end() const {
    const auto start = XML_GetCurrentByteIndex(parser_.get());
    return static_cast<std::size_t>(start + XML_GetCurrentByteCount(parser_.get()));
}

std::string expat_parser::raw_tag_name() const {
    int offset = 0;
    int size = 0;
    const char* context = XML_GetInputContext(parser_.get(), &offset, &size);
    const std::string_view tag(context + offset + 1, static_cast<std::size_t>(size - offset - 1));
    return std::string(tag.substr(0, tag.find_first_of(" \t\r\n/>")));
}

// Inside content a declaration ("<!DOCTYPE", "<!ENTITY") and a comment with "--" in it are only invalid
// tokens to expat.
bool expat_parser::is_declaration(std::size_t token) const {
    int offset = 0;
    int size = 0;
    const char* context = XML_GetInputContext(parser_.get(), &offset, &size);
    const auto back = static_cast<std::size_t>(XML_GetCurrentByteIndex(parser_.get())) - token;
    if (context == nullptr || offset < 0 || back > static_cast<std::size_t>(offset)) return false;
    const auto start = static_cast<std::size_t>(offset) - back;
    const std::string_view text = std::string_view(context, static_cast<std::size_t>(size)).substr(start);
    return text.size() > 2 && text.substr(0, 2) == "<!" && text[2] != '[';
}

stream_fault expat_parser::fault(std::size_t token) const {
    const auto code = XML_GetErrorCode(parser_.get());
    const std::string words = XML_ErrorString(code);
    switch (code) {
        case XML_ERROR_UNDEFINED_ENTITY:
        case XML_ERROR_RECURSIVE_ENTITY_REF:
        case XML_ERROR_ASYNC_ENTITY:
        case XML_ERROR_ATTRIBUTE_EXTERNAL_ENTITY_REF:
        case XML_ERROR_EXTERNAL_ENTITY_HANDLING:
            return {"restricted-xml", words};
        case XML_ERROR_UNKNOWN_ENCODING:
        case XML_ERROR_INCORRECT_ENCODING:
            return {"unsupported-encoding", words};
        case XML_ERROR_NO_MEMORY:
            return {"resource-constraint", words};
        case XML_ERROR_INVALID_TOKEN:
            if (is_declaration(token)) return {"restricted-xml", "declarations and comments are not allowed"};
            [[fallthrough]];
        default:
            return {"not-well-formed", words};
    }
}

}  // namespace stox::xml
