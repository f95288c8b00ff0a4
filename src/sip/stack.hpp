// SPDX-License-Identifier: Apache-2.0
// The SIP stack as the rest of stox sees it: listeners on UDP, TCP and TLS, transactions (RFC 3261 section
// 17, RFC 6026), RFC 3263 resolution with fail-over, digest as client, connection reuse and keep-alive. It
// knows nothing of XMPP; a body is opaque bytes.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "dns/resolver.hpp"
#include "net/address.hpp"
#include "net/tls.hpp"
#include "runtime/awaitable.hpp"
#include "sip/message.hpp"
#include "sip/uri.hpp"

namespace stox::sip {

enum class transport { udp, tcp, tls };
std::string_view to_string(transport t);

/// Where a message came from or leaves to.
struct flow {
    transport kind = transport::udp;
    net::socket_address local, remote;
    std::uint64_t connection = 0;        // 0 for UDP; equal numbers are the same connection
    const net::tls_peer* tls = nullptr;  // TLS connections only; valid while the connection lives
    std::string opened_to;               // the domain we connected to (RFC 5923 reuse), "" for accepted ones
};

/// Where to send a request: a domain to be resolved by RFC 3263, or one address.
struct next_hop {
    std::string host;  // domain or IP literal
    std::optional<std::uint16_t> port;
    std::optional<transport> kind;  // absent: by NAPTR/SRV
    bool trusted_tls = false;       // a listed peer: its certificate need not cover `host`
    // Named by this host's owner, not by the records of a stranger's domain: its name may lead to loopback
    // and other addresses that are special (net::is_special).
    bool configured = false;
};

/// A server transaction handed to a request handler. Copyable handle; the transaction ends by itself.
class incoming_request {
  public:
    virtual ~incoming_request() = default;
    virtual const message& request() const = 0;
    virtual const flow& from() const = 0;
    /// Sends a provisional or final response; the stack adds the To tag, Server, Date-free defaults, and
    /// retransmits as the transaction demands. After a final response later ones are ignored. Never throws.
    virtual void respond(message response) = 0;
    /// Shorthand: a response without body and extra headers.
    virtual void respond(int status, std::string_view reason = {}) = 0;
    virtual bool answered() const = 0;
    /// The sender proved its identity: for ten minutes its address is no stranger's. Its connection leaves
    /// the allowance for strangers; over UDP, answers of the stack itself may be larger than what they
    /// answer.
    virtual void mark_proven() = 0;
    /// Opaque id of the transaction for logs.
    virtual std::string_view id() const = 0;
};
using incoming_ptr = std::shared_ptr<incoming_request>;

/// Runs in the stack's task group; an exception answers 500. May take as long as the method's transaction
/// allows.
using request_handler = std::function<awaitable<void>(incoming_ptr)>;

/// Why a request has no final response.
enum class unanswered {
    no_domain,    // there is no such domain, or it offers no SIP (RFC 3263)
    dns_silent,   // its DNS does not answer
    unreachable,  // no target could be reached: refused, no route, TLS failure
    timeout,      // reached, and silent until timer F
    overloaded    // this host has too many transactions, or all targets asked to wait (Retry-After)
};

/// How a client transaction ended: the final response, or why there is none.
struct outcome {
    std::optional<message> response;
    std::optional<unanswered> why;  // filled when there is no response
    int status = 0;                 // of the response; else locally made: 404, 408 or 503
    std::string reason;             // words for logs and error texts
};

/// Sees every message and failure at the transport, for traces. Implementations redact.
class tap {
  public:
    virtual ~tap() = default;
    virtual void on_message(bool incoming, const flow& f, const message& m, std::string_view bytes) = 0;
    /// The same for what was refused before anything was known of its sender, and for that refusal: nothing
    /// in it may be remembered beyond the trace itself.
    virtual void on_stranger(bool incoming, const flow& f, const message& m, std::string_view bytes) {
        on_message(incoming, f, m, bytes);
    }
    virtual void on_event(const flow* f, std::string_view words) = 0;
};

struct listen_address {
    transport kind;
    net::socket_address local;
};

struct stack_options {
    std::vector<listen_address> listen;  // taken ports are reported by not_listening(), not fatal
    std::string host_name;               // for Via and Contact when the socket's own address will not do
    std::vector<net::ip_address> public_addresses;  // under which 1:1 NAT makes this host reachable
    std::vector<std::string> supported;             // option tags
    std::string user_agent;
    std::size_t max_message_bytes = 131'072;
    std::size_t max_connections = 4096;
    std::size_t max_unauthenticated_per_source = 16;
    milliseconds t1{500}, t2{4000}, t4{5000};
};

/// Credentials for a digest challenge of `realm` when asked by the next hop `host`; nullopt: none.
struct credentials {
    std::string user, password;
};
using credential_source =
    std::function<std::optional<credentials>(std::string_view host, std::string_view realm)>;

class stack {
  public:
    virtual ~stack() = default;

