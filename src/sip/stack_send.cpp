// SPDX-License-Identifier: Apache-2.0
// What goes out: resolution, one client transaction per target until one answers (RFC 3263 section 4.3), the
// rule for large messages (RFC 3261 section 18.1.1), and digest (section 22).
#include <algorithm>
#include <utility>

#include "base/random.hpp"
#include "base/text.hpp"
#include "runtime/deadline.hpp"
#include "sip/auth/answers.hpp"
#include "sip/header/cseq.hpp"
#include "sip/stack_core.hpp"
#include "sip/transaction/key.hpp"

namespace stox::sip {

namespace {

constexpr std::size_t largest_udp_request = 1300;  // RFC 3261 section 18.1.1, path MTU unknown
constexpr seconds located_memory{1};
constexpr seconds failure_memory{30};  // how long a target that failed comes last
constexpr milliseconds proof_limit{2000};
constexpr std::uint64_t longest_retry_after = 300;  // seconds; a peer's mistake must not last for hours

outcome local_outcome(unanswered why, std::string reason) {
    outcome out;
    out.why = why;
    out.status = why == unanswered::no_domain ? 404 : why == unanswered::timeout ? 408 : 503;
    out.reason = std::move(reason);
    return out;
}

/// RFC 3261 section 20.33: seconds, then perhaps a comment and parameters. 0: none that can be read.
seconds retry_after(const message& response) {
    const auto value = response.header("Retry-After").value_or("");
    const auto digits = value.substr(0, std::min(value.find_first_not_of("0123456789"), value.size()));
    const auto named = parse_decimal<std::uint64_t>(digits, longest_retry_after);
    return seconds(digits.empty() ? 0 : named.value_or(longest_retry_after));
}

}  // namespace

void exchange::responded(message response, const flow& f) {
    if (final_response) return;
    if (response.status() < 200) {
        provisional = true;
        return;
    }
    answered_from = f.remote;
    final_response = std::move(response);
    done.set();
}

void exchange::failed(failure reason) {
    why = reason;
    done.set();
}

/// One send() call: the request and what became of it so far.
struct stack_core::journey {
    message request;
    next_hop hop;
    steady_time until;  // of the whole
    outcome result = local_outcome(unanswered::unreachable, "no target");
    bool finished = false;     // result is to be given back
    bool secure_only = false;  // TLS failed: nothing without it any more
    challenge_answers answers;

