// SPDX-License-Identifier: Apache-2.0
#include "xml/expat_parser.hpp"

#include <new>

#include "base/text.hpp"
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

std::size_t expat_parser::unreported_from() const {
    const auto at = XML_GetCurrentByteIndex(parser_.get());
    return at < 0 ? 0 : static_cast<std::size_t>(at);
}

std::string expat_parser::raw_tag_name() const {
    int offset = 0;
    int size = 0;
    const char* context = XML_GetInputContext(parser_.get(), &offset, &size);
    const std::string_view tag(context + offset + 1, static_cast<std::size_t>(size - offset - 1));
    return std::string(tag.substr(0, tag.find_first_of(" \t\r\n/>")));
}

// A declaration inside content ("<!DOCTYPE", "<!ENTITY") is only an invalid token to expat, which then points
// at the byte behind "<!".
bool expat_parser::error_is_declaration() const {
    int offset = 0;
    int size = 0;
    const char* context = XML_GetInputContext(parser_.get(), &offset, &size);
    if (context == nullptr || offset < 2 || offset >= size) return false;
    return context[offset - 2] == '<' && context[offset - 1] == '!' && is_alpha(context[offset]);
}

stream_fault expat_parser::fault() const {
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
            if (error_is_declaration()) return {"restricted-xml", "declarations are not allowed"};
            [[fallthrough]];
        default:
            return {"not-well-formed", words};
    }
}

}  // namespace stox::xml
