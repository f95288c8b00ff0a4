// SPDX-License-Identifier: Apache-2.0
// Metrics counters and gauges, declared beside what feeds them as members of the class that counts:
//     metrics::counter received_{"stox_sip_messages_received_total", "SIP messages received", {{"transport",
//     "udp"}}};
// The same name and labels give the same counter. Cheap (one relaxed atomic); usable from any thread.
#pragma once

#include <map>
#include <string>

namespace prometheus {
class Counter;
class Gauge;
}  // namespace prometheus

namespace stox::metrics {

using labels = std::map<std::string, std::string>;

class counter {
  public:
    /// `name` ends in _total; `help` is one sentence.
    counter(const std::string& name, const std::string& help, const labels& l = {});
    void add(double n = 1);
    double value() const;

  private:
    prometheus::Counter& counter_;
};

class gauge {
  public:
    gauge(const std::string& name, const std::string& help, const labels& l = {});
    void set(double value);
    void add(double n);
    double value() const;

  private:
    prometheus::Gauge& gauge_;
};

/// The counters that have counted, by name; labels summed up.
std::map<std::string, double> totals();

/// All metrics in the Prometheus text format.
std::string text();

}  // namespace stox::metrics
