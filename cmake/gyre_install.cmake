# `cmake --install` gives a tree in which find_package(gyre CONFIG) finds gyre::reactor and
# gyre::http.
include(CMakePackageConfigHelpers)

set(gyre_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/gyre")

install(
    TARGETS gyre_reactor gyre_http
    EXPORT gyreTargets
    FILE_SET HEADERS)
install(
    EXPORT gyreTargets
    NAMESPACE gyre::
    DESTINATION "${gyre_package_dir}")

configure_package_config_file(
    "${PROJECT_SOURCE_DIR}/cmake/gyreConfig.cmake.in" "${PROJECT_BINARY_DIR}/gyreConfig.cmake"
    INSTALL_DESTINATION "${gyre_package_dir}"
    NO_SET_AND_CHECK_MACRO)
# Before 1.0 a new minor version may break its users.
write_basic_package_version_file(
    "${PROJECT_BINARY_DIR}/gyreConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(
    FILES "${PROJECT_BINARY_DIR}/gyreConfig.cmake"
          "${PROJECT_BINARY_DIR}/gyreConfigVersion.cmake"
          "${PROJECT_SOURCE_DIR}/cmake/Findbrotli.cmake"
          "${PROJECT_SOURCE_DIR}/cmake/Findc-ares.cmake"
          "${PROJECT_SOURCE_DIR}/cmake/Findlibidn2.cmake"
          "${PROJECT_SOURCE_DIR}/cmake/Findlibpsl.cmake"
    DESTINATION "${gyre_package_dir}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
