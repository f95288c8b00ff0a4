# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# harness.sh - what every scenario sources: a lab of its own, stoxd on the host gw, checks that are counted.
#
#   STOX_BUILD   where stoxd and stox were built (default build/release; an asan build works alike)
#   INTEROP_RUN  where runs are kept (default build/interop); a run that failed keeps its logs there
#   KEEP=1       keep the logs of a good run too; LAB_STAY=1 leaves the lab up after a failure
set -uo pipefail
INTEROP_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$INTEROP_DIR/../.." && pwd)
SCENARIO=$(basename "$0" .sh)
STOX_BUILD=$(realpath -m "${STOX_BUILD:-$ROOT/build/release}")
RUN=$(realpath -m "${INTEROP_RUN:-$ROOT/build/interop}")/$SCENARIO
CLIENTS=$INTEROP_DIR/clients
export LAB_NS=sx$$ LAB_RUN=$RUN/lab
export LAB_LIB=1
. "$INTEROP_DIR/lab/lab"
set +e

passed=0; failed=0; skipped=0
# check TEXT CMD...: one counted check; CMD's output is shown only when it fails.
check() {
  local text=$1; shift
  if "$@" >"$RUN/check.out" 2>&1; then
    passed=$((passed + 1)); echo "PASS $SCENARIO: $text"
  else
    failed=$((failed + 1)); echo "FAIL $SCENARIO: $text"
    sed 's/^/     | /' "$RUN/check.out" | cut -c1-400 | tail -n "${CHECK_LINES:-12}"
  fi
}
skip() { skipped=$((skipped + 1)); echo "SKIP $SCENARIO: $*"; }
not()  { ! "$@"; }
# within SECONDS CMD...: until CMD succeeds.
within() {
  local end=$((SECONDS + $1)); shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.2
  done
}

# setup PEER...: the lab with these peers. LAB_ZONES and LAB_FAMILY choose the DNS.
setup() {
  [ "$(id -u)" = 0 ] || { echo "SKIP $SCENARIO: network namespaces need root"; exit 77; }
  rm -rf "$RUN"; mkdir -p "$RUN"
  chmod 755 "$RUN"
  trap teardown EXIT
  trap 'exit 130' INT TERM
  SECONDS=0
  if ! (set -e; lab_up "$@") >"$RUN/lab-up.log" 2>&1; then
    failed=1
    echo "FAIL $SCENARIO: the lab did not come up"
    tail -n 5 "$RUN/lab-up.log"
    exit 1
  fi
}
teardown() {
  local status=$?
  [ "$status" -eq 0 ] && [ "$failed" -eq 0 ] && [ "$finished" -eq 1 ] || status=1
  if [ "$status" -ne 0 ] && [ -f "$LAB_RUN/stoxd.log" ]; then
    echo "     last lines of stoxd:"
    tail -n "${STOXD_LINES:-15}" "$LAB_RUN/stoxd.log" | cut -c1-300 | sed 's/^/     > /'
  fi
  if [ "$status" -ne 0 ] && [ -n "${LAB_STAY:-}" ]; then
    echo "     lab stays: LAB_NS=$LAB_NS LAB_RUN=$LAB_RUN $INTEROP_DIR/lab/lab down"
    exit $status
  fi
  local job
  for job in "$RUN"/xmpp-*.job; do
    if [ -f "$job" ]; then
      # shellcheck disable=SC2046
      kill $(tree "$(cat "$job")") 2>/dev/null
    fi
  done
  lab_down >/dev/null 2>&1
  if [ "$status" -eq 0 ] && [ -z "${KEEP:-}" ]; then rm -rf "$RUN"; fi
  exit $status
}
finished=0
# finish: ends a scenario: stoxd must still run, stop cleanly, and have nothing to say to a sanitizer.
finish() {
  if [ -f "$LAB_RUN/stoxd.pid" ]; then
    check "stoxd still runs" alive stoxd
    check "stoxd ends cleanly on SIGTERM" stoxd_stop
  fi
  check "no sanitizer report" not grep -qE 'AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:' "$LAB_RUN"/stoxd*.log
  finished=1
  echo "$SCENARIO: $passed passed, $failed failed, $skipped skipped, ${SECONDS} s"
  exit $((failed > 0))
}

