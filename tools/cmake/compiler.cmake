# SPDX-License-Identifier: Apache-2.0
# Flags for every target: warnings, sanitizers, hardening, and what keeps compile and link time low.

find_program(STOX_CCACHE ccache)
if(STOX_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${STOX_CCACHE})
endif()
find_program(STOX_LLD NAMES ld.lld)
if(STOX_LLD AND NOT STOX_HARDENING)
    add_link_options(-fuse-ld=lld)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion)
if(STOX_WERROR)
    add_compile_options(-Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 reports these falsely inside coroutine frames (Asio's own operator new) and inlined std::string.
    add_compile_options(-Wno-maybe-uninitialized -Wno-restrict -Wno-dangling-pointer -Wno-mismatched-new-delete)
endif()

set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
if(STOX_SANITIZE)
    list(JOIN STOX_SANITIZE "," STOX_SANITIZE_LIST)
    add_compile_options(-fsanitize=${STOX_SANITIZE_LIST} -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${STOX_SANITIZE_LIST})
    if("undefined" IN_LIST STOX_SANITIZE)
        # The vptr check alone would double the compile time; every other check stays.
        add_compile_options(-fno-sanitize-recover=all -fno-sanitize=vptr)
    endif()
    if("thread" IN_LIST STOX_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        add_compile_options(-Wno-tsan)
    endif()
    add_compile_definitions(STOX_SANITIZED=1)
endif()

if(STOX_FUZZ)
    # Coverage of all that is linked, or the fuzzer runs blind.
    set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(STOX_HARDENING)
    set(CMAKE_POSITION_INDEPENDENT_CODE ON)
    set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")
    add_compile_options(
        -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -D_GLIBCXX_ASSERTIONS -fstack-protector-strong -fstack-clash-protection
        -ftrivial-auto-var-init=zero -fPIE)
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|amd64")
        add_compile_options(-fcf-protection=full)
    endif()
    add_link_options(-pie -Wl,-z,relro,-z,now,-z,noexecstack)
endif()
