# Finds c-ares, whose Debian package has no CMake files. Gives the target c-ares::cares, under the
# name that c-ares's own package config uses. Installed with gyre for the sake of static linking.
include(FindPackageHandleStandardArgs)

find_path(c-ares_INCLUDE_DIR NAMES ares.h)
find_library(c-ares_LIBRARY NAMES cares)
mark_as_advanced(c-ares_INCLUDE_DIR c-ares_LIBRARY)

find_package_handle_standard_args(c-ares REQUIRED_VARS c-ares_LIBRARY c-ares_INCLUDE_DIR)

if(c-ares_FOUND AND NOT TARGET c-ares::cares)
    add_library(c-ares::cares UNKNOWN IMPORTED)
    set_target_properties(
        c-ares::cares PROPERTIES IMPORTED_LOCATION "${c-ares_LIBRARY}"
                                 INTERFACE_INCLUDE_DIRECTORIES "${c-ares_INCLUDE_DIR}")
endif()
