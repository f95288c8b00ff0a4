// SPDX-License-Identifier: Apache-2.0
// Nanoseconds per stanza: read from a stream, the addresses made canonical, and written again.
#include <benchmark/benchmark.h>

#include <string>

#include "bench/stanza_samples.hpp"
#include "xml/reader.hpp"
#include "xmpp/jid.hpp"

using namespace stox;

namespace {

// One reader for many stanzas, as on a stream.
template <class F>
void on_stream(benchmark::State& state, std::string_view sample, F&& on_stanza) {
    xml::stream_reader::events e;
    e.stanza = on_stanza;
    xml::stream_reader reader({}, e);
    auto fault = reader.feed(bench::stream_header);
    for (auto _ : state) {
        fault = reader.feed(sample);
        benchmark::DoNotOptimize(fault);
    }
    if (fault) state.SkipWithError("the sample is refused");
}

void read(benchmark::State& state, std::string_view sample) {
    on_stream(state, sample, [](xml::element e) { benchmark::DoNotOptimize(e); });
}

void read_write(benchmark::State& state, std::string_view sample) {
    on_stream(state, sample, [](xml::element e) {
        std::string bytes = xml::to_bytes(e, "jabber:server");
        benchmark::DoNotOptimize(bytes);
    });
}

void read_addresses(benchmark::State& state, std::string_view sample) {
    on_stream(state, sample, [](xml::element e) {
        benchmark::DoNotOptimize(xmpp::jid::parse(xml::attribute(e, "from")));
        benchmark::DoNotOptimize(xmpp::jid::parse(xml::attribute(e, "to")));
    });
}

void jid(benchmark::State& state, std::string_view text) {
    for (auto _ : state) benchmark::DoNotOptimize(xmpp::jid::parse(text));
}

void new_stream(benchmark::State& state) {
    for (auto _ : state) {
        xml::stream_reader reader({}, {});
        benchmark::DoNotOptimize(reader.feed(bench::stream_header));
    }
}

}  // namespace

BENCHMARK_CAPTURE(read, chat, bench::chat);
BENCHMARK_CAPTURE(read, disco, bench::disco);
BENCHMARK_CAPTURE(read_write, chat, bench::chat);
BENCHMARK_CAPTURE(read_addresses, chat, bench::chat);
BENCHMARK_CAPTURE(jid, ascii, "romeo@xmpp.test/gajim.7QX2");
BENCHMARK_CAPTURE(jid, unicode, "j\xC3\xBCrgen@xmpp.test/B\xC3\xBCro");
BENCHMARK_CAPTURE(jid, unicode_domain,
                  "juergen@b\xC3\xBC"
                  "cher.test/x");
BENCHMARK(new_stream);
BENCHMARK_MAIN();
