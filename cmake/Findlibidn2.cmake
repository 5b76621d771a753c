# Finds libidn2, whose Debian package has no CMake files. Gives the target libidn2::libidn2. Installed with gyre
# for the sake of static linking.
include(FindPackageHandleStandardArgs)

find_path(libidn2_INCLUDE_DIR NAMES idn2.h)
find_library(libidn2_LIBRARY NAMES idn2)
mark_as_advanced(libidn2_INCLUDE_DIR libidn2_LIBRARY)

find_package_handle_standard_args(libidn2 REQUIRED_VARS libidn2_LIBRARY libidn2_INCLUDE_DIR)

if(libidn2_FOUND AND NOT TARGET libidn2::libidn2)
    add_library(libidn2::libidn2 UNKNOWN IMPORTED)
    set_target_properties(libidn2::libidn2 PROPERTIES IMPORTED_LOCATION "${libidn2_LIBRARY}"
                                            INTERFACE_INCLUDE_DIRECTORIES "${libidn2_INCLUDE_DIR}")
endif()
