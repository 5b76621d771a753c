# Choices that belong to whoever owns the build: made only when gyre is that project, and only
# where the user has not chosen. (CMake's Release is -O3 -DNDEBUG. Interprocedural optimisation is
# off; -DCMAKE_INTERPROCEDURAL_OPTIMIZATION=ON turns it on.)
if(NOT PROJECT_IS_TOP_LEVEL)
    return()
endif()

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
    find_program(GYRE_CCACHE ccache)
    mark_as_advanced(GYRE_CCACHE)
    if(GYRE_CCACHE)
        set(CMAKE_CXX_COMPILER_LAUNCHER "${GYRE_CCACHE}")
    endif()
endif()

# For clang-tidy and editors.
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