    /// Opens the listeners; what could not be bound is returned in words (port, holder). Call before run().
    virtual std::vector<std::string> open() = 0;
    /// Serves until cancelled; on cancel no new requests are taken (503) while running transactions end, at
    /// most 2 s.
    virtual awaitable<void> run() = 0;
    /// From now on new requests out of dialogs are answered 503 with Retry-After.
    virtual void drain() = 0;

    /// Registers the handler of a method. Methods without one get 501 (unknown) or 405 with Allow (known).
    /// OPTIONS is answered by the stack with `Allow`, `Accept` and `Supported` as registered unless a handler
    /// is set.
    virtual void handle(std::string method, request_handler handler) = 0;
    /// Whether a request with a To tag belongs to a dialog of ours (RFC 3261 section 12.2.2). Without it
    /// there are no dialogs: such a request passes the gate and is answered 481, except for OPTIONS.
    virtual void on_dialog_lookup(std::function<bool(const message&)> known) = 0;
    /// First look at every new request out of dialog, before any transaction is made: a defect refuses it
    /// statelessly (so that strangers cost nothing), silence drops it.
    struct admission {
        enum class verdict { accept, refuse, drop } what = verdict::accept;
        int status = 403;
        std::string reason;
        std::string warning;     // text of a Warning: 399 header, "" for none
        seconds retry_after{0};  // of a refusal; 0: no Retry-After
    };
    virtual void on_admission(std::function<admission(const message&, const flow&)> gate) = 0;
    virtual void accept_type(std::string content_type) = 0;  // adds to Accept

    /// Sends a request in a client transaction (non-INVITE here) towards `hop`: adds Via, Max-Forwards if
    /// absent, User-Agent, Content-Length; picks transports by RFC 3263 and RFC 3261 section 18.1.1 (over
    /// 1300 bytes: TCP, with UDP again when TCP is refused), fails over to the next target on 503, time-out
    /// and transport errors (never away from TLS when that is broken or not trusted); leaves servers alone
    /// for as long as the Retry-After of their 503 says, 300 s at most; answers digest challenges, one per
    /// realm. Ends within 64*T1 (32 s). On cancel: throws; the request may have left.
    virtual awaitable<outcome> send(message request, next_hop hop) = 0;

    /// OPTIONS with a random branch to the source of `f` over UDP, from the same local address: true when it
    /// is answered (any status) within 2 s from that address and port. For TCP and TLS: true at once.
    virtual awaitable<bool> prove_source(const flow& f) = 0;

    /// The URI under which this host is reached over the given flow ("sip:192.0.2.1:5060;transport=tcp").
    /// `user`: in wire form, percent-escapes included.
    virtual uri contact_for(const flow& f, std::string_view user) const = 0;

    virtual void set_tap(tap* t) = 0;
    virtual void set_credentials(credential_source source) = 0;
    virtual std::size_t connection_count() const = 0;
    virtual std::size_t transaction_count() const = 0;
};

std::unique_ptr<stack> make_stack(executor ex, stack_options options, dns::resolver& resolver,
                                  const net::certificate_store& certificates);

}  // namespace stox::sip
