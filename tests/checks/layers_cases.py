# SPDX-License-Identifier: Apache-2.0
"""Trees for check_layers: name, files, and the words that must be reported (None: nothing may be)."""

TABLE = """
stox_layer(base LIBRARIES OpenSSL::Crypto)
stox_layer(runtime DEPENDS base LIBRARIES asio)
stox_layer(net DEPENDS runtime)
stox_layer(sip DEPENDS net)
stox_layer(xmpp DEPENDS net)
stox_layer(wide DEPENDS sip xmpp)
stox_layer(interwork DEPENDS sip xmpp)
stox_layer(admin DEPENDS base)
"""


def tree_with(path, text):
    return {"src/CMakeLists.txt": TABLE, path: text}


CASES = [
    ("own folder, dependency, transitive dependency",
     tree_with("src/sip/a.cpp", '#include "sip/a.hpp"\n#include "net/b.hpp"\n#include "base/c.hpp"\n'), None),
    ("sideways", tree_with("src/sip/a.cpp", '#include "xmpp/jid.hpp"\n'), "sip does not depend on xmpp"),
    ("upwards", tree_with("src/base/a.hpp", '  #  include "net/b.hpp"\n'), "base does not depend on net"),
    ("no folder of ours", tree_with("src/net/a.hpp", '#include "nett/b.hpp"\n'), "nett is no layer"),
    ("relative path", tree_with("src/net/a.hpp", '#include "../base/b.hpp"\n'), "write the path from src/"),
    ("bare name", tree_with("src/net/a.hpp", '#include "b.hpp"\n'), "write the path from src/"),
    ("folder without a line", tree_with("src/other/a.hpp", ""), "no stox_layer line"),
    ("socket above net", tree_with("src/sip/a.cpp", "#include <boost/asio/ip/tcp.hpp>\n"), "sockets and TLS"),
    ("tls above net", tree_with("src/xmpp/a.cpp", "#include <boost/asio/ssl/stream.hpp>\n"), "sockets and TLS"),
    ("all of asio above net", tree_with("src/xmpp/a.cpp", "#include <boost/asio.hpp>\n"), "sockets and TLS"),
    ("local socket in admin", tree_with("src/admin/a.cpp", "#include <boost/asio/local/stream_protocol.hpp>\n"), None),
    ("network socket in admin", tree_with("src/admin/a.cpp", "#include <boost/asio/ip/tcp.hpp>\n"), "sockets and TLS"),
    ("socket in net", tree_with("src/net/a.cpp", "#include <boost/asio/ip/tcp.hpp>\n"), None),
    ("addresses and timers anywhere",
     tree_with("src/sip/a.cpp", "#include <boost/asio/ip/address.hpp>\n#include <boost/asio/error.hpp>\n"), None),
    ("SIP meets XMPP", tree_with("src/wide/a.cpp", '#include "sip/a.hpp"\n#include "xmpp/b.hpp"\n'),
     "SIP and XMPP meet only"),
    ("SIP meets XMPP where they may",
     tree_with("src/interwork/a.cpp", '#include "sip/a.hpp"\n#include "xmpp/b.hpp"\n'), None),
    ("an include in a comment", tree_with("src/sip/a.cpp", '// see\n/*\n#include "xmpp/jid.hpp"\n*/\n'), None),
    ("the tool and the daemon's inside", tree_with("tools/stox/a.cpp", '#include "sip/a.hpp"\n'), "the tool sees"),
    ("the tool and the control protocol",
     {"src/CMakeLists.txt": TABLE, "tools/stox/own.hpp": "",
      "tools/stox/a.cpp": '#include "own.hpp"\n#include "stox/own.hpp"\n#include "base/x.hpp"\n'
                          '#include "admin/protocol.hpp"\n'}, None),
]
