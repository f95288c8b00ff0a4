// SPDX-License-Identifier: Apache-2.0
// c-ares 1.18 on Asio. c-ares tells which descriptors it wants watched; each is lent to a stream_descriptor
// that only waits, and is released (never closed) when c-ares is about to close it. c-ares keeps its own
// deadlines: one timer follows ares_timeout() after every step.
#include <ares.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <set>
#include <stdexcept>

#include "base/random.hpp"
#include "dns/channel.hpp"

namespace stox::dns {
namespace {

// The first retransmission; c-ares doubles it with each round over the servers.
constexpr int first_timeout_ms = 1000;

// One server: 1 + 2 + 4 s. Two: 2 * (1 + 2) s. Three: 3 * (1 + 2) s. All under the ten seconds of resolver.
int rounds_for(std::size_t servers) { return servers <= 1 ? 3 : 2; }

// Whether a query ended by what a server sent, not by silence or a closed door.
bool spoke(int status) {
    return status == ARES_SUCCESS || status == ARES_ESERVFAIL || status == ARES_ENOTIMP ||
           status == ARES_EREFUSED || status == ARES_EFORMERR;
}

void start_library() {
    static const int outcome = ares_library_init(ARES_LIB_INIT_ALL);
    if (outcome != ARES_SUCCESS) throw std::runtime_error(ares_strerror(outcome));
}

struct watched_descriptor {
    asio::posix::stream_descriptor descriptor;
    bool wants_read = false, wants_write = false;    // what c-ares asks for
    bool awaits_read = false, awaits_write = false;  // waits of ours under way
    watched_descriptor(const executor& ex, int fd) : descriptor(ex, fd) {}
};

}  // namespace

struct channel::state : std::enable_shared_from_this<channel::state> {
    // What c-ares holds for a query until it calls back, which it does exactly once.
    struct pending {
        std::shared_ptr<state> owner;
        std::uint16_t id;
        done_function done;
    };

    explicit state(executor e) : ex(std::move(e)), tick(ex) {}
    ~state() { close(); }
    state(const state&) = delete;
    state& operator=(const state&) = delete;

    void open(const name_servers& servers);
    void close();
    void ask(const question& q, done_function done);
    std::uint16_t fresh_id();

    void watch(int fd, bool readable, bool writable);
    void arm(int fd, const std::shared_ptr<watched_descriptor>& w);
    void step(int read_fd, int write_fd);
    void follow_timeout();

