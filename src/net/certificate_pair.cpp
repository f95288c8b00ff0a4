// SPDX-License-Identifier: Apache-2.0
#include "net/certificate_pair.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <set>

#include "net/x509_names.hpp"

namespace stox::net {

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t most_bytes = 1024 * 1024;
constexpr std::size_t most_certificates = 16;

bool is_file(const fs::path& path) {
    std::error_code ec;
    return fs::is_regular_file(path, ec);
}

// certbot's layout; cert.pem and chain.pem beside it repeat parts of fullchain.pem.
bool add_certbot_pair(const fs::path& folder, std::vector<pair_files>& out) {
    pair_files files{folder / "fullchain.pem", folder / "privkey.pem"};
    if (!is_file(files.chain)) return false;
    out.push_back(std::move(files));
    return true;
}

void add_entry(const fs::path& path, bool certbot_folder, std::vector<pair_files>& out) {
    static const std::set<std::string> certbot_names = {"cert.pem", "chain.pem", "fullchain.pem",
                                                        "privkey.pem"};
    std::error_code ec;
    if (fs::is_directory(path, ec)) {
        add_certbot_pair(path, out);
    } else if (path.extension() == ".crt" && is_file(path)) {
        auto key = path;
        out.push_back(pair_files{path, key.replace_extension(".key")});
    } else if (path.extension() == ".pem" && is_file(path)) {
        const bool part_of_pair = certbot_folder && certbot_names.contains(path.filename().string());
        if (!part_of_pair) out.push_back(pair_files{path, path});
    }
}

bio_ptr memory_bio(const std::string& text) {
    return bio_ptr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// No prompt: a key that needs a passphrase is an error with that reason.
int no_passphrase(char*, int, int, void*) { return -1; }

void read_certificates(const std::string& text, certificate_pair& pair) {
    const auto bio = memory_bio(text);
    while (pair.intermediates.size() < most_certificates) {
        std::shared_ptr<X509> next(PEM_read_bio_X509(bio.get(), nullptr, &no_passphrase, nullptr),
                                   openssl_free<X509_free>{});
        if (!next) break;
        if (!pair.certificate)
            pair.certificate = std::move(next);
        else
            pair.intermediates.push_back(std::move(next));
    }
    ERR_clear_error();  // the end of the file is an error to the PEM reader
}

std::shared_ptr<EVP_PKEY> read_key(const std::string& text) {
    const auto bio = memory_bio(text);
    return {PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_passphrase, nullptr),
            openssl_free<EVP_PKEY_free>{}};
}

error problem(const fs::path& path, const std::string& what) { return error{path.string() + ": " + what}; }

}  // namespace

result<std::string> read_small_file(const fs::path& path) {
    std::error_code ec;
    const auto size = fs::file_size(path, ec);
    if (ec) return problem(path, ec.message());
    if (size > most_bytes) return problem(path, "larger than 1 MiB");
    std::ifstream in(path, std::ios::binary);
    if (!in) return problem(path, std::strerror(errno));
    std::string text(size, '\0');
    in.read(text.data(), static_cast<std::streamsize>(size));
    text.resize(static_cast<std::size_t>(in.gcount()));
    return result<std::string>(boost::system::in_place_value, std::move(text));
}

std::vector<pair_files> find_pairs(const fs::path& directory) {
    std::vector<pair_files> out;
    const bool certbot_folder = add_certbot_pair(directory, out);
    std::error_code ec;
    for (fs::directory_iterator entry(directory, ec), end; !ec && entry != end; entry.increment(ec))
        add_entry(entry->path(), certbot_folder, out);
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.chain < b.chain; });
    return out;
}

bool matches(const certificate_pair& pair) {
    const bool same = X509_check_private_key(pair.certificate.get(), pair.key.get()) == 1;
    ERR_clear_error();
    return same;
}

certificate_info describe(const certificate_pair& pair) {
    certificate_info info;
    const X509* certificate = pair.certificate.get();
    info.names = names_in(*certificate);
    info.not_before = to_wall_time(X509_get0_notBefore(certificate));
    info.not_after = to_wall_time(X509_get0_notAfter(certificate));
    info.self_signed =
        X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
    return info;
}

result<certificate_pair> load_pair(const pair_files& files) {
    const auto chain_text = read_small_file(files.chain);
    if (!chain_text) return chain_text.error();
    const auto key_text = read_small_file(files.key);
    if (!key_text) return key_text.error();
    certificate_pair pair;
    read_certificates(*chain_text, pair);
    if (!pair.certificate) return problem(files.chain, "no certificate in PEM form");
    ERR_clear_error();
    pair.key = read_key(*key_text);
    if (!pair.key) return problem(files.key, "no usable private key (" + openssl_reason("no PEM") + ")");
    if (!matches(pair)) return problem(files.key, "the private key does not match the certificate");
    pair.info = describe(pair);
    pair.info.source = files.chain.string();
    return pair;
}

}  // namespace stox::net
