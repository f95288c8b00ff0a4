// SPDX-License-Identifier: Apache-2.0
#include "net/tls_engine.hpp"

#include "base/text.hpp"
#include "net/x509_names.hpp"

namespace stox::net {

result<std::unique_ptr<tls_engine>> tls_engine::accepting(const certificate_store& store,
                                                          const tls_server_options& options) {
    std::unique_ptr<tls_engine> engine(new tls_engine);
    engine->notes_.store = &store;
    engine->notes_.alpn = options.alpn;
    auto* context = static_cast<SSL_CTX*>(store.context_for(options.default_domain));
    if (!engine->start(context, options.request_certificate))
        return error{"no TLS certificate for " + options.default_domain};
    SSL_set_accept_state(engine->ssl_.get());
    return engine;
}

result<std::unique_ptr<tls_engine>> tls_engine::connecting(const certificate_store& store,
                                                           const tls_client_options& options) {
    std::unique_ptr<tls_engine> engine(new tls_engine);
    auto* context = static_cast<SSL_CTX*>(store.context_for(options.own_domain));
    if (!engine->start(context, true)) return error{"no TLS certificate for " + options.own_domain};
    SSL* ssl = engine->ssl_.get();
    // RFC 6066 section 3: an address is no server name.
    if (!options.server_name.empty() && !parse_ip(options.server_name))
        SSL_set_tlsext_host_name(ssl, options.server_name.c_str());
    if (const auto alpn = alpn_wire(options.alpn); !alpn.empty())
        SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(alpn.data()),
                            static_cast<unsigned>(alpn.size()));
    SSL_set_connect_state(ssl);
    return engine;
}

bool tls_engine::start(SSL_CTX* context, bool request_certificate) {
    if (context == nullptr) return false;
    ssl_ = make_connection(context, notes_, request_certificate);
    return ssl_ != nullptr;
}

tls_engine::step tls_engine::failed(int code) {
    const int why = SSL_get_error(ssl_.get(), code);
    if (notes_.renegotiation) {
        failure_ = "renegotiation refused";
        return step::failed;
    }
    if (why == SSL_ERROR_WANT_READ) return step::wants_input;
    if (why == SSL_ERROR_ZERO_RETURN) return step::end;
    failure_ = openssl_reason("connection lost");
    return step::failed;
}

tls_engine::step tls_engine::handshake() {
    ERR_clear_error();
    const int code = SSL_do_handshake(ssl_.get());
    if (code != 1) return failed(code);
    notes_.established = true;
    notes_.store = nullptr;
    note_peer();
    return step::done;
}

tls_engine::step tls_engine::read(std::span<char> into, std::size_t& count) {
    ERR_clear_error();
    const int code = SSL_read_ex(ssl_.get(), into.data(), into.size(), &count);
    if (code == 1 && !notes_.renegotiation) return step::done;
    return failed(code);
}

tls_engine::step tls_engine::write(std::string_view bytes) {
    ERR_clear_error();
    std::size_t written = 0;
    const int code = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written);
    return code == 1 ? step::done : failed(code);
}

void tls_engine::close_notify() {
    if (!notes_.established || !failure_.empty()) return;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
}

void tls_engine::feed(std::string_view bytes) {
    // A memory BIO grows as needed; tls_stream feeds it no more than it was asked for.
    BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
}

std::string tls_engine::take_output() {
    BIO* bio = SSL_get_wbio(ssl_.get());
    std::string out(BIO_ctrl_pending(bio), '\0');
    if (!out.empty()) BIO_read(bio, out.data(), static_cast<int>(out.size()));
    return out;
}

void tls_engine::note_peer() {
    const SSL* ssl = ssl_.get();
    peer_.version = SSL_get_version(ssl);
    peer_.cipher = SSL_get_cipher_name(ssl);
    if (const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name); name != nullptr)
        peer_.server_name = to_lower(name);
    const unsigned char* alpn = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(ssl, &alpn, &length);
    if (length > 0) peer_.alpn.assign(reinterpret_cast<const char*>(alpn), length);
    const X509* certificate = SSL_get0_peer_certificate(ssl);
    peer_.has_certificate = certificate != nullptr;
    if (certificate == nullptr) {
        peer_.chain_error = "no certificate shown";
        return;
    }
    peer_.chain_error = notes_.chain_error;
    if (peer_.chain_error.empty() && SSL_get_verify_result(ssl) != X509_V_OK)
        peer_.chain_error = X509_verify_cert_error_string(SSL_get_verify_result(ssl));
    peer_.chain_valid = peer_.chain_error.empty();
    peer_.names = names_in(*certificate);
    peer_.fingerprint = fingerprint_of(*certificate);
    peer_.key_fingerprint = key_fingerprint_of(*certificate);
}

}  // namespace stox::net
