# C of our own in every image for an RP2 chip, as a user module of MicroPython.
add_library(perilune_ports INTERFACE)
target_sources(perilune_ports INTERFACE ${CMAKE_CURRENT_LIST_DIR}/usb_line.c)
target_link_libraries(usermod INTERFACE perilune_ports)
