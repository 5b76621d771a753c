# How each kind of test under test/ becomes a ctest test.
include(GoogleTest)

# The libraries that the private headers of gyre include.
set(gyre_private_dependencies OpenSSL::SSL OpenSSL::Crypto c-ares::cares ZLIB::ZLIB brotli::encoder
                              brotli::decoder libpsl::libpsl libidn2::libidn2
                              Boost::headers Boost::json Boost::url)

# test/support/*.cpp: helpers that all tests share, included as "support/NAME.hpp".
function(gyre_add_test_support)
    file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/support/*.cpp")
    if(sources)
        add_library(gyre_test_support STATIC ${sources})
        gyre_target_defaults(gyre_test_support)
        target_include_directories(gyre_test_support PRIVATE ../http/src ../reactor/src)
        set(usage PUBLIC)
    else()
        add_library(gyre_test_support INTERFACE)
        set(usage INTERFACE)
    endif()
    target_include_directories(gyre_test_support ${usage} "${CMAKE_CURRENT_SOURCE_DIR}")
    target_link_libraries(gyre_test_support ${usage} gyre::http gyre::reactor GTest::gtest
                                                     ${gyre_private_dependencies})
endfunction()

# test/NAME/*.cpp, if there are any: the program gyre_NAME_test, whose tests ctest knows as
# NAME.SUITE.TEST. The further arguments are folders of private headers.
function(gyre_add_gtest name)
    file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp")
    if(NOT sources)
        return()
    endif()
    set(target gyre_${name}_test)
    add_executable(${target} ${sources})
    gyre_target_defaults(${target})
    # GoogleTest's macros are if statements, which makes GCC wary of `if (…) EXPECT_…`.
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-dangling-else>)
    # What is tested is optimised as its preset says; the tests themselves compile in half the time
    # without, and they are most of what there is to compile.
    target_compile_options(${target} PRIVATE $<IF:$<CONFIG:Release>,-O1,-O0>)
    # UBSan's checks double that time again. They are for the library, and for the templates of its
    # headers, with which the contract's tests deal.
    if(GYRE_SANITIZE MATCHES "undefined" AND NOT name STREQUAL "contract")
        target_compile_options(${target} PRIVATE -fno-sanitize=undefined)
    endif()
    target_include_directories(${target} PRIVATE ${ARGN})
    target_link_libraries(${target} PRIVATE gyre_test_support GTest::gmock GTest::gtest_main)
    if(GYRE_TEST_PARTS)
        gyre_add_test_parts(${name} ${target})
        return()
    endif()
    # Asking the program for its tests when ctest starts, not after linking, keeps the build short.
    gtest_discover_tests(
        ${target}
        TEST_PREFIX "${name}."
        WORKING_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}"
        DISCOVERY_MODE PRE_TEST
        DISCOVERY_TIMEOUT 60
        PROPERTIES TIMEOUT 60)
endfunction()

# The program in so many parts, each with every so-manieth test: a process for each test costs more
# than the test itself where a sanitizer has to start.
function(gyre_add_test_parts name target)
    foreach(part RANGE 1 ${GYRE_TEST_PARTS})
        math(EXPR index "${part} - 1")
        add_test(NAME ${name}.part_${part} COMMAND ${target} --gtest_brief=1)
        set_tests_properties(
            ${name}.part_${part}
            PROPERTIES ENVIRONMENT
                       "GTEST_TOTAL_SHARDS=${GYRE_TEST_PARTS};GTEST_SHARD_INDEX=${index}"
                       TIMEOUT 600)
    endforeach()
endfunction()

# test/examples/*.py and *.sh: tests of the example programs, except files that others include
# (_* and common*). The binaries are in $GYRE_EXAMPLES, the sources in $GYRE_SOURCE. Likewise
# test/browser/*.py, which use those files, too, and skip themselves where there is no browser.
function(gyre_add_script_tests)
    if(NOT GYRE_BUILD_EXAMPLES)
        message(STATUS "gyre: GYRE_BUILD_EXAMPLES is off, so their tests are left out")
        return()
    endif()
    file(GLOB scripts CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/examples/*.py"
         "${CMAKE_CURRENT_SOURCE_DIR}/examples/*.sh" "${CMAKE_CURRENT_SOURCE_DIR}/browser/*.py")
    list(FILTER scripts EXCLUDE REGEX "/(_|common)[^/]*$")
    foreach(script IN LISTS scripts)
        cmake_path(GET script STEM name)
        cmake_path(GET script EXTENSION extension)
        if(extension STREQUAL ".py")
            # Not the first python3 on the PATH: Debian's modules belong to Debian's Python.
            set(interpreter /usr/bin/python3 -B)
        else()
            set(interpreter bash)
        endif()
        cmake_path(GET script PARENT_PATH folder)
        cmake_path(GET folder FILENAME kind)
        add_test(NAME ${kind}.${name} COMMAND ${interpreter} "${script}")
        set_tests_properties(
            ${kind}.${name}
            PROPERTIES ENVIRONMENT
                       "GYRE_EXAMPLES=${PROJECT_BINARY_DIR}/examples;GYRE_SOURCE=${PROJECT_SOURCE_DIR};GYRE_SLOW_CALLBACK=0;PYTHONPATH=${CMAKE_CURRENT_SOURCE_DIR}/examples"
                       SKIP_RETURN_CODE 77
                       TIMEOUT 120)
    endforeach()
endfunction()

# test/install: a project of its own, built against what `cmake --install` installs.
function(gyre_add_install_test)
    if(NOT GYRE_INSTALL)
        return()
    endif()
    set(flags ${CMAKE_CXX_FLAGS})
    if(GYRE_SANITIZE)
        # Sanitized archives need the sanitizer's run-time library at the user's link step too.
        string(APPEND flags " -fsanitize=${GYRE_SANITIZE}")
    endif()
    add_test(NAME install.consumer COMMAND bash "${CMAKE_CURRENT_SOURCE_DIR}/install/run.sh")
    set_tests_properties(
        install.consumer
        PROPERTIES
            ENVIRONMENT
            "GYRE_BUILD=${PROJECT_BINARY_DIR};GYRE_SOURCE=${PROJECT_SOURCE_DIR};CMAKE=${CMAKE_COMMAND};CXX=${CMAKE_CXX_COMPILER};CXXFLAGS=${flags};CMAKE_GENERATOR=${CMAKE_GENERATOR}"
            TIMEOUT 300)
endfunction()

# test/fuzz/NAME.cpp with test/fuzz/corpus/NAME/, and NAME.dict if there is one. With GYRE_FUZZ=ON:
# the libFuzzer program fuzz_NAME, run for five seconds as test fuzz.NAME. Without: the same source
# with replay_main.cpp, which runs the corpus once as test fuzz_replay.NAME.
function(gyre_add_fuzz_targets)
    file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/fuzz/*.cpp")
    list(FILTER sources EXCLUDE REGEX "/replay_main\\.cpp$")
    add_custom_target(gyre_fuzz_targets)
    foreach(source IN LISTS sources)
        cmake_path(GET source STEM name)
        set(corpus "${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/${name}")
        if(GYRE_FUZZ)
            gyre_add_fuzzer(${name} "${source}" "${corpus}")
        else()
            gyre_add_fuzz_program(fuzz_replay_${name} "${source}" fuzz/replay_main.cpp)
            # Where a sanitizer looks on, changed copies of the corpus are worth running, too.
            if(GYRE_SANITIZE)
                set(mutate --mutate 5)
            endif()
            add_test(NAME fuzz_replay.${name} COMMAND fuzz_replay_${name} ${mutate} "${corpus}")
            set_tests_properties(fuzz_replay.${name} PROPERTIES TIMEOUT 120)
        endif()
    endforeach()
endfunction()

function(gyre_add_fuzz_program target)
    add_executable(${target} ${ARGN})
    gyre_target_defaults(${target})
    target_include_directories(${target} PRIVATE ../http/src ../reactor/src)
    target_link_libraries(${target} PRIVATE gyre_test_support)
    add_dependencies(gyre_fuzz_targets ${target})
endfunction()

function(gyre_add_fuzzer name source corpus)
    gyre_add_fuzz_program(fuzz_${name} "${source}")
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)

    # libFuzzer writes what it finds to the first folder and only reads the second.
    set(found "${CMAKE_CURRENT_BINARY_DIR}/fuzz/${name}")
    file(MAKE_DIRECTORY "${found}")
    set(dictionary "${CMAKE_CURRENT_SOURCE_DIR}/fuzz/${name}.dict")
    if(EXISTS "${dictionary}")
        set(dictionary_option "-dict=${dictionary}")
    else()
        set(dictionary_option "")
    endif()
    add_test(
        NAME fuzz.${name}
        COMMAND fuzz_${name} -max_total_time=5 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1
                "-artifact_prefix=${CMAKE_CURRENT_BINARY_DIR}/fuzz/${name}-" ${dictionary_option}
                "${found}" "${corpus}")
    set_tests_properties(fuzz.${name} PROPERTIES TIMEOUT 60)
endfunction()

# test/attack/*.cpp: the programs that the commands of that folder attack; no tests.
function(gyre_add_attack_programs)
    file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/attack/*.cpp")
    foreach(source IN LISTS sources)
        cmake_path(GET source STEM name)
        add_executable(${name} "${source}")
        gyre_target_defaults(${name})
        target_link_libraries(${name} PRIVATE gyre::http gyre::reactor)
    endforeach()
endfunction()

# test/bench/*.cpp, with Google Benchmark: programs, not tests. Those that include peers.hpp measure
# libuv and libevent beside gyre. They stand in the target gyre_benchmarks.
function(gyre_add_benchmarks)
    if(NOT GYRE_BENCH)
        return()
    endif()
    find_package(benchmark REQUIRED)
    find_package(PkgConfig REQUIRED)
    pkg_check_modules(gyre_peers REQUIRED IMPORTED_TARGET libuv libevent_core)
    add_custom_target(gyre_benchmarks)
    file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/bench/*.cpp")
    foreach(source IN LISTS sources)
        cmake_path(GET source STEM name)
        add_executable(bench_${name} "${source}")
        gyre_target_defaults(bench_${name})
        target_include_directories(bench_${name} PRIVATE ../http/src ../reactor/src)
        target_link_libraries(bench_${name} PRIVATE gyre_test_support benchmark::benchmark_main)
        file(STRINGS "${source}" peers REGEX "#include \"peers.hpp\"")
        if(peers)
            target_link_libraries(bench_${name} PRIVATE PkgConfig::gyre_peers)
        endif()
        add_dependencies(gyre_benchmarks bench_${name})
    endforeach()
endfunction()
