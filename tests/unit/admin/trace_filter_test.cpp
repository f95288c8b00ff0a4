// SPDX-License-Identifier: Apache-2.0
#include "admin/trace_filter.hpp"

#include <catch2/catch.hpp>

using namespace stox;
using namespace stox::admin;

namespace {

bool shows(const std::string& wanted, const std::string& summary) {
    const observe::journal past{10, 10'000};
    const observe::conversation_ids live{10};
    request r;
    r.addresses = {wanted};
    trace_filter filter(r, past, live);
    observe::journal_entry e;
    e.summary = summary;
    return filter.matches(e);
}

}  // namespace

TEST_CASE("trace filter: an address is a whole one, not a piece of another") {
    CHECK(shows("ann@x.example", "MESSAGE from ann@x.example"));
    CHECK(shows("ann@x.example", "MESSAGE sip:Ann@X.example;transport=tcp"));
    CHECK(shows("ann@x.example", "from='ann@x.example' refused"));
    CHECK(shows("ann@x.example", "refused: ann@x.example."));
    CHECK(shows("ann@x.example", "joann@x.example wrote to ann@x.example"));
    CHECK_FALSE(shows("ann@x.example", "MESSAGE from joann@x.example"));
    CHECK_FALSE(shows("ann@x.example", "MESSAGE from jo.ann@x.example"));
    CHECK_FALSE(shows("ann@x.example", "MESSAGE from ann@x.example.org"));
    CHECK_FALSE(shows("ann@x.example", "MESSAGE from ann@x.example-two.org"));
}

TEST_CASE("trace filter: a domain stands for its users, not for those of its neighbours") {
    CHECK(shows("x.example", "MESSAGE from ann@x.example"));
    CHECK_FALSE(shows("x.example", "MESSAGE from ann@sub.x.example"));
    CHECK_FALSE(shows("x.example", "MESSAGE from ann@max.example"));
}
