// SPDX-License-Identifier: Apache-2.0
// A tokenizer for HTML as it is found in the wild: never fails, never recurses, one pass. It knows tags, text
// and what to skip (comments, declarations, scripts); what is allowed is xhtml.cpp.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stox::interwork {

struct html_token {
    enum class kind { text, open, close, end } what = kind::end;
    std::string name;                                             // of a tag, lower case, without prefix
    std::string text;                                             // decoded character data
    std::vector<std::pair<std::string, std::string>> attributes;  // names lower case, values decoded
    bool empty_element = false;                                   // <br/>
};

class html_scanner {
  public:
    explicit html_scanner(std::string_view html) : rest_(html) {}
    html_token next();

  private:
    bool skip_non_content();
    html_token read_tag();
    void read_attributes(html_token& token);
    std::string read_value();

    std::string_view rest_;
};

/// Character references: the five of XML, nbsp, decimal and hexadecimal ones. Others stay as they stand.
std::string decode_references(std::string_view text);

}  // namespace stox::interwork
