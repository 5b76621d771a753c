# The version is written twice, in project() and in version.hpp: refuse to go on if they differ.
set(gyre_version_header "${PROJECT_SOURCE_DIR}/reactor/include/gyre/version.hpp")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${gyre_version_header}")

file(READ "${gyre_version_header}" gyre_version_text)
foreach(part IN ITEMS MAJOR MINOR PATCH)
    string(REGEX MATCH "#define GYRE_VERSION_${part} ([0-9]+)" _ "${gyre_version_text}")
    set(gyre_header_${part} "${CMAKE_MATCH_1}")
endforeach()
string(REGEX MATCH "#define GYRE_VERSION_STRING \"([^\"]*)\"" _ "${gyre_version_text}")
set(gyre_header_string "${CMAKE_MATCH_1}")
set(gyre_header_numbers "${gyre_header_MAJOR}.${gyre_header_MINOR}.${gyre_header_PATCH}")

if(NOT gyre_header_numbers STREQUAL PROJECT_VERSION OR NOT gyre_header_string STREQUAL
                                                           PROJECT_VERSION)
    message(
        FATAL_ERROR
            "CMakeLists.txt says version ${PROJECT_VERSION}, but ${gyre_version_header} says "
            "${gyre_header_numbers} and \"${gyre_header_string}\"")
endif()
