#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Judges every #include by the layer table of src/CMakeLists.txt (docs/architecture.md).

An include may lead only to the file's own folder or one it DEPENDS on, transitively; sockets and TLS of Asio
stay in runtime, net and dns; SIP and XMPP meet only above them; the command line tool sees base and the
control protocol.
"""
import os
import re

import tree

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
LAYER = re.compile(r"^\s*stox_layer\(([^)]*)\)", re.M)

SOCKETS = re.compile(
    r"boost/asio(\.hpp$|/(ssl|ip/(tcp|udp|icmp|basic_)|local/|posix/|generic/|basic_\w*(socket|acceptor)|"
    r"(read|write|connect)(_\w+)?\.hpp))"
)
SOCKET_FOLDERS = {"runtime", "net", "dns"}
# The control socket is a local one with its own rights, no stream of the network: admin keeps it itself.
LOCAL_SOCKETS = re.compile(r"boost/asio/(local/|(read|write)(_\w+)?\.hpp)")
MEETING_FOLDERS = {"identity", "session", "interwork", "admin", "app"}


def layers(root):
    """folder -> set of folders that it may include, from the stox_layer lines."""
    direct = {}
    for match in LAYER.finditer(tree.read(root, "src/CMakeLists.txt")):
        words = match.group(1).split()
        depends = []
        if "DEPENDS" in words:
            rest = words[words.index("DEPENDS") + 1:]
            depends = rest[: rest.index("LIBRARIES")] if "LIBRARIES" in rest else rest
        direct[words[0]] = set(depends)

    def reach(name, seen):
        for other in direct.get(name, ()):
            if other not in seen:
                seen.add(other)
                reach(other, seen)
        return seen

    return {name: reach(name, set()) for name in direct}


def includes(text):
    # Comments are taken out, but the quotes of an include must stay: look the directive up in the original.
    code = tree.code_only(text)
    for match in INCLUDE.finditer(text):
        if code[match.start(): match.end()].lstrip().startswith("#"):
            yield tree.line_of(text, match.start()), match.group(1), match.group(2)


def check_source(root, path, allowed):
    folder = path.split("/")[1]
    seen = set()
    for line, kind, target in includes(tree.read(root, path)):
        where = f"{path}:{line}"
        own_socket = folder == "admin" and LOCAL_SOCKETS.match(target)
        if SOCKETS.match(target) and folder not in SOCKET_FOLDERS and not own_socket:
            yield f"{where}: {target}: sockets and TLS belong to {', '.join(sorted(SOCKET_FOLDERS))}"
        if kind != '"':
            continue
        other = target.split("/")[0]
        seen.add(other)
        if "/" not in target or other == "..":
            yield f'{where}: "{target}": write the path from src/'
        elif other not in allowed:
            yield f'{where}: "{target}": {other} is no layer'
        elif other != folder and other not in allowed[folder]:
            yield f'{where}: "{target}": {folder} does not depend on {other}'
    if {"sip", "xmpp"} <= seen and folder not in MEETING_FOLDERS:
        yield f"{path}: SIP and XMPP meet only in {', '.join(sorted(MEETING_FOLDERS))}"


def check_tool(root, path):
    for line, kind, target in includes(tree.read(root, path)):
        if kind != '"':
            continue
        own = any(os.path.exists(os.path.join(root, "tools", target_path))
                  for target_path in (f"stox/{target}", target) if target_path.startswith("stox/"))
        if not own and not target.startswith("base/") and not target.startswith("admin/protocol"):
            yield f'{path}:{line}: "{target}": the tool sees base/, admin/protocol* and its own files'


def check(root):
    allowed = layers(root)
    problems = []
    for path in tree.files(root, ["src"], (".cpp", ".hpp")):
        if path.split("/")[1] not in allowed:
            problems.append(f"{path}: the folder has no stox_layer line in src/CMakeLists.txt")
            continue
        problems += check_source(root, path, allowed)
    for path in tree.files(root, ["tools/stox"], (".cpp", ".hpp")):
        problems += check_tool(root, path)
    return problems


if __name__ == "__main__":
    tree.run(check)
