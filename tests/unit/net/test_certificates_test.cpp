// SPDX-License-Identifier: Apache-2.0
// Test support (in a _test file so that the test program finds it): making certificates.
#include <openssl/pem.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "base/random.hpp"
#include "tests/unit/net/test_certificates.hpp"

namespace stox::net::test {

namespace {

std::string text_of(BIO& bio) {
    char* text = nullptr;
    const auto length = BIO_get_mem_data(&bio, &text);
    return std::string(text, static_cast<std::size_t>(length));
}

void add_extension(X509& certificate, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, &certificate, &certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    if (extension == nullptr) throw std::runtime_error("extension " + value);
    X509_add_ext(&certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

void fill_in(X509& certificate, const request& wanted, const issued* issuer, EVP_PKEY* key) {
    X509_set_version(&certificate, X509_VERSION_3);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(&certificate), random_below(1ULL << 62));
    X509_gmtime_adj(X509_getm_notBefore(&certificate), wanted.from_seconds);
    X509_gmtime_adj(X509_getm_notAfter(&certificate), wanted.until_seconds);
    X509_NAME* subject = X509_get_subject_name(&certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(wanted.common_name.c_str()), -1, -1, 0);
    X509_set_issuer_name(&certificate,
                         issuer != nullptr ? X509_get_subject_name(issuer->certificate.get()) : subject);
    X509_set_pubkey(&certificate, key);
    std::string names;
    for (const auto& name : wanted.alternative_names) names += (names.empty() ? "" : ",") + name;
    if (!names.empty()) add_extension(certificate, NID_subject_alt_name, names);
    add_extension(certificate, NID_basic_constraints, wanted.authority ? "critical,CA:TRUE" : "CA:FALSE");
    if (wanted.server_only) add_extension(certificate, NID_ext_key_usage, "serverAuth");
}

}  // namespace

std::string issued::certificate_pem() const {
    const bio_ptr bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(bio.get(), certificate.get());
    return text_of(*bio);
}

std::string issued::key_pem() const {
    const bio_ptr bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return text_of(*bio);
}

issued issue(const request& wanted, const issued* issuer) {
    issued out;
    EVP_PKEY* key =
        wanted.rsa_bits > 0 ? EVP_RSA_gen(static_cast<unsigned>(wanted.rsa_bits)) : EVP_EC_gen("P-256");
    out.key = {key, openssl_free<EVP_PKEY_free>{}};
    out.certificate = {X509_new(), openssl_free<X509_free>{}};
    fill_in(*out.certificate, wanted, issuer, out.key.get());
    EVP_PKEY* signer = issuer != nullptr ? issuer->key.get() : out.key.get();
    if (X509_sign(out.certificate.get(), signer, wanted.sha1 ? EVP_sha1() : EVP_sha256()) <= 0)
        throw std::runtime_error(openssl_reason());
    return out;
}

std::string srv_name(const std::string& name) { return "otherName:1.3.6.1.5.5.7.8.7;IA5STRING:" + name; }
std::string xmpp_addr(const std::string& name) { return "otherName:1.3.6.1.5.5.7.8.5;UTF8:" + name; }

temporary_directory::temporary_directory()
    : path_(std::filesystem::temp_directory_path() / ("stox-test-" + random_token())) {
    std::filesystem::create_directories(path_);
}

temporary_directory::~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void temporary_directory::write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary | std::ios::trunc) << text;
}

trusted_root::trusted_root(const temporary_directory& directory, const issued& authority) {
    directory.write("trust/roots.crt", authority.certificate_pem());
    setenv("SSL_CERT_FILE", (directory.path() / "trust/roots.crt").c_str(), 1);
    setenv("SSL_CERT_DIR", (directory.path() / "trust/none").c_str(), 1);
}

trusted_root::~trusted_root() {
    unsetenv("SSL_CERT_FILE");
    unsetenv("SSL_CERT_DIR");
}

}  // namespace stox::net::test
