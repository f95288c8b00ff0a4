// SPDX-License-Identifier: Apache-2.0
// TLS over any byte_stream: moves bytes between the engine and the plain stream below. Only write() and
// shutdown() put bytes on the wire after the handshake, so that a reader and a writer task never write at
// once; what a read makes the engine answer (a key update) leaves with the next write, which RFC 8446
// section 4.6.3 allows.
#include <array>
#include <boost/asio/error.hpp>
#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>
#include <exception>

#include "net/tls.hpp"
#include "net/tls_engine.hpp"
#include "runtime/deadline.hpp"

namespace stox::net {

namespace {

using boost::system::system_error;
using step = tls_engine::step;
using engine_ptr = std::unique_ptr<tls_engine>;

constexpr std::size_t largest_record = 16 * 1024;  // RFC 8446 section 5.1: 2^14 bytes of plain text
constexpr seconds shutdown_limit{1};

system_error tls_failure(const std::string& what) {
    const auto code = boost::system::errc::make_error_code(boost::system::errc::protocol_error);
    return system_error(code, "TLS: " + what);
}

class tls_stream final : public byte_stream {
  public:
    tls_stream(stream_ptr plain, engine_ptr engine) : plain_(std::move(plain)), engine_(std::move(engine)) {}

    awaitable<void> handshake() {
        for (;;) {
            const auto outcome = engine_->handshake();
            co_await flush();  // also the alert that tells the peer why
            if (outcome == step::done) co_return;
            if (outcome != step::wants_input) throw tls_failure(engine_->failure());
            const bool more = co_await fill();
            if (!more) throw system_error(asio::error::eof, "TLS handshake");
        }
    }

    awaitable<std::size_t> read_some(std::span<char> into) override {
        for (;;) {
            std::size_t count = 0;
            const auto outcome = engine_->read(into, count);
            if (outcome == step::done) co_return count;
            if (outcome == step::end) co_return 0;
            if (outcome == step::failed) throw tls_failure(engine_->failure());
            // A TCP end without close_notify counts as an end: stanzas and messages have their own bounds.
            const bool more = co_await fill();
            if (!more) co_return 0;
        }
    }

    awaitable<void> write(std::string_view bytes) override {
        if (broken_) throw system_error(asio::error::broken_pipe, "write");
        broken_ = true;  // also when this frame is destroyed half way
        while (!bytes.empty()) {
            const auto chunk = bytes.substr(0, largest_record);
            bytes.remove_prefix(chunk.size());
            if (engine_->write(chunk) != step::done) throw tls_failure(engine_->failure());
            co_await flush();
        }
        broken_ = false;
    }

    awaitable<void> shutdown() override {
        const auto until = steady_clock::now() + shutdown_limit;
        auto attempt = say_goodbye();
        // A silent or vanished peer costs at most the limit.
        co_await with_deadline(until, std::move(attempt));
    }

    void close() override { plain_->close(); }
    socket_address local() const override { return plain_->local(); }
    socket_address remote() const override { return plain_->remote(); }
    const tls_peer* tls() const override { return &engine_->peer(); }

  private:
    awaitable<void> flush() {
        const auto out = engine_->take_output();
        if (out.empty()) co_return;
        co_await plain_->write(out);
    }

    // False at the end of the plain stream. A cancelled read below loses nothing, and what it returned is fed
    // before anything else can happen.
    awaitable<bool> fill() {
        const std::span<char> into(input_);
        const auto count = co_await plain_->read_some(into);
        engine_->feed(std::string_view(input_.data(), count));
        co_return count > 0;
    }

    awaitable<void> say_goodbye() {
        try {
            if (!broken_) {
                engine_->close_notify();
                co_await flush();
            }
            co_await plain_->shutdown();
        } catch (const system_error& e) {
            if (e.code() == asio::error::operation_aborted) throw;
        }
    }

    stream_ptr plain_;
    engine_ptr engine_;
    std::array<char, 4096> input_;
    bool broken_ = false;  // a write was cancelled or failed: the record stream has a hole
};

awaitable<stream_ptr> secure(stream_ptr plain, result<engine_ptr> engine, milliseconds limit) {
    if (!engine) {
        plain->close();
        throw tls_failure(engine.error().text);
    }
    const auto until = steady_clock::now() + limit;
    auto stream = std::make_unique<tls_stream>(std::move(plain), std::move(*engine));
    std::exception_ptr failure;
    bool in_time = false;
    auto attempt = stream->handshake();
    try {
        in_time = co_await with_deadline(until, std::move(attempt));
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure || !in_time) stream->close();
    if (failure) std::rethrow_exception(failure);
    if (!in_time) throw system_error(asio::error::timed_out, "TLS handshake");
    co_return stream;
}

}  // namespace

awaitable<stream_ptr> accept_tls(stream_ptr plain, const certificate_store& store, tls_server_options options,
                                 milliseconds limit) {
    auto engine = tls_engine::accepting(store, options);
    return secure(std::move(plain), std::move(engine), limit);
}

awaitable<stream_ptr> connect_tls(stream_ptr plain, const certificate_store& store,
                                  tls_client_options options, milliseconds limit) {
    auto engine = tls_engine::connecting(store, options);
    return secure(std::move(plain), std::move(engine), limit);
}

}  // namespace stox::net
