// SPDX-License-Identifier: Apache-2.0
// The table of features: a new mapping is a new folder here and one line below.
#include "interwork/context.hpp"
#include "interwork/feature.hpp"
#include "interwork/message/message_feature.hpp"

namespace stox::interwork {

std::vector<std::unique_ptr<feature>> make_features(const context& c) {
    std::vector<std::unique_ptr<feature>> features;
    features.push_back(make_message_feature(c));
    return features;
}

}  // namespace stox::interwork
