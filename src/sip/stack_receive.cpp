// SPDX-License-Identifier: Apache-2.0
// What comes in, in the order of RFC 3261 sections 17.2.3 and 8.2: live transactions first, then everything
// that is refused without state, then the gate, then a server transaction and its handler.
#include <utility>

#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "sip/stack_core.hpp"
#include "sip/transaction/key.hpp"
#include "sip/transport/route_back.hpp"

namespace stox::sip {

namespace {

// Stateless answers to one UDP source: the request may be forged, so the flood it could cause is bounded.
constexpr double replies_per_second = 15;
constexpr double reply_burst = 60;
constexpr seconds reply_memory{60};
constexpr std::chrono::minutes proof_memory{10};
constexpr std::string_view retry_seconds = "30";

}  // namespace

void stack_core::on_message(message m, const flow& f, std::shared_ptr<const void> keep,
                            std::string_view bytes) {
    if (m.is_request())
        on_request(std::move(m), f, std::move(keep), bytes);
    else
        on_response(std::move(m), f, bytes);
    wake_clock();
}

// Each message is shown once, before what comes of it.
void stack_core::show(bool incoming, bool admitted, const flow& f, const message& m,
                      std::string_view bytes) const {
    if (tap_ == nullptr) return;
    if (admitted)
        tap_->on_message(incoming, f, m, bytes);
    else
        tap_->on_stranger(incoming, f, m, bytes);
}

void stack_core::admit(arrived& request) const {
    request.admitted = true;
    show(true, true, request.from, request.m, request.bytes);
}

void stack_core::on_fault(const framed& fault, const flow& f) {
    on_event(&f, "unreadable stream: " + fault.fault.reason);
    auto response = refusal(fault);
    if (!response) return dropped_.add();
    rejected_.add();
    stamp_top_via(*response, f.remote);
    sign(*response);
    reply_statelessly(f, via{}, *response, false);
}

void stack_core::on_response(message m, const flow& f, std::string_view bytes) {
    const auto broken = check(m);
    const auto top = broken ? result<via>(error{broken->reason}) : via::parse(m.header("Via").value_or(""));
    show(true, top && transactions_.awaits(top->branch(), m.method()), f, m, bytes);
    if (!top) {
        dropped_.add();
        return on_event(&f, "response dropped: " + top.error().text);
    }
    if (!transactions_.on_response(std::move(m), top->branch(), f, steady_clock::now())) stray_.add();
}

void stack_core::on_request(message m, const flow& f, std::shared_ptr<const void> keep,
                            std::string_view bytes) {
    auto top = stamp_top_via(m, f.remote);
    if (!top) {
        dropped_.add();
        show(true, false, f, m, bytes);
        return on_event(&f, "request dropped: no readable Via");
    }
    arrived request{std::move(m), f, std::move(keep), bytes, std::move(*top), {}};
    if (scanners_.silences(request.m, f.remote.ip, steady_clock::now())) {
        show(true, false, f, request.m, bytes);
        return dropped_.add();
    }
    if (const auto broken = check(request.m)) return on_broken(request, *broken);
    request.key = transaction::server_key(request.m, request.top);
    const auto now = steady_clock::now();
    const auto method = request.m.method();
    if (method == "CANCEL") return on_cancel(request);
    const bool known = transactions_.find_server(request.key) != 0;
    if (known) admit(request);
    if (method == "ACK") {
        // One that no transaction wants belongs to a 2xx whose dialog is gone, or to a stateless refusal.
        if (!known) show(true, false, f, request.m, bytes);
        if (transactions_.on_ack(request.key, std::move(request.m), now)) dropped_.add();
        return;
    }
    if (!transactions_.on_retransmission(request.key, now)) on_new_request(std::move(request));
}

void stack_core::on_broken(const arrived& request, const defect& why) {
    show(true, false, request.from, request.m, request.bytes);
    on_event(&request.from, "refused: " + why.reason);
    auto response = refusal(request.m, why);
    if (!response) return dropped_.add();
    rejected_.add();
    answer(request, std::move(*response));
}

void stack_core::on_cancel(arrived& request) {
    const auto invite = transaction::server_key(request.m, request.top, "INVITE");
    const bool known = transactions_.find_server(invite) != 0;
    if (known) admit(request);
    transactions_.on_cancel(invite);
    reject(request, rejection{known ? 200 : 481, {}, {}});
}

void stack_core::on_new_request(arrived request) {
    if (const auto refused = judge(request.m, can_)) return reject(request, *refused);
    if (transactions_.merges(request.key, transaction::merge_key(request.m)))
        return reject(request, rejection{482, "Merged request", {}});
    const bool tagged = !transaction::tag_of(request.m.header("To").value_or("")).empty();
    const bool in_dialog = tagged && dialogs_ && dialogs_(request.m);
    if (transactions_.full() || (draining_ && !in_dialog))
        return reject(request, rejection{503, {}, {{"Retry-After", std::string(retry_seconds)}}});
    if (!in_dialog && !admitted(request)) return;
    if (tagged && !in_dialog && request.m.method() != "OPTIONS")
        return reject(request, rejection{481, {}, {}});
    if (const auto c = transports_.find(request.from)) {
        c->set_admitted();
        const bool wants_reuse = request.from.tls != nullptr && request.top.parameter("alias") != nullptr;
        if (wants_reuse) c->set_alias_port(request.top.port.value_or(default_port(transport::tls)));
    }
    const auto handler = handlers_.find(std::string(request.m.method()));
    if (handler == handlers_.end()) return answer_options(request);
    admit(request);
    serve(std::move(request), handler->second);
}

bool stack_core::admitted(arrived& request) {
    if (!gate_) return true;
    const auto verdict = gate_(request.m, request.from);
    if (verdict.what == admission::verdict::accept) return true;
    if (verdict.what == admission::verdict::drop) {
        show(true, false, request.from, request.m, request.bytes);
        dropped_.add();
        return false;
    }
    rejection why{verdict.status, verdict.reason, {}};
    if (!verdict.warning.empty()) {
        // RFC 3261 section 20.43: code, who says so, quoted text.
        const std::string who = options_.host_name.empty() ? "stox" : options_.host_name;
        why.headers.emplace_back("Warning", "399 " + who + " " + to_quoted(verdict.warning));
    }
    if (verdict.retry_after > seconds(0))
        why.headers.emplace_back("Retry-After", std::to_string(verdict.retry_after.count()));
    reject(request, why);
    return false;
}

void stack_core::serve(arrived request, const request_handler& run) {
    transaction::layer::arrival arrival;
    arrival.key = std::move(request.key);
    arrival.merge_key = transaction::merge_key(request.m);
    arrival.from = request.from;
    arrival.back = reply_address(request.top, request.from);
    arrival.sent_by = request.top.host;
    arrival.invite = request.m.method() == "INVITE";
    arrival.keep = request.keep;
    auto handle = std::make_shared<incoming>(std::move(request.m), request.from, std::move(request.keep),
                                             lifeline_, options_.user_agent);
    handle->set_transaction(transactions_.start_server(std::move(arrival), handle, steady_clock::now()));
    const bool started =
        tasks_.spawn_isolated([this, run, handle]() { return run_handler(run, incoming_ptr(handle)); });
    if (!started) handle->respond(503, {});
}

awaitable<void> stack_core::run_handler(request_handler handler, incoming_ptr request) {
    std::exception_ptr failure;
    try {
        co_await handler(request);
    } catch (...) {
        failure = std::current_exception();
    }
    // Without a failure the handler may have kept the request to answer later; see ~incoming().
    if (is_cancelled(failure))
        request->respond(503, {});
    else if (failure)
        request->respond(500, {});
    if (failure) std::rethrow_exception(failure);
}

// RFC 3261 section 11.2. It belongs to no conversation, whoever asks. Without a transaction: the same request
// gets the same answer again.
void stack_core::answer_options(const arrived& request) {
    show(true, false, request.from, request.m, request.bytes);
    auto response = message::response(request.m, 200);
    response.add("Allow", can_.allow());
    for (const auto& type : can_.accept) response.add("Accept", type);
    response.add("Accept-Encoding", "identity");
    for (const auto& tag : can_.supported) response.add("Supported", tag);
    if (!options_.user_agent.empty()) response.add("Server", options_.user_agent);
    answer(request, std::move(response));
}

void stack_core::reject(const arrived& request, const rejection& why) {
    auto response = message::response(request.m, why.status, why.reason);
    for (const auto& [name, value] : why.headers) response.add(name, value);
    rejected_.add();
    if (!request.admitted) show(true, false, request.from, request.m, request.bytes);
    answer(request, std::move(response));
}

void stack_core::answer(const arrived& request, message response) {
    const flow& f = request.from;
    const bool known = f.kind != transport::udp || net::is_loopback(f.remote.ip) ||
                       proven_udp_.find(f.remote, steady_clock::now()) != nullptr;
    if (!known && !may_reply(f.remote.ip)) return dropped_.add();
    sign(response);
    // The request may be forged, so that its answer hits somebody else: it brings no more than was sent.
    if (!known) shorten(response, request.bytes.size());
    reply_statelessly(f, request.top, response, request.admitted);
}

bool stack_core::may_reply(const net::ip_address& source) {
    const auto now = steady_clock::now();
    const auto prefix = net::source_prefix(source);
    auto* budget = reply_budget_.find(prefix, now);
    if (budget == nullptr)
        budget =
            &reply_budget_.put(prefix, token_bucket(replies_per_second, reply_burst), now + reply_memory);
    return budget->take(now);
}

// RFC 3261 section 8.2.7: the same To tag for the same request sent again.
void stack_core::sign(message& response) const {
    std::string seed(response.header("Via").value_or(""));
    seed += response.header("Call-ID").value_or("");
    add_to_tag(response, to_hex(hmac_sha256(secret_, seed).substr(0, 4)));
}

void stack_core::reply_statelessly(const flow& f, const via& top, const message& response, bool admitted) {
    const std::string bytes = response.to_bytes();
    if (transports_.send_back(f, reply_address(top, f), bytes)) show(false, admitted, f, response, bytes);
}

void stack_core::mark_proven(const flow& f) {
    if (f.kind == transport::udp)
        proven_udp_.put(f.remote, true, steady_clock::now() + proof_memory);
    else if (const auto c = transports_.find(f))
        c->set_proven();
}

void stack_core::send_response(transaction::id of, message response) {
    const int status = response.status();
    transactions_.respond(of, status, response.to_bytes(), steady_clock::now());
    wake_clock();
}

}  // namespace stox::sip
