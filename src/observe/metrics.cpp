// SPDX-License-Identifier: Apache-2.0
#include "observe/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace stox::metrics {
namespace {

prometheus::Registry& registry() {
    static prometheus::Registry instance;
    return instance;
}

}  // namespace

counter::counter(const std::string& name, const std::string& help, const labels& l)
    : counter_(prometheus::BuildCounter().Name(name).Help(help).Register(registry()).Add(l)) {}
void counter::add(double n) { counter_.Increment(n); }
double counter::value() const { return counter_.Value(); }

gauge::gauge(const std::string& name, const std::string& help, const labels& l)
    : gauge_(prometheus::BuildGauge().Name(name).Help(help).Register(registry()).Add(l)) {}
void gauge::set(double value) { gauge_.Set(value); }
void gauge::add(double n) { gauge_.Increment(n); }
double gauge::value() const { return gauge_.Value(); }

std::map<std::string, double> totals() {
    std::map<std::string, double> out;
    for (const auto& family : registry().Collect()) {
        if (family.type != prometheus::MetricType::Counter) continue;
        double sum = 0;
        for (const auto& metric : family.metric) sum += metric.counter.value;
        if (sum > 0) out[family.name] = sum;
    }
    return out;
}

std::string text() { return prometheus::TextSerializer().Serialize(registry().Collect()); }

}  // namespace stox::metrics
