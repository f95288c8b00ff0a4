// SPDX-License-Identifier: Apache-2.0
// Asio's one compiled copy (BOOST_ASIO_SEPARATE_COMPILATION); see docs/build-time.md.
#include <boost/asio/impl/src.hpp>
