#pragma once

// The version of the library that these headers belong to. CMakeLists.txt reads the same numbers
// and refuses to configure when they differ from the project's.
#define GYRE_VERSION_MAJOR 0
#define GYRE_VERSION_MINOR 1
#define GYRE_VERSION_PATCH 0
#define GYRE_VERSION_STRING "0.1.0"

// MAJOR * 10000 + MINOR * 100 + PATCH, for comparisons in the preprocessor.
#define GYRE_VERSION (GYRE_VERSION_MAJOR * 10000 + GYRE_VERSION_MINOR * 100 + GYRE_VERSION_PATCH)
