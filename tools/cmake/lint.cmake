# SPDX-License-Identifier: Apache-2.0
# Checks as part of the build: `lint` runs before stoxd when a source changed; `headers` compiles each header
# alone (not part of `all`).
find_package(Python3 REQUIRED COMPONENTS Interpreter)

file(GLOB_RECURSE lint_inputs CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/*.cpp ${CMAKE_SOURCE_DIR}/src/*.hpp
     ${CMAKE_SOURCE_DIR}/tools/stox/*.cpp ${CMAKE_SOURCE_DIR}/tools/stox/*.hpp ${CMAKE_SOURCE_DIR}/tools/checks/*.py)
set(lint_stamp ${CMAKE_BINARY_DIR}/lint.stamp)
add_custom_command(
    OUTPUT ${lint_stamp}
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/checks/check_coro.py ${CMAKE_SOURCE_DIR}
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/checks/check_layers.py ${CMAKE_SOURCE_DIR}
    COMMAND ${CMAKE_COMMAND} -E touch ${lint_stamp}
    DEPENDS ${lint_inputs} ${CMAKE_SOURCE_DIR}/src/CMakeLists.txt
    COMMENT "Checking layers and coroutine rules"
    VERBATIM)
add_custom_target(lint DEPENDS ${lint_stamp})
add_dependencies(stoxd lint)

file(GLOB_RECURSE all_headers CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/src/*.hpp)
set(header_sources)
foreach(header ${all_headers})
    string(REPLACE "/" "_" name ${header})
    set(source ${CMAKE_BINARY_DIR}/headers/${name}.cpp)
    file(CONFIGURE OUTPUT ${source} CONTENT "#include \"${header}\"\n" @ONLY)
    list(APPEND header_sources ${source})
endforeach()
add_library(headers OBJECT EXCLUDE_FROM_ALL ${header_sources})
target_link_libraries(headers PRIVATE stox_app)
