// SPDX-License-Identifier: Apache-2.0
// A server-to-server state machine with a real XML reader in front of it, fed with text and watched: the
// driver without I/O. The test plays the peer.
#pragma once

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "xmpp/stream/s2s_fsm.hpp"

namespace stox::xmpp::stream::test {

inline s2s_settings receiving_settings() {
    s2s_settings s;
    s.dialback_secret = "secret";
    s.proves = [](const net::tls_peer& peer, const std::string& domain) {
        return peer.chain_valid && net::covers(peer.names, domain, "xmpp-server");
    };
    return s;
}

inline s2s_settings initiating_settings() {
    auto s = receiving_settings();
    s.initiating = true;
    s.first = {"sip.test", "peer.test"};
    return s;
}

inline net::tls_peer certificate_for(const std::string& domain) {
    net::tls_peer p;
    p.has_certificate = true;
    p.chain_valid = !domain.empty();
    if (!domain.empty()) p.names.dns.push_back(domain);
    return p;
}

/// A stream header as the peer sends it.
inline std::string header(const std::string& attributes) {
    return "<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:db='jabber:server:dialback' "
           "xmlns:stream='http://etherx.jabber.org/streams' version='1.0' " +
           attributes + ">";
}

class scripted {
  public:
    explicit scripted(s2s_settings settings) : fsm(std::move(settings)) {
        renew();
        if (fsm.settings().initiating) {
            fsm.start();
            perform();
        }
    }

    /// What the peer sends; gives what we answer.
    std::string feed(std::string_view bytes) {
        while (!bytes.empty() && fsm.state() != s2s_fsm::phase::ended) {
            std::string_view piece = bytes;
            if (fsm.state() == s2s_fsm::phase::header) piece = bytes.substr(0, bytes.find('>') + 1);
            if (piece.empty()) piece = bytes;
            bytes.remove_prefix(piece.size());
            auto fault = reader_->feed(piece);
            for (;;) {
                if (fault) fsm.fault(*fault);
                const bool paused = reader_->paused();
                if (fsm.restarting() && (behind_ || !bytes.empty()))
                    fsm.fail("policy-violation", "data behind the restart");
                perform();
                if (!paused || fsm.state() == s2s_fsm::phase::ended) break;
                fault = reader_->resume();
            }
        }
        return answer();
    }

    /// TLS is up.
    std::string secured(const net::tls_peer& peer) {
        renew();
        fsm.secured(peer);
        perform();
        return answer();
    }

    /// What was written since the last answer.
    std::string answer() {
        perform();
        return std::exchange(out_, {});
    }

    bool saw(s2s_action::kind what) const {
        for (const auto& a : seen)
            if (a.what == what) return true;
        return false;
    }
    const s2s_action& last(s2s_action::kind what) const {
        for (auto it = seen.rbegin(); it != seen.rend(); ++it)
            if (it->what == what) return *it;
        throw std::runtime_error("that never happened");
    }
    bool ended() const { return fsm.state() == s2s_fsm::phase::ended; }

    s2s_fsm fsm;
    std::vector<s2s_action> seen;
    std::vector<std::string> ours{"sip.test", "conference.sip.test"};

  private:
    void renew() {
        xml::stream_reader::events e;
        e.opened = [this](xml::element root) { fsm.opened(root); };
        e.closed = [this] { fsm.closed(); };
        e.stanza = [this](xml::element stanza) {
            fsm.received(stanza);
            if (fsm.restarting())
                behind_ = reader_->stop() > 0;
            else
                reader_->pause();
        };
        behind_ = false;
        reader_ = std::make_unique<xml::stream_reader>(xml::limits{}, std::move(e));
    }

    void perform() {
        for (auto actions = fsm.take(); !actions.empty(); actions = fsm.take())
            for (auto& a : actions) {
                if (a.what == s2s_action::kind::write) out_ += a.text;
                if (a.what == s2s_action::kind::restart) renew();
                if (a.what == s2s_action::kind::ask_gate)
                    fsm.gate_answered(std::find(ours.begin(), ours.end(), a.pair.local) != ours.end());
                seen.push_back(std::move(a));
            }
    }

    std::unique_ptr<xml::stream_reader> reader_;
    std::string out_;
    bool behind_ = false;
};

/// The value of an attribute in what was written, by plain text search.
inline std::string value_in(const std::string& bytes, const std::string& name) {
    const auto at = bytes.rfind(" " + name + "='");
    if (at == std::string::npos) return {};
    const auto from = at + name.size() + 3;
    return bytes.substr(from, bytes.find('\'', from) - from);
}

inline bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

struct vector_row {
    std::string file, answer, fourth;
};

/// The rows of an INDEX.tsv: the first, the third and the fourth column.
inline std::vector<vector_row> rows_of(const std::string& folder) {
    std::ifstream in(std::string(STOX_VECTORS) + "/attacks/" + folder + "/INDEX.tsv");
    std::vector<vector_row> out;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with('#') || line.starts_with("file\t")) continue;
        std::vector<std::string> cells;
        for (std::size_t at = 0; at <= line.size();) {
            const auto tab = std::min(line.find('\t', at), line.size());
            cells.push_back(line.substr(at, tab - at));
            at = tab + 1;
        }
        if (cells.size() >= 4) out.push_back({cells[0], cells[2], cells[3]});
    }
    return out;
}

inline std::string vector_bytes(const std::string& folder, const std::string& file) {
    std::ifstream in(std::string(STOX_VECTORS) + "/attacks/" + folder + "/" + file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace stox::xmpp::stream::test
