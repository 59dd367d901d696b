// Carries the precompiled Catch2 header; see tests/CMakeLists.txt.
