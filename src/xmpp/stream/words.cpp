// SPDX-License-Identifier: Apache-2.0
#include "xmpp/stream/words.hpp"

#include <boost/system/system_error.hpp>

namespace stox::xmpp::stream {

std::string transport_words(const std::exception_ptr& e) {
    try {
        std::rethrow_exception(e);
    } catch (const boost::system::system_error& error) {
        return error.code().message();
    } catch (const std::exception& error) {
        return error.what();
    } catch (...) {
        return "unknown failure";
    }
}

}  // namespace stox::xmpp::stream
