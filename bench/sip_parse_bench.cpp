// SPDX-License-Identifier: Apache-2.0
// Nanoseconds per SIP message: parse, the typed fields that a server reads, and write.
#include <benchmark/benchmark.h>

#include "bench/sip_samples.hpp"
#include "sip/framer.hpp"
#include "sip/header/cseq.hpp"
#include "sip/header/via.hpp"
#include "sip/message.hpp"
#include "sip/uri.hpp"

using namespace stox::sip;

namespace {

void parse(benchmark::State& state, std::string_view sample) {
    for (auto _ : state) {
        auto m = message::parse(std::string(sample));
        benchmark::DoNotOptimize(m);
    }
}

void parse_check_write(benchmark::State& state, std::string_view sample) {
    for (auto _ : state) {
        const auto m = message::parse(std::string(sample));
        benchmark::DoNotOptimize(check(*m));
        std::string written = m->to_bytes();
        benchmark::DoNotOptimize(written);
    }
}

void typed_access(benchmark::State& state, std::string_view sample) {
    const auto m = message::parse(std::string(sample));
    for (auto _ : state) {
        benchmark::DoNotOptimize(via::parse(m->list("Via").front()));
        benchmark::DoNotOptimize(cseq::parse(*m->header("CSeq")));
        benchmark::DoNotOptimize(name_addr::parse(*m->header("From")));
        benchmark::DoNotOptimize(name_addr::parse(*m->header("To")));
        benchmark::DoNotOptimize(uri::parse(m->request_uri()));
    }
}

void frame(benchmark::State& state, std::string_view sample) {
    framer f;
    for (auto _ : state) {
        f.feed(sample);
        benchmark::DoNotOptimize(f.next());
    }
}

BENCHMARK_CAPTURE(parse, message, samples::sip_message);
BENCHMARK_CAPTURE(parse, invite, samples::sip_invite);
BENCHMARK_CAPTURE(typed_access, message, samples::sip_message);
BENCHMARK_CAPTURE(typed_access, invite, samples::sip_invite);
BENCHMARK_CAPTURE(parse_check_write, message, samples::sip_message);
BENCHMARK_CAPTURE(parse_check_write, invite, samples::sip_invite);
BENCHMARK_CAPTURE(frame, message, samples::sip_message);

}  // namespace

BENCHMARK_MAIN();
