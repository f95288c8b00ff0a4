// SPDX-License-Identifier: Apache-2.0
#include "sip/stack.hpp"

#include <utility>

#include "base/random.hpp"
#include "runtime/deadline.hpp"
#include "runtime/timer.hpp"
#include "sip/stack_core.hpp"
#include "sip/transport/route_back.hpp"

namespace stox::sip {

namespace {

constexpr std::size_t max_transactions = 262'144;  // over it: 503
constexpr milliseconds goodbye_limit{2000};

transaction::timing timing_of(const stack_options& o) {
    transaction::timing t;
    t.t1 = o.t1;
    t.t2 = o.t2;
    t.t4 = o.t4;
    return t;
}

}  // namespace

stack_core::stack_core(executor ex, stack_options options, dns::resolver& resolver,
                       const net::certificate_store& certificates)
    : executor_(ex),
      options_(std::move(options)),
      resolver_(resolver),
      tasks_(ex),
      transports_(ex, tasks_, options_, certificates, *this),
      transactions_(*this, timing_of(options_), max_transactions),
      clock_wake_(ex),
      lifeline_(std::make_shared<lifeline>()),
      secret_(random_bytes(16)) {
    lifeline_->to = this;
    can_.methods.insert("OPTIONS");
    can_.supported.insert(options_.supported.begin(), options_.supported.end());
    can_.branch_mark = std::string(branch_cookie) + "." + random_token(40) + ".";
    can_.is_ours = [this](const via& v) { return transports_.is_ours(v); };
    tasks_.on_isolated_failure([this](std::exception_ptr e) { on_event(nullptr, describe(e)); });
}

stack_core::~stack_core() { lifeline_->to = nullptr; }

awaitable<void> stack_core::run() {
    transports_.start();
    tasks_.spawn([this]() { return keep_time(); });
    std::exception_ptr failure;
    try {
        co_await tasks_.wait_empty();  // waits for: cancellation, or the failure of a listener
    } catch (...) {
        failure = std::current_exception();
    }
    draining_ = true;
    if (failure) co_await goodbye(goodbye_limit, settle());
    co_await tasks_.join(failure);
}

awaitable<void> stack_core::settle() {
    while (transactions_.unanswered() != 0 || under_way_ != 0) co_await sleep_for(milliseconds(20));
}

awaitable<void> stack_core::keep_time() {
    for (;;) {
        clock_wake_.reset();
        transactions_.on_time(steady_clock::now());
        clock_until_ = transactions_.next().value_or(steady_time::max());
        co_await clock_wake_.wait(clock_until_);  // waits for: the next timer, or an earlier one that was set
    }
}

void stack_core::wake_clock() {
    const auto next = transactions_.next();
    if (next && *next < clock_until_) clock_wake_.set();
}

void stack_core::handle(std::string method, request_handler handler) {
    can_.methods.insert(method);
    handlers_[std::move(method)] = std::move(handler);
}

void stack_core::on_admission(std::function<admission(const message&, const flow&)> gate) {
    gate_ = std::move(gate);
}

void stack_core::accept_type(std::string content_type) { can_.accept.push_back(std::move(content_type)); }

uri stack_core::contact_for(const flow& f, std::string_view user) const {
    std::string text = "sip:" + transports_.own_address(f);
    if (f.kind != transport::udp) (text += ";transport=") += to_string(f.kind);
    uri out = uri::parse(text).value();
    out.user = user;
    out.has_user = !user.empty();
    return out;
}

std::string stack_core::new_branch() const { return can_.branch_mark + random_token(80); }

void stack_core::on_lost(const flow& f) {
    transactions_.on_connection_lost(f.connection, steady_clock::now());
}

void stack_core::on_unreachable(const net::socket_address& peer, std::string_view quoted) {
    if (transactions_.on_unreachable(peer, quoted, steady_clock::now()))
        on_event(nullptr, "udp " + net::to_string(peer) + " cannot be reached (ICMP)");
}

void stack_core::on_event(const flow* f, std::string_view words) {
    if (tap_ != nullptr) tap_->on_event(f, words);
}

bool stack_core::send_request(const flow& f, std::string_view bytes) {
    if (!transports_.send(f, bytes)) return false;
    if (tap_ != nullptr)
        if (const auto m = message::parse(std::string(bytes))) tap_->on_message(false, f, *m, bytes);
    return true;
}

bool stack_core::send_response(const flow& f, const net::socket_address& back, std::string_view sent_by,
                               std::string_view bytes) {
    bool sent = transports_.send_back(f, back, bytes);
    const auto own = transports_.find(f);
    if (!sent && f.kind != transport::udp && !(own && own->writable())) {
        // RFC 3261 section 18.2.2: the connection is gone, so open one to the source's host.
        const target to{f.kind, back, std::string(sent_by), true, true};
        std::string copy(bytes);
        sent = tasks_.spawn_isolated([this, to, copy]() { return deliver_late(to, copy); });
    }
    if (sent && tap_ != nullptr)
        if (const auto m = message::parse(std::string(bytes))) tap_->on_message(false, f, *m, bytes);
    return sent;
}

awaitable<void> stack_core::deliver_late(target to, std::string bytes) {
    const auto way = co_await transports_.reach(to);
    if (way.path && transports_.send(*way.path, bytes)) co_return;
    const std::string words = "response lost: " + way.words;
    on_event(nullptr, words);
}

std::unique_ptr<stack> make_stack(executor ex, stack_options options, dns::resolver& resolver,
                                  const net::certificate_store& certificates) {
    return std::make_unique<stack_core>(std::move(ex), std::move(options), resolver, certificates);
}

}  // namespace stox::sip
