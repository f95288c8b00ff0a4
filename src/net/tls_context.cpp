// SPDX-License-Identifier: Apache-2.0
#include "net/tls_context.hpp"

#include "base/text.hpp"
#include "net/tls.hpp"

namespace stox::net {

namespace {

constexpr int security_level = 2;  // refuses RSA under 2048 bits and SHA-1 signatures
constexpr int most_intermediates = 10;

int notes_index() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

handshake_notes* notes_of(const SSL* ssl) {
    return static_cast<handshake_notes*>(SSL_get_ex_data(ssl, notes_index()));
}

// Called for each verdict; 1 goes on, so that every protocol can decide for itself what the chain is worth.
int note_verdict(int good, X509_STORE_CTX* context) {
    if (good == 1) return 1;
    const auto* ssl =
        static_cast<SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto* notes = notes_of(ssl);
    if (notes != nullptr && notes->chain_error.empty())
        notes->chain_error = X509_verify_cert_error_string(X509_STORE_CTX_get_error(context));
    return 1;
}

int choose_certificate(SSL* ssl, int*, void*) {
    const auto* notes = notes_of(ssl);
    const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (name == nullptr || notes == nullptr || notes->store == nullptr) return SSL_TLSEXT_ERR_NOACK;
    void* context = notes->store->known_context_for(to_lower(name));
    if (context == nullptr) return SSL_TLSEXT_ERR_NOACK;
    SSL_set_SSL_CTX(ssl, static_cast<SSL_CTX*>(context));
    return SSL_TLSEXT_ERR_OK;
}

// RFC 7301 section 3.2: the server picks; nothing in common ends the handshake.
int choose_protocol(SSL* ssl, const unsigned char** out, unsigned char* out_length,
                    const unsigned char* offered, unsigned length, void*) {
    const auto* notes = notes_of(ssl);
    if (notes == nullptr || notes->alpn.empty()) return SSL_TLSEXT_ERR_NOACK;
    const std::string_view list(reinterpret_cast<const char*>(offered), length);
    for (const auto& wanted : notes->alpn) {
        for (std::size_t at = 0; at < list.size(); at += 1 + static_cast<unsigned char>(list[at])) {
            const auto name = list.substr(at + 1, static_cast<unsigned char>(list[at]));
            if (name != wanted) continue;
            *out = offered + at + 1;
            *out_length = static_cast<unsigned char>(name.size());
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

// SSL_OP_NO_RENEGOTIATION answers with a warning only; a peer that tries is cut off, because trying is an old
// attack.
void notice_renegotiation(const SSL* ssl, int where, int value) {
    auto* notes = notes_of(ssl);
    if (notes == nullptr || !notes->established || SSL_version(ssl) > TLS1_2_VERSION) return;
    const bool refused =
        (where & SSL_CB_WRITE_ALERT) == SSL_CB_WRITE_ALERT && (value & 0xff) == SSL_AD_NO_RENEGOTIATION;
    if (refused || (where & SSL_CB_HANDSHAKE_START) != 0) notes->renegotiation = true;
}

void harden(SSL_CTX* context) {
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_security_level(context, security_level);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    // Idle connections give their record buffers back.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify_depth(context, most_intermediates);
    SSL_CTX_set_tlsext_servername_callback(context, &choose_certificate);
    SSL_CTX_set_alpn_select_cb(context, &choose_protocol, nullptr);
    SSL_CTX_set_info_callback(context, &notice_renegotiation);
}

using x509_stack_ptr =
    std::unique_ptr<STACK_OF(X509), openssl_free<[](STACK_OF(X509) * s) { sk_X509_free(s); }>>;

// The stack borrows; the pair keeps the certificates.
x509_stack_ptr borrowed_stack(const std::vector<std::shared_ptr<X509>>& certificates) {
    x509_stack_ptr out(sk_X509_new_null());
    for (const auto& certificate : certificates) sk_X509_push(out.get(), certificate.get());
    return out;
}

}  // namespace

result<ssl_ctx_ptr> make_context(const certificate_pair& pair, X509_STORE* trust) {
    ERR_clear_error();
    ssl_ctx_ptr context(SSL_CTX_new(TLS_method()));
    if (!context) return error{"no TLS context: " + openssl_reason()};
    harden(context.get());
    if (trust != nullptr) SSL_CTX_set1_cert_store(context.get(), trust);
    const auto intermediates = borrowed_stack(pair.intermediates);
    const int used = SSL_CTX_use_cert_and_key(context.get(), pair.certificate.get(), pair.key.get(),
                                              intermediates.get(), 1);
    if (used != 1) return error{pair.info.source + ": " + openssl_reason("refused")};
    return context;
}

ssl_ptr make_connection(SSL_CTX* context, handshake_notes& notes, bool request_certificate) {
    ssl_ptr ssl(SSL_new(context));
    if (!ssl) return ssl;
    SSL_set_ex_data(ssl.get(), notes_index(), &notes);
    SSL_set_verify(ssl.get(), request_certificate ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, &note_verdict);
    // Public CAs issue server-only certificates now; servers show them as clients too.
    X509_VERIFY_PARAM_set_purpose(SSL_get0_param(ssl.get()), X509_PURPOSE_ANY);
    SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    BIO_set_mem_eof_return(SSL_get_rbio(ssl.get()), -1);
    return ssl;
}

std::shared_ptr<X509_STORE> load_trust() {
    std::shared_ptr<X509_STORE> store(X509_STORE_new(), openssl_free<X509_STORE_free>{});
    X509_STORE_set_default_paths(store.get());
    ERR_clear_error();  // a missing file means no roots, which chain_error will say
    return store;
}

std::string chain_problem(const certificate_pair& pair, X509_STORE* trust) {
    using store_ctx_ptr = std::unique_ptr<X509_STORE_CTX, openssl_free<X509_STORE_CTX_free>>;
    const store_ctx_ptr context(X509_STORE_CTX_new());
    const auto intermediates = borrowed_stack(pair.intermediates);
    if (X509_STORE_CTX_init(context.get(), trust, pair.certificate.get(), intermediates.get()) != 1)
        return openssl_reason();
    auto* parameters = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_ANY);
    X509_VERIFY_PARAM_set_auth_level(parameters, security_level);
    const bool good = X509_verify_cert(context.get()) == 1;
    ERR_clear_error();
    return good ? "" : X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
}

std::string alpn_wire(const std::vector<std::string>& protocols) {
    std::string out;
    for (const auto& name : protocols) {
        if (name.empty() || name.size() > 255) continue;
        out += static_cast<char>(name.size());
        out += name;
    }
    return out;
}

}  // namespace stox::net
