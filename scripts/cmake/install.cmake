# What `cmake --install` puts where: the program, the library with its headers, a CMake package
# (find_package(vernier), target vernier::vernier) and a pkg-config file. Worker scripts and the
# report schema are installed by the folders that own them.
include(CMakePackageConfigHelpers)

install(TARGETS vernier EXPORT vernierTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT development)
install(TARGETS vernier_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/lib/include/vernier
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/vernier)
install(EXPORT vernierTargets NAMESPACE vernier:: DESTINATION ${package_dir}
  COMPONENT development)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/vernierConfig.cmake.in
  ${PROJECT_BINARY_DIR}/package/vernierConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/vernierConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/package/vernierConfig.cmake
  ${PROJECT_BINARY_DIR}/package/vernierConfigVersion.cmake
  DESTINATION ${package_dir} COMPONENT development)

# Relative, so that the installed tree can be moved.
file(RELATIVE_PATH VERNIER_PC_UP /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" VERNIER_PC_UP "${VERNIER_PC_UP}")
configure_file(${CMAKE_CURRENT_LIST_DIR}/vernier.pc.in
  ${PROJECT_BINARY_DIR}/package/vernier.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/package/vernier.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
