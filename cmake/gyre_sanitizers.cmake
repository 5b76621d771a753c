# GYRE_SANITIZE and GYRE_FUZZ change how everything below is compiled, tests and examples included:
# a sanitizer sees only what was compiled with it.
if(GYRE_SANITIZE)
    add_compile_options(
        "-fsanitize=${GYRE_SANITIZE}" -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options("-fsanitize=${GYRE_SANITIZE}")
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # The instrumentation hides initialisations from GCC; the other presets keep this warning.
        add_compile_options(-Wno-maybe-uninitialized)
        if(GYRE_SANITIZE MATCHES "thread")
            # Asio uses std::atomic_thread_fence, which GCC's ThreadSanitizer says it cannot see.
            add_compile_options(-Wno-tsan)
        endif()
    endif()
endif()

if(GYRE_FUZZ)
    if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
        message(FATAL_ERROR "GYRE_FUZZ needs Clang: libFuzzer comes with it")
    endif()
    # Coverage feedback for the libraries; only the fuzz targets link libFuzzer's own main().
    add_compile_options(-fsanitize=fuzzer-no-link)
    add_link_options(-fsanitize=fuzzer-no-link)
endif()
