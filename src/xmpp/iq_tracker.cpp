// SPDX-License-Identifier: Apache-2.0
#include "xmpp/iq_tracker.hpp"

#include <algorithm>

#include "base/random.hpp"
#include "runtime/event.hpp"

namespace stox::xmpp {
namespace {

constexpr std::size_t id_bits = 80;

outgoing_stanza to_stanza(const iq_question& question, const std::string& id) {
    xml::document d;
    auto iq = xml::add_child(d, "", "iq");
    xml::set_attribute(iq, "from", question.from.to_string());
    xml::set_attribute(iq, "to", question.to.to_string());
    xml::set_attribute(iq, "id", id);
    xml::set_attribute(iq, "type", question.is_set ? "set" : "get");
    std::string bytes = xml::to_bytes(iq);
    bytes.replace(bytes.size() - 2, 2, ">");  // the payload is complete XML already
    bytes.append(question.payload).append("</iq>");
    return {question.from, question.to, std::move(bytes)};
}

iq_result failed(stanza_error error) { return {{}, std::move(error)}; }

xml::element first_element(xml::element parent) {
    for (const auto& c : parent.children())
        if (c.type() == pugi::node_element) return c;
    return {};
}

}  // namespace

struct iq_tracker::entry {
    entry(executor ex, const iq_question& q) : from(q.from), to(q.to), done(std::move(ex)) {}
    jid from, to;  // of the request
    event done;
    iq_result result;
};

// An entry is listed exactly as long as its request waits, however that ends.
class iq_tracker::listed {
  public:
    listed(iq_tracker& owner, std::string id, std::shared_ptr<entry> e) : owner_(owner), id_(std::move(id)) {
        owner_.waiting_.emplace(id_, std::move(e));
    }
    ~listed() { owner_.waiting_.erase(id_); }
    listed(const listed&) = delete;
    listed& operator=(const listed&) = delete;

  private:
    iq_tracker& owner_;
    std::string id_;
};

iq_tracker::iq_tracker(executor ex, std::size_t capacity) : executor_(std::move(ex)), capacity_(capacity) {}
iq_tracker::~iq_tracker() = default;

awaitable<iq_result> iq_tracker::request(link& via, iq_question question, milliseconds limit) {
    if (waiting_.size() >= capacity_) {
        co_return failed(stanza_error::of("resource-constraint", "too many requests wait for an answer"));
    }
    const auto until = steady_clock::now() + limit;
    const std::string id = random_token(id_bits);
    auto waiting = std::make_shared<entry>(executor_, question);
    const listed place(*this, id, waiting);
    auto stanza = to_stanza(question, id);
    const auto refused = co_await via.send(std::move(stanza), limit);
    // The answer may overtake the proof that the request was taken.
    if (refused && !waiting->done.is_set()) co_return failed(*refused);
    const bool in_time = co_await waiting->done.wait(until);
    if (!in_time) co_return failed(stanza_error::of("remote-server-timeout", "no answer came in time"));
    co_return std::move(waiting->result);
}

bool iq_tracker::answered(const incoming_stanza& stanza) {
    const auto found = waiting_.find(std::string(xml::attribute(stanza.tree, "id")));
    if (found == waiting_.end()) return false;
    auto& e = *found->second;
    if (e.done.is_set() || stanza.from != e.to || stanza.to != e.from) return false;
    if (xml::attribute(stanza.tree, "type") == "error")
        e.result.error = read_error(stanza.tree);
    else if (const auto payload = first_element(stanza.tree))
        e.result.payload = xml::to_bytes(payload);
    e.done.set();
    return true;
}

}  // namespace stox::xmpp
