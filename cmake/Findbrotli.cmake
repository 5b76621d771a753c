# Finds brotli, whose Debian package has no CMake files. Gives the targets brotli::encoder and
# brotli::decoder. Installed with gyre for the sake of static linking.
include(FindPackageHandleStandardArgs)

find_path(brotli_INCLUDE_DIR NAMES brotli/encode.h)
find_library(brotli_COMMON_LIBRARY NAMES brotlicommon)
find_library(brotli_ENCODER_LIBRARY NAMES brotlienc)
find_library(brotli_DECODER_LIBRARY NAMES brotlidec)
mark_as_advanced(brotli_INCLUDE_DIR brotli_COMMON_LIBRARY brotli_ENCODER_LIBRARY
                 brotli_DECODER_LIBRARY)

find_package_handle_standard_args(
    brotli REQUIRED_VARS brotli_ENCODER_LIBRARY brotli_DECODER_LIBRARY brotli_COMMON_LIBRARY
                         brotli_INCLUDE_DIR)

foreach(part IN ITEMS encoder decoder)
    if(brotli_FOUND AND NOT TARGET brotli::${part})
        string(TOUPPER ${part} upper)
        add_library(brotli::${part} UNKNOWN IMPORTED)
        set_target_properties(
            brotli::${part}
            PROPERTIES IMPORTED_LOCATION "${brotli_${upper}_LIBRARY}"
                       INTERFACE_INCLUDE_DIRECTORIES "${brotli_INCLUDE_DIR}"
                       INTERFACE_LINK_LIBRARIES "${brotli_COMMON_LIBRARY}")
    endif()
endforeach()
