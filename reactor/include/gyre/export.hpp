#pragma once

// The libraries are compiled with hidden visibility, so a symbol that users may link against has
// to be marked. The mark is the same when building and when using the library, because an ELF
// shared object makes no difference between the two; in a static build it changes nothing.
#if defined(__GNUC__)
#define GYRE_API __attribute__((visibility("default")))
#else
#define GYRE_API
#endif
