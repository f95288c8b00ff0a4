# SPDX-License-Identifier: Apache-2.0
stox_fuzz(dns dns)
stox_fuzz(config config)