# --- stoxd -------------------------------------------------------------------------------------------------------------
CONTROL=$LAB_RUN/control.sock
# stoxd_start [ARG...]: stoxd on gw with the lab's certificates and nothing configured. CERTS=DIR changes the former.
stoxd_start() {
  mkdir -p "$LAB_RUN/state"
  # What was freed waits in the sanitizer's quarantine, 256 MB by default: it would hide how far stoxd itself grows.
  export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0:quarantine_size_mb=16 UBSAN_OPTIONS=print_stacktrace=1
  [ -f "$LAB_RUN/stoxd.log" ] && cat "$LAB_RUN/stoxd.log" >>"$LAB_RUN/stoxd-before.log"
  bg stoxd gw "$STOX_BUILD/stoxd" --state "$LAB_RUN/state" --control "$CONTROL" --certs "${CERTS:-$LAB_RUN/tls/gw}" "$@"
  if ! within 20 stoxd_ready; then
    failed=$((failed + 1)); echo "FAIL $SCENARIO: stoxd did not become ready"
    exit 1
  fi
}
stoxd_ready() { alive stoxd && [ -S "$CONTROL" ] && ss_has gw u 5060; }
ss_has()      { ip netns exec "$(ns "$1")" ss -Hln"$2" "sport = :$3" | grep -q .; }
stoxd_pid()   { pid_of stoxd; }
# stoxd_stop: SIGTERM, and its exit status. setsid and friends exec each other: the pid is stoxd's own.
stoxd_stop() {
  local pid; pid=$(pid_of stoxd)
  kill -TERM "$pid"
  within "${1:-35}" not running "$pid" || { echo "still running"; return 1; }
  rm -f "$LAB_RUN/stoxd.pid"
  wait "$pid" 2>/dev/null
  local status=$?
  [ "$status" -eq 0 ] || { echo "exit status $status"; return 1; }
}
stox() { nsx gw "$STOX_BUILD/stox" --control "$CONTROL" "$@"; }

# --- clients -----------------------------------------------------------------------------------------------------------
host_of() { case $1 in *@ejab.test*) echo xb ;; *) echo xa ;; esac; }
# xmpp JID STEP...: a client's run (clients/xmppcli.py); password "pass".
xmpp() {
  local jid=$1; shift
  timeout "${XMPP_LIMIT:-120}" ip netns exec "$(ns "$(host_of "$jid")")" "$CLIENTS/xmppcli.py" "$jid" pass --ca "${XMPP_CA:-$LAB_RUN/tls/ca.pem}" "$@"
}
# xmpp_start NAME JID STEP...: the same in the background, once it is online; xmpp_wait NAME gives its result.
xmpp_start() {
  local name=$1; shift
  xmpp "$@" >"$RUN/xmpp-$name.log" 2>&1 &
  echo $! >"$RUN/xmpp-$name.job"
  within 15 grep -qs '"ev": "online"' "$RUN/xmpp-$name.log"
}
xmpp_wait() {
  wait "$(cat "$RUN/xmpp-$1.job")"
  local status=$?
  [ "$status" -eq 0 ] || tail -n 6 "$RUN/xmpp-$1.log"
  return $status
}

# The test user agent (clients/sipua.py) lives on sipc: ua.test, uatcp.test and uatls.test lead to it.
SIP_LOG=$LAB_RUN/sipua.jsonl
sip_serve() { # sip_serve [ARG...]: (re)starts it
  local at=${SIP_AT:-$(ip4 sipc)}
  stop sipua
  : >"$SIP_LOG"
  bg sipua sipc "$CLIENTS/sipua.py" serve --listen "udp:$at:5060" --listen "tcp:$at:5060" --listen "tls:$at:5061" \
    --cert "$LAB_RUN/tls/ua.test.pem" --log "$SIP_LOG" "$@"
  wait_udp sipc 5060
}
# sip_got FIELD=REGEX...: exactly one such request (SIP_COUNT=N for more) has arrived at the test user agent.
sip_got() { "$CLIENTS/sipua.py" got --log "$SIP_LOG" --count "${SIP_COUNT:-1}" --timeout "${SIP_WAIT:-10}" "$@"; }
# sip_send FROM TO [ARG...]: a MESSAGE from sipc to the gateway; prints status and headers as JSON.
sip_send() {
  local from=$1 to=$2; shift 2
  ip netns exec "$(ns "${SIP_HOST:-sipc}")" "$CLIENTS/sipua.py" send --from "$from" --to "$to" \
    --target "${SIP_TARGET:-$(ip4 gw):5060}" --local "${SIP_LOCAL:-$(ip4 "${SIP_HOST:-sipc}")}" "$@"
}
# sipp_run HOST SCENARIO CSV [ARG...]: one call of SIPp (sipp/*.xml); its log is RUN/sipp-SCENARIO.log.
sipp_run() {
  local h=$1 s=$2 csv=$3; shift 3
  local -a proof=()
  case $s in *-uac) proof=(-oocsf "$INTEROP_DIR/sipp/options-uas.xml") ;; esac
  printf 'SEQUENTIAL\n%s\n' "$csv" >"$RUN/sipp-$s.csv"
  (cd "$RUN" && timeout 60 ip netns exec "$(ns "$h")" sipp -sf "$INTEROP_DIR/sipp/$s.xml" -inf "sipp-$s.csv" -i "$(ip4 "$h")" \
    -m "${SIPP_CALLS:-1}" -nostdin -timeout 50s -trace_err -error_file "sipp-$s.err" -trace_logs -log_file "sipp-$s.log" \
    "${proof[@]}" "$@" </dev/null >"sipp-$s.out" 2>&1)
}