    journey(message m, next_hop h, steady_time u) : request(std::move(m)), hop(std::move(h)), until(u) {}
    // Why one target gave no answer, kept for the end unless more is known: one that answered, or was at
    // least there, says more than one that could not be reached.
    unanswered fail(unanswered why, std::string reason) {
        const bool known_better = result.response || weight(result.why) > weight(why);
        if (!known_better) result = local_outcome(why, std::move(reason));
        return why;
    }
    static int weight(std::optional<unanswered> why) {
        if (why == unanswered::timeout) return 2;
        return why == unanswered::overloaded ? 1 : 0;
    }
};

void stack_core::complete(message& request) const {
    if (!request.header("Max-Forwards")) request.add("Max-Forwards", "70");
    if (!request.header("Call-ID")) request.add("Call-ID", random_token(96));
    if (!request.header("CSeq")) request.add("CSeq", "1 " + std::string(request.method()));
    if (!options_.user_agent.empty() && !request.header("User-Agent"))
        request.add("User-Agent", options_.user_agent);
    const auto from = request.header("From");
    if (from && transaction::tag_of(*from).empty()) {
        const std::string tagged = std::string(*from) + ";tag=" + random_token(64);
        request.set("From", tagged);
    }
}

awaitable<outcome> stack_core::send(message request, next_hop hop) {
    struct counted {
        std::size_t& count;
        explicit counted(std::size_t& c) : count(c) { ++count; }
        ~counted() { --count; }
    };
    const counted one(under_way_);
    sent_.add();
    const auto until = steady_clock::now() + 64 * options_.t1;
    complete(request);
    locate_options how;
    how.udp = transports_.can_use(transport::udp);
    how.prefer_stream = request.to_bytes().size() + 150 > largest_udp_request;  // with a Via
    located found = co_await targets_of(hop, how, until);
    if (found.targets.empty()) {
        const auto why = found.status == 404 ? unanswered::no_domain : unanswered::dns_silent;
        co_return local_outcome(why, found.reason);
    }

    journey j(std::move(request), std::move(hop), until);
    co_await try_all(j, std::move(found.targets));
    co_return std::move(j.result);
}

// In a burst every request asks for the same few domains. For one second an answer is as good as a new one,
// the order that RFC 2782 drew by weight included.
awaitable<located> stack_core::targets_of(const next_hop& hop, locate_options how, steady_time until) {
    std::string key = hop.host + ' ' + std::to_string(hop.port.value_or(0)) + ' ';
    if (hop.kind) key += to_string(*hop.kind);
    key += how.udp ? 'u' : '-';
    key += how.prefer_stream ? 's' : '-';
    key += hop.configured ? 'c' : '-';
    if (const auto* known = located_.find(key, steady_clock::now())) co_return *known;
    auto found = co_await with_deadline(until, locate(resolver_, hop, how));
    located out;
    if (found) {
        out = std::move(*found);
    } else {
        out.status = 503;
        out.reason = "DNS does not answer for " + hop.host;
    }
    if (!out.targets.empty()) located_.put(std::move(key), out, steady_clock::now() + located_memory);
    co_return out;
}

// RFC 3263 section 4.3: one after the other, those that failed lately at the end.
awaitable<void> stack_core::try_all(journey& j, std::vector<target> targets) {
    const auto now = steady_clock::now();
    std::stable_partition(targets.begin(), targets.end(), [&](const target& t) {
        return failed_targets_.find(to_string(t), now) == nullptr;
    });
    for (std::size_t i = 0; i < targets.size() && !j.finished; ++i) {
        if (j.secure_only && targets[i].kind != transport::tls) continue;
        if (is_busy(targets[i])) {
            const std::string who = to_string(targets[i]);
            j.fail(unanswered::overloaded, who + " asked not to be sent anything for now");
            continue;
        }
        const auto left = j.until - steady_clock::now();
        if (left <= milliseconds(0)) break;
        if (i != 0) failed_over_.add();
        // What remains is shared by the targets that remain, so that the last one has its chance too.
        const auto share = left / static_cast<int>(targets.size() - i);
        const auto limit = steady_clock::now() + share;
        co_await try_target(j, targets[i], limit);
    }
}

awaitable<void> stack_core::try_target(journey& j, target to, steady_time until) {
    const bool large = j.request.to_bytes().size() + 150 > largest_udp_request;
    if (to.kind == transport::udp && large) {
        target stream = to;
        stream.kind = transport::tcp;
        if (failed_targets_.find(to_string(stream), steady_clock::now()) == nullptr) {
            const auto failed = co_await try_once(j, stream, until);
            // What was there for TCP is not asked again: it may have the request already.
            if (j.finished || failed != unanswered::unreachable) co_return;
        }
    }
    co_await try_once(j, to, until);
}

// Why there was no response this time; none when there was one.
awaitable<std::optional<unanswered>> stack_core::try_once(journey& j, target to, steady_time until) {
    for (;;) {
        const auto way = co_await way_to(to, until);
        if (!way.path) {
            remember_failure(to);
            // What the domain wants encrypted does not leave in the clear because somebody breaks its TLS.
            const bool broken = way.why == reach_failure::untrusted || way.why == reach_failure::tls;
            j.secure_only = j.secure_only || broken;
            co_return j.fail(unanswered::unreachable, way.words);
        }
        const std::string branch = new_branch();
        auto failed = co_await exchange_over(j, way, branch, until);
        if (way.reused && failed == unanswered::unreachable) {
            // The peer gave the connection up just then. With the same branch what it may have read already
            // is a retransmission.
            const auto fresh = co_await way_to(to, until);
            if (fresh.path) failed = co_await exchange_over(j, fresh, branch, until);
        }
        // RFC 3263 section 4.3: a 408 that a proxy answered with is its final word, a time-out here is not.
        if (failed || j.result.status == 503) {
            remember_failure(to);
            if (!failed) remember_busy(to, *j.result.response);
            co_return failed;
        }
        if (!answer_challenge(j)) break;
        j.result = {};
    }
    j.finished = true;
    co_return std::nullopt;
}

// A connection may take half of the time, so that the request has the other half.
awaitable<reached> stack_core::way_to(target to, steady_time until) {
    if (to.kind == transport::udp) co_return co_await transports_.reach(to);
    const auto now = steady_clock::now();
    const auto limit = now + (until - now) / 2;
    auto way = co_await with_deadline(limit, transports_.reach(to));
    if (way) co_return std::move(*way);
    reached late;
    late.why = reach_failure::unreachable;
    late.words = to_string(to) + ": no connection in time";
    co_return late;
}

// Why no final response came; none when one did.
awaitable<std::optional<unanswered>> stack_core::exchange_over(journey& j, reached way, std::string branch,
                                                               steady_time until) {
    const std::string method(j.request.method());
    const auto ex = std::make_shared<exchange>(executor_);
    const std::string bytes = with_via(j.request, *way.path, branch);
    const auto id = transactions_.start_client(branch, method, bytes, *way.path, ex, steady_clock::now());
    wake_clock();
    if (id == 0) co_return j.fail(unanswered::overloaded, "too many transactions");
    std::exception_ptr failure;
    try {
        bool ended = co_await ex->done.wait(until);
        // A provisional response means that somebody is at work: another target would get it twice.
        if (!ended && ex->provisional) co_await ex->done.wait(j.until);
    } catch (...) {
        failure = std::current_exception();
    }
    if (!ex->final_response) transactions_.abandon(id);
    if (failure) std::rethrow_exception(failure);
    const std::string where = std::string(to_string(way.path->kind)) + " " + net::to_string(way.path->remote);
    if (ex->final_response) {
        j.result.why.reset();
        j.result.status = ex->final_response->status();
        j.result.reason = ex->final_response->reason();
        j.result.response = std::move(ex->final_response);
        co_return std::nullopt;
    }
    if (ex->why == transaction::client_user::failure::no_transport)
        co_return j.fail(unanswered::unreachable, where + ": the transport failed");
    co_return j.fail(unanswered::timeout, where + " did not answer");
}

// Section 22.2: the credentials go to the host they are configured for.
bool stack_core::answer_challenge(journey& j) const {
    if (!credentials_ || !j.result.response) return false;
    const auto known = [&](std::string_view realm) { return credentials_(j.hop.host, realm); };
    if (!j.answers.answer(j.request, *j.result.response, known)) return false;
    auto sequence = cseq::parse(j.request.header("CSeq").value_or(""));
    if (!sequence) return false;
    ++sequence->number;
    j.request.set("CSeq", sequence->to_string());
    return true;
}

std::string stack_core::with_via(const message& request, const flow& f, std::string_view branch) const {
    auto stamped = request.clone();
    std::string kind(to_string(f.kind));
    for (auto& c : kind) c = static_cast<char>(c - 'a' + 'A');
    std::string value = "SIP/2.0/" + kind + " " + transports_.own_address(f) + ";branch=";
    (value += branch) += ";rport";
    if (f.kind == transport::tls) value += ";alias";  // RFC 5923: requests may come back on this connection
    stamped.prepend("Via", value);
    return stamped.to_bytes();
}

void stack_core::remember_failure(const target& to) {
    failed_targets_.put(to_string(to), true, steady_clock::now() + failure_memory);
}

// RFC 3261 section 21.5.4.
void stack_core::remember_busy(const target& to, const message& refusal) {
    const auto wait = retry_after(refusal);
    if (wait > seconds(0)) busy_servers_.put(to.address, true, steady_clock::now() + wait);
}

bool stack_core::is_busy(const target& to) {
    return busy_servers_.find(to.address, steady_clock::now()) != nullptr;
}

awaitable<bool> stack_core::prove_source(const flow& f) {
    if (f.kind != transport::udp) co_return true;
    const std::string there = net::to_string(f.remote);
    auto request = message::request("OPTIONS", "sip:" + there);
    const std::string here = transports_.own_address(f);
    request.add("From", "<sip:" + here + ">");
    request.add("To", "<sip:" + there + ">");
    request.add("Contact", "<sip:" + here + ">");
    complete(request);
    const std::string branch = new_branch();
    const auto ex = std::make_shared<exchange>(executor_);
    const std::string bytes = with_via(request, f, branch);
    const auto id = transactions_.start_client(branch, "OPTIONS", bytes, f, ex, steady_clock::now());
    wake_clock();
    if (id == 0) co_return false;
    std::exception_ptr failure;
    try {
        co_await ex->done.wait(steady_clock::now() + proof_limit);
    } catch (...) {
        failure = std::current_exception();
    }
    transactions_.abandon(id);
    if (failure) std::rethrow_exception(failure);
    co_return ex->final_response && ex->answered_from == f.remote;
}

}  // namespace stox::sip
