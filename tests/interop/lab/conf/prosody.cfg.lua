-- SPDX-License-Identifier: Apache-2.0
-- Prosody 0.12: xmpp.test with rooms, and component ports for a gateway that runs as one.
run_as_root = true
daemonize = false
pidfile = "@RUN@/prosody/prosody.pid"
data_path = "@RUN@/prosody/data"
log = { debug = "@RUN@/prosody/prosody.log" }
admins = { "admin@xmpp.test" }

-- With lua-unbound Prosody asks libunbound, which answers NXDOMAIN for every name under "test." by itself
-- (RFC 6761) and never asks the lab's DNS. Made unloadable: Prosody falls back to its own resolver.
package.preload["lunbound"] = function () error("disabled in the lab") end

modules_enabled = {
  "roster", "saslauth", "tls", "dialback", "disco", "carbons", "pep", "private", "blocklist", "version",
  "uptime", "time", "ping", "smacks", "admin_shell", "posix", "s2s_auth_certs", "limits",
  -- One stream for both directions (XEP-0288).
  os.getenv("PROSODY_BIDI") and "s2s_bidi" or nil,
}
plugin_paths = {}
authentication = "internal_plain"
c2s_require_encryption = false
s2s_direct_tls_ports = { 5270 }

-- PROSODY_S2S_AUTH=secure demands a valid certificate (SASL EXTERNAL); otherwise dialback is enough.
s2s_require_encryption = true
s2s_secure_auth = (os.getenv("PROSODY_S2S_AUTH") == "secure")
s2s_timeout = 90
-- The burst scenarios send faster than the default of 30 kB/s lets through.
limits = { s2sin = { rate = "10mb/s" }, c2s = { rate = "10mb/s" } }
c2s_stanza_size_limit = 1024 * 1024
s2s_stanza_size_limit = 1024 * 1024

local cert = os.getenv("PROSODY_CERT") or "xmpp.test"
ssl = {
  certificate = "@RUN@/tls/" .. cert .. ".crt",
  key = "@RUN@/tls/" .. cert .. ".key",
  cafile = "@RUN@/tls/ca.pem",
  capath = "@RUN@/tls/none",
}
s2s_direct_tls_ssl = ssl

component_ports = { 5347 }
component_interface = "*"
http_ports = { }
https_ports = { }

VirtualHost "xmpp.test"

Component "conference.xmpp.test" "muc"
  restrict_room_creation = false
  muc_room_locking = false

Component "sip.xmpp.test"
  component_secret = "labsecret"
