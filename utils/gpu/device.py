#!/usr/bin/env python3
"""Says which GPU there is, in one line, or on standard error what is missing; exits with 1 then."""
import ctypes
import sys

MAJOR, MINOR = 75, 76  # attributes of a device: its compute capability
# The chips that the compiler and ptxas know. Machine code for one runs on what is later of the same ten.
CHIPS = (80, 86, 87, 88, 89, 90, 100, 103, 110, 120, 121)


class NoDevice(Exception):
    """What is missing, in words."""


def find_device():
    """(name, compute capability as 90) of the first NVIDIA GPU; raises NoDevice."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError as error:
        raise NoDevice(f"there is no NVIDIA driver here: {error}")

    def call(function, *arguments):
        result = getattr(driver, function)(*arguments)
        if result:
            name = ctypes.c_char_p()
            driver.cuGetErrorName(result, ctypes.byref(name))
            raise NoDevice(f"{function} failed with {(name.value or b'an unknown error').decode()} ({result})")

    count, device, text, value = ctypes.c_int(), ctypes.c_int(), ctypes.create_string_buffer(256), ctypes.c_int()
    call("cuInit", 0)
    call("cuDeviceGetCount", ctypes.byref(count))
    if count.value == 0:
        raise NoDevice("there is an NVIDIA driver, but no device")
    call("cuDeviceGet", ctypes.byref(device), 0)
    call("cuDeviceGetName", text, len(text), device)
    capability = []
    for attribute in (MAJOR, MINOR):
        call("cuDeviceGetAttribute", ctypes.byref(value), attribute, device)
        capability.append(value.value)
    return text.value.decode(), 10 * capability[0] + capability[1]


def chip_for(capability):
    """The chip to compile for: with the instructions that only this one has, where we use them; raises NoDevice."""
    fitting = [chip for chip in CHIPS if chip <= capability and chip // 10 == capability // 10]
    if not fitting:
        raise NoDevice(f"kernels cannot be compiled for sm_{capability}, only for {', '.join(f'sm_{chip}' for chip in CHIPS)}")
    return "sm_90a" if fitting[-1] == 90 else f"sm_{fitting[-1]}"


def main():
    try:
        name, capability = find_device()
    except NoDevice as missing:
        sys.exit(f"no GPU: {missing}; --prepare=FOLDER makes what a machine with one needs")
    print(f"{name}, sm_{capability}")


if __name__ == "__main__":
    main()
