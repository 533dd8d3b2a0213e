"""The real MicroPython virtual machine with float32, as a shared library inside this process."""
