// SPDX-License-Identifier: Apache-2.0
#include "net/self_signed.hpp"

#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/random.hpp"
#include "base/text.hpp"
#include "observe/log.hpp"

namespace stox::net {

namespace {

namespace fs = std::filesystem;

constexpr long validity_seconds = 10L * 365 * 86400;
constexpr long day_seconds = 86400;

bool add_extension(X509& certificate, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, &certificate, &certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    if (extension == nullptr) return false;
    const bool added = X509_add_ext(&certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

bool is_host_name(std::string_view domain) {
    if (domain.empty() || domain.size() > 253 || domain.front() == '.') return false;
    return std::all_of(domain.begin(), domain.end(),
                       [](char c) { return is_alnum(c) || c == '.' || c == '-' || c == '_'; });
}

bool fill_in(X509& certificate, EVP_PKEY* key, const std::string& domain) {
    X509_set_version(&certificate, X509_VERSION_3);
    const auto serial = random_bytes(16);
    BIGNUM* number = BN_bin2bn(reinterpret_cast<const unsigned char*>(serial.data()),
                               static_cast<int>(serial.size()), nullptr);
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(&certificate));
    BN_free(number);
    X509_gmtime_adj(X509_getm_notBefore(&certificate), -day_seconds);
    X509_gmtime_adj(X509_getm_notAfter(&certificate), validity_seconds);
    // A common name holds 64 characters at most (RFC 5280 appendix A); the SAN holds the whole name.
    const auto common_name = domain.substr(0, 64);
    auto* subject = X509_get_subject_name(&certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(common_name.data()),
                               static_cast<int>(common_name.size()), -1, 0);
    X509_set_issuer_name(&certificate, subject);
    return X509_set_pubkey(&certificate, key) == 1 &&
           add_extension(certificate, NID_subject_alt_name, "DNS:" + domain) &&
           add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
           X509_sign(&certificate, key, EVP_sha256()) > 0;
}

std::string to_pem(const certificate_pair& pair) {
    const bio_ptr bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(bio.get(), pair.certificate.get());
    PEM_write_bio_PKCS8PrivateKey(bio.get(), pair.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    char* text = nullptr;
    const auto length = BIO_get_mem_data(bio.get(), &text);
    return std::string(text, static_cast<std::size_t>(length));
}

// Written beside and renamed, so that no half file is ever read back.
bool keep(const fs::path& path, const std::string& text) {
    std::error_code ec;
    fs::create_directories(path.parent_path(), ec);
    const auto beside = path.string() + '.' + random_token();
    const int fd = open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return false;
    const bool written = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    const bool safe = written && fsync(fd) == 0;
    close(fd);
    if (safe) fs::rename(beside, path, ec);
    if (!safe || ec) fs::remove(beside, ec);
    return safe && is_regular_file(path, ec);
}

}  // namespace

result<certificate_pair> make_self_signed(std::string_view domain) {
    if (!is_host_name(domain)) return error{"no host name to make a certificate for"};
    certificate_pair pair;
    pair.key = {EVP_EC_gen("P-256"), openssl_free<EVP_PKEY_free>{}};
    pair.certificate = {X509_new(), openssl_free<X509_free>{}};
    if (!pair.key || !pair.certificate || !fill_in(*pair.certificate, pair.key.get(), std::string(domain)))
        return error{"cannot make a certificate for " + std::string(domain) + ": " + openssl_reason()};
    pair.info = describe(pair);
    return pair;
}

result<certificate_pair> kept_self_signed(const fs::path& directory, std::string_view domain) {
    if (directory.empty() || !is_host_name(domain)) return make_self_signed(domain);
    const auto path = directory / (std::string(domain) + ".pem");
    if (auto kept = load_pair(pair_files{path, path}); kept && kept->info.not_after > wall_clock::now())
        return kept;
    auto made = make_self_signed(domain);
    if (!made) return made;
    made->info.source = path.string();
    if (!keep(path, to_pem(*made))) {
        const auto where = path.string();
        const std::string why = std::strerror(errno);
        log::warn("certificate_not_kept", {{"file", where}, {"reason", why}});
    }
    return made;
}

}  // namespace stox::net
