# What all targets of this project have in common.

set(gyre_warnings
    -Wall
    -Wextra
    -Wpedantic
    -Wconversion
    -Wsign-conversion
    -Wshadow
    -Wold-style-cast
    -Wnon-virtual-dtor
    -Woverloaded-virtual
    -Wcast-qual
    -Wformat=2
    -Wundef
    -Wextra-semi)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # GCC 12 warns about `"text" + std::to_string(n)` (its bug 105651, mended in 13).
    list(APPEND gyre_warnings -Wno-restrict)
endif()
if(GYRE_WARNINGS_AS_ERRORS)
    list(APPEND gyre_warnings -Werror)
endif()

# Language level, warnings and visibility for one of our own targets.
function(gyre_target_defaults target)
    target_compile_features(${target} PUBLIC cxx_std_20)
    target_compile_options(${target} PRIVATE ${gyre_warnings})
    set_target_properties(
        ${target}
        PROPERTIES CXX_EXTENSIONS OFF
                   CXX_VISIBILITY_PRESET hidden
                   VISIBILITY_INLINES_HIDDEN ON)
endfunction()

# gyre_add_library(NAME): makes the library gyre_NAME, alias gyre::NAME, of the current folder: its
# sources are src/*.cpp, its public headers include/**.hpp. It is static, or shared with
# BUILD_SHARED_LIBS=ON; CMake makes the code position-independent only in the second case.
function(gyre_add_library name)
    set(target gyre_${name})
    file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/src/*.cpp")
    file(GLOB_RECURSE headers CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/include/*.hpp")

    add_library(${target} ${sources})
    add_library(gyre::${name} ALIAS ${target})
    gyre_target_defaults(${target})
    # PUBLIC FILE_SET puts include/ on the include path, installs the headers and lets the target
    # all_verify_interface_header_sets compile each of them alone.
    target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS include FILES ${headers})
    target_include_directories(${target} PRIVATE src)
    set_target_properties(
        ${target}
        PROPERTIES EXPORT_NAME ${name}
                   LINKER_LANGUAGE CXX
                   VERSION ${PROJECT_VERSION}
                   SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
                   INSTALL_RPATH "$ORIGIN"
                   VERIFY_INTERFACE_HEADER_SETS ON)
endfunction()