    executor ex;
    asio::steady_timer tick;
    ares_channel ares = nullptr;
    std::map<int, std::shared_ptr<watched_descriptor>> watched;
    std::set<std::uint16_t> ids;
};

void channel::state::open(const name_servers& servers) {
    start_library();
    ares_options options{};
    options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
    options.timeout = first_timeout_ms;
    options.tries = rounds_for(servers.servers.size());
    options.sock_state_cb = [](void* self, ares_socket_t fd, int readable, int writable) {
        static_cast<state*>(self)->watch(fd, readable != 0, writable != 0);
    };
    options.sock_state_cb_data = this;
    int rc = ares_init_options(&ares, &options,
                               ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
    if (rc != ARES_SUCCESS) throw std::runtime_error(std::string("c-ares: ") + ares_strerror(rc));
    std::string list;
    for (const auto& server : servers.servers) {
        if (!list.empty()) list += ',';
        list += net::to_string(server);
    }
    rc = ares_set_servers_ports_csv(ares, list.c_str());
    if (rc != ARES_SUCCESS) throw std::runtime_error(std::string("c-ares: ") + ares_strerror(rc));
}

// RACE: waits that completed already are still queued; they find `ares` null and the descriptor gone.
void channel::state::close() {
    if (ares == nullptr) return;
    ares_channel closing = ares;
    ares = nullptr;
    ares_destroy(closing);  // calls every callback, and watch() for every descriptor
    tick.cancel();
}

std::uint16_t channel::state::fresh_id() {
    for (;;) {
        const auto id = static_cast<std::uint16_t>(random_below(0x10000));
        if (ids.insert(id).second) return id;
    }
}

void channel::state::ask(const question& q, done_function done) {
    const std::uint16_t id = fresh_id();
    const std::string query = encode_query(q, id);
    auto held = std::make_unique<pending>(pending{shared_from_this(), id, std::move(done)});
    const auto answered = [](void* argument, int status, int, unsigned char* bytes, int size) {
        const std::unique_ptr<pending> p(static_cast<pending*>(argument));
        p->owner->ids.erase(p->id);
        if (p->owner->ares == nullptr) return;  // the channel is being closed
        ending out;
        out.heard = spoke(status);
        if (status == ARES_SUCCESS && bytes != nullptr && size > 0)
            out.answer.emplace(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
        // By post: c-ares may call from inside ares_send, and what `done` does may ask again or end us.
        asio::post(p->owner->ex, [owner = p->owner, f = std::move(p->done), out = std::move(out)]() mutable {
            if (owner->ares != nullptr) f(std::move(out));
        });
    };
    ares_send(ares, reinterpret_cast<const unsigned char*>(query.data()), static_cast<int>(query.size()),
              answered, held.release());
    follow_timeout();
}

void channel::state::watch(int fd, bool readable, bool writable) {
    auto at = watched.find(fd);
    if (!readable && !writable) {
        if (at == watched.end()) return;
        at->second->descriptor.release();
        watched.erase(at);
        return;
    }
    if (at == watched.end()) at = watched.emplace(fd, std::make_shared<watched_descriptor>(ex, fd)).first;
    at->second->wants_read = readable;
    at->second->wants_write = writable;
    arm(fd, at->second);
}

void channel::state::arm(int fd, const std::shared_ptr<watched_descriptor>& w) {
    using descriptor = asio::posix::stream_descriptor;
    const auto ready = [self = shared_from_this(), fd, w](bool read, boost::system::error_code ec) {
        (read ? w->awaits_read : w->awaits_write) = false;
        // RACE: the number may belong to another socket by now; only the same object is still ours.
        const auto at = self->watched.find(fd);
        if (ec || self->ares == nullptr || at == self->watched.end() || at->second != w) return;
        self->step(read ? fd : ARES_SOCKET_BAD, read ? ARES_SOCKET_BAD : fd);
        const auto still = self->watched.find(fd);
        if (still != self->watched.end() && still->second == w) self->arm(fd, w);
    };
    if (w->wants_read && !w->awaits_read) {
        w->awaits_read = true;
        w->descriptor.async_wait(descriptor::wait_read,
                                 [ready](boost::system::error_code ec) { ready(true, ec); });
    }
    if (w->wants_write && !w->awaits_write) {
        w->awaits_write = true;
        w->descriptor.async_wait(descriptor::wait_write,
                                 [ready](boost::system::error_code ec) { ready(false, ec); });
    }
}

void channel::state::step(int read_fd, int write_fd) {
    ares_process_fd(ares, read_fd, write_fd);
    follow_timeout();
}

void channel::state::follow_timeout() {
    if (ares == nullptr) return;
    timeval left{};
    if (ares_timeout(ares, nullptr, &left) == nullptr) {
        tick.cancel();
        return;
    }
    // One millisecond more: c-ares compares in microseconds and would find nothing due yet.
    tick.expires_after(seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec) + milliseconds(1));
    tick.async_wait([self = shared_from_this()](boost::system::error_code ec) {
        if (!ec && self->ares != nullptr) self->step(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    });
}

channel::channel(executor ex, const name_servers& servers) : state_(std::make_shared<state>(std::move(ex))) {
    state_->open(servers);
}

channel::~channel() { state_->close(); }

void channel::ask(const question& q, done_function done) { state_->ask(q, std::move(done)); }

}  // namespace stox::dns
