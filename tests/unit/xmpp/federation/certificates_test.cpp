// SPDX-License-Identifier: Apache-2.0
// Brings the certificate maker of the net tests into this test program.
#include "tests/unit/net/test_certificates_test.cpp"  // NOLINT(bugprone-suspicious-include)
