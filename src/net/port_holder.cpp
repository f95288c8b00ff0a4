// SPDX-License-Identifier: Apache-2.0
// Who holds a port, read from /proc: the port gives the socket's inode, the inode the process. Another user's
// process does not show its descriptors, and under ProtectProc= not even itself: then the words say how root
// finds it. /proc/self/net is there under ProcSubset=pid too, /proc/net is not.
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

#include "base/text.hpp"
#include "net/listener.hpp"

namespace stox::net {

namespace {

namespace fs = std::filesystem;

// One line of /proc/self/net/tcp: "sl local:port remote:port state tx:rx tr:when retr uid timeout inode ...".
std::optional<std::string> inode_in_line(const std::string& line, std::uint16_t port, bool udp) {
    std::istringstream in(line);
    std::string slot, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
    in >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >> timeout >> inode;
    const auto colon = local.rfind(':');
    if (!in || colon == local.npos) return std::nullopt;
    unsigned number = 0;
    std::from_chars(local.data() + colon + 1, local.data() + local.size(), number, 16);
    constexpr std::string_view listening = "0A";
    if (number != port || inode == "0" || (!udp && state != listening)) return std::nullopt;
    return inode;
}

std::set<std::string> inodes_of(std::uint16_t port, bool udp) {
    std::set<std::string> out;
    const std::string name = udp ? "/proc/self/net/udp" : "/proc/self/net/tcp";
    for (const auto& path : {name, name + "6"}) {
        std::ifstream table(path);
        for (std::string line; std::getline(table, line);)
            if (auto inode = inode_in_line(line, port, udp)) out.insert("socket:[" + *inode + ']');
    }
    return out;
}

bool holds_one(const fs::path& process, const std::set<std::string>& sockets) {
    std::error_code ec;
    for (fs::directory_iterator fd(process / "fd", ec), end; !ec && fd != end; fd.increment(ec)) {
        std::error_code gone;
        const auto target = fs::read_symlink(fd->path(), gone);
        if (!gone && sockets.contains(target.string())) return true;
    }
    return false;
}

std::string program_name(const fs::path& process) {
    std::ifstream in(process / "comm");
    std::string name;
    std::getline(in, name);
    return name.empty() ? "a program" : name;
}

}  // namespace

std::string port_holder(std::uint16_t port, bool udp) {
    const auto sockets = inodes_of(port, udp);
    std::error_code ec;
    for (fs::directory_iterator entry("/proc", ec), end; !ec && entry != end; entry.increment(ec)) {
        const auto pid = entry->path().filename().string();
        if (!parse_decimal<std::uint32_t>(pid, 0xffffffffU)) continue;
        if (!sockets.empty() && holds_one(entry->path(), sockets))
            return program_name(entry->path()) + " (pid " + pid + ')';
    }
    return "another program (as root, ss -lpn" + std::string(udp ? "u" : "t") +
           " 'sport = :" + std::to_string(port) + "' shows it)";
}

}  // namespace stox::net
