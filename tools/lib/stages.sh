# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The stages of tools/test. Each counts what it did with pass, fail or skip.
passed=0; failed=0; skipped=0
failures=(); times=()
CORES=$(nproc)

pass() { passed=$((passed + 1)); echo "PASS $*"; }
fail() { failed=$((failed + 1)); failures+=("$*"); echo "FAIL $*"; }
skip() { skipped=$((skipped + 1)); echo "SKIP $*"; }
# run NAME CMD...: one counted step; its output goes to build/test/NAME.log and is shown when it fails.
run() {
  local name=$1; shift
  if "$@" >"build/test/$name.log" 2>&1; then pass "$name"; return 0; fi
  tail -n 40 "build/test/$name.log" | sed 's/^/  | /'
  fail "$name"
  return 1
}
# tally LOG: adds the PASS, FAIL and SKIP lines of a log to the count.
tally() {
  local line
  passed=$((passed + $(grep -c '^PASS ' "$1")))
  skipped=$((skipped + $(grep -c '^SKIP ' "$1")))
  while read -r line; do failed=$((failed + 1)); failures+=("${line#FAIL }"); done < <(grep '^FAIL ' "$1")
}

stage_packages() {
  # shellcheck disable=SC2046
  run packages install_packages $(packages_build) $(packages_lab) $(packages_checks) $(packages_deb) $(packages_fuzz)
}

