// SPDX-License-Identifier: Apache-2.0
// The two clocks. Timers run on steady time (they survive a change of the wall clock); what is shown to
// people, put into protocols or compared with certificates is wall time.
#pragma once

#include <chrono>

namespace stox {

using steady_clock = std::chrono::steady_clock;
using steady_time = steady_clock::time_point;
using wall_clock = std::chrono::system_clock;
using wall_time = wall_clock::time_point;
using std::chrono::milliseconds;
using std::chrono::seconds;

}  // namespace stox