# changed PATTERN...: files that the work tree or one of the last twenty commits changed, the latest first; all where
# there is no history.
changed() {
  if ! git rev-parse --verify -q HEAD >/dev/null 2>&1; then
    find src tools tests bench -name '*.[ch]pp'
    return
  fi
  {
    git diff --name-only HEAD -- "$@"
    git ls-files --others --exclude-standard -- "$@"
    git log -n 20 --name-only --format= -- "$@"
  } | awk '!seen[$0]++' | while read -r file; do if [ -f "$file" ]; then echo "$file"; fi; done
}
stage_checks() {
  run checks tools/checks/run_all
  # The two presets that no other stage builds: that they configure is all that is cheap to know.
  run configure-debug cmake --preset debug
  run configure-release cmake --preset release
  local -a sources scripts
  mapfile -t sources < <(changed 'src/*pp' 'tools/*pp' 'tests/*pp' 'bench/*pp')
  if [ ${#sources[@]} -gt 0 ]; then
    run format clang-format-14 --dry-run -Werror "${sources[@]}"
  else
    skip "format: nothing changed"
  fi
  mapfile -t scripts < <(grep -rlE '^#!.*\bsh\b|^#!.*bash|shellcheck shell=' tools tests debian .ci --include='*' 2>/dev/null | grep -vE '\.(py|cpp|hpp|md)$')
  run shell shellcheck -S error "${scripts[@]}"
  run exposure systemd-analyze security --offline=true --threshold=15 debian/stoxd.service
  run certificates tests/package/certificates.sh
}

stage_deb() {
  local source=build/deb/src
  rm -rf build/deb
  mkdir -p $source
  tar -cf - --exclude=./build --exclude=./.git --exclude='./obj-*' . | tar -xf - -C $source
  (cd $source && run_in_log dpkg-buildpackage -b -us -uc "-j$CORES") || { fail "deb: the package builds"; return; }
  pass "deb: the package builds, no warning in the release build"
  run lintian lintian --allow-root --fail-on error --profile debian build/deb/stoxd_*.changes
  mkdir -p build/deb/bin
  dpkg-deb -x build/deb/stoxd_*.deb build/deb/root
  cp build/deb/root/usr/sbin/stoxd build/deb/root/usr/bin/stox build/deb/bin/
}
run_in_log() {
  STOX_WERROR=ON DEB_BUILD_OPTIONS="parallel=$CORES" "$@" >"$ROOT/build/test/deb.log" 2>&1 || { grep -E 'error|Error' "$ROOT/build/test/deb.log" | head -20; tail -n 20 "$ROOT/build/test/deb.log"; return 1; }
}

# unit PRESET: the unit tests of a build, each counted.
unit() {
  local log=build/test/ctest-$1.log
  ctest --test-dir "build/$1" --output-on-failure --no-tests=error -j "$CORES" "${@:2}" >"$log" 2>&1
  local status=$? name
  while read -r name; do pass "$1: $name"; done < <(sed -nE 's/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: ([^ ]+) \.+ +Passed.*/\1/p' "$log")
  if [ $status -ne 0 ]; then
    tail -n 60 "$log"
    while read -r name; do fail "$1: $name"; done < <(sed -nE 's/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: ([^ ]+) \.*\*\*\*.*/\1/p' "$log")
    grep -q 'Test *#' "$log" || fail "$1: ctest"
  fi
}
stage_asan() {
  run asan-configure cmake --preset asan || return
  run asan-build cmake --build --preset asan "-j$CORES" || return
  export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
  unit asan
}

# Each target for ten seconds from its corpus; what it finds is in build/test/fuzz/NAME-*.
stage_fuzz() {
  local name
  local -a names
  run fuzz-configure cmake --preset fuzz || return
  run fuzz-build timeout "${FUZZ_BUILD_SECONDS:-900}" cmake --build --preset fuzz "-j$CORES" --target fuzz_targets || return
  mapfile -t names < <(sed -nE 's/^stox_fuzz\((\w+) .*/\1/p' tests/fuzz/targets.cmake)
  rm -rf build/test/fuzz
  export -f fuzz_one
  export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
  printf '%s\n' "${names[@]}" | xargs -n 1 -P "$CORES" bash -c 'fuzz_one "$0"' || true
  for name in "${names[@]}"; do
    if [ -e "build/test/fuzz/$name.good" ]; then pass "fuzz: $name"; continue; fi
    tail -n 30 "build/test/fuzz/$name.log" | sed 's/^/  | /'
    fail "fuzz: $name"
  done
}
fuzz_one() {
  local out=build/test/fuzz dir
  local -a known=()
  mkdir -p "$out/$1"
  for dir in "tests/fuzz/corpus/$1" "tests/fuzz/regressions/$1"; do if [ -d "$dir" ]; then known+=("$dir"); fi; done
  build/fuzz/fuzz_"$1" -max_total_time="${FUZZ_SECONDS:-10}" -timeout=10 -rss_limit_mb=2048 \
    -artifact_prefix="$out/$1-" "$out/$1" "${known[@]}" >"$out/$1.log" 2>&1 && touch "$out/$1.good"
}

stage_tidy() {
  [ -f build/asan/compile_commands.json ] || run asan-configure cmake --preset asan || return
  local -a sources
  mapfile -t sources < <(changed 'src/*.cpp' 'tools/*.cpp' | grep -v '\.in$')
  if [ ${#sources[@]} -eq 0 ]; then skip "tidy: nothing changed"; return; fi
  local tidy log=build/test/tidy.log
  tidy=$(command -v clang-tidy-16 || command -v clang-tidy-14)
  # Bounded: after a big change the rest is left to the next run.
  printf '%s\0' "${sources[@]}" | timeout "${TIDY_SECONDS:-240}" xargs -0 -n 1 -P "$CORES" \
    "$tidy" -p build/asan --quiet --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-unused-command-line-argument >"$log" 2>/dev/null
  case $? in
    0) pass "tidy: ${#sources[@]} files" ;;
    124) if grep -q 'error:' "$log"; then grep 'error:' "$log" | head -20; fail "tidy"; else skip "tidy: out of time, nothing found so far in ${#sources[@]} files"; fi ;;
    *) grep -E 'error:|warning:' "$log" | head -30; fail "tidy" ;;
  esac
}

stage_tsan() {
  run tsan-configure cmake --preset tsan || return
  run tsan-build cmake --build --preset tsan "-j$CORES" --target unit_runtime || return
  # Without address randomisation: this compiler's TSan knows only the classic layout.
  run tsan-runtime setarch -R build/tsan/unit_runtime
}

stage_interop() {
  if [ ! -x build/deb/bin/stoxd ]; then fail "interop: no build in build/deb/bin (stage deb)"; return; fi
  STOX_BUILD=build/deb/bin tests/interop/run 2>&1 | tee build/test/interop.log
  tally build/test/interop.log
  if [ ! -x build/asan/stoxd ]; then skip "interop against asan: not built"; return; fi
  local -a which=(10 40 41 42 54)
  [ -z "$FULL" ] || which=()
  STOX_BUILD=build/asan tests/interop/run "${which[@]}" 2>&1 | sed -u -E 's/^(PASS|FAIL|SKIP) /&asan /' | tee build/test/interop-asan.log
  tally build/test/interop-asan.log
}

stage_boot() {
  local deb
  deb=$(find build/deb -maxdepth 1 -name 'stoxd_*.deb' 2>/dev/null | head -1)
  if [ -z "$deb" ]; then fail "boot: no package (stage deb)"; return; fi
  timeout 900 tests/package/boot.sh "$deb" 2>&1 | tee build/test/boot.log
  [ "${PIPESTATUS[0]}" -eq 0 ] || grep -q '^FAIL ' build/test/boot.log || fail "boot: ended early"
  tally build/test/boot.log
}
