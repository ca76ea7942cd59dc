#!/usr/bin/env python3
"""Compiles kernels/ by NVRTC, as the program does: nvrtc.py LIBRARY ARCHITECTURE..."""
import ctypes
import pathlib
import sys


def main():
    nvrtc = ctypes.CDLL(sys.argv[1])
    nvrtc.nvrtcGetErrorString.restype = ctypes.c_char_p

    def check(code, log=""):
        if code != 0:
            sys.exit(f"{nvrtc.nvrtcGetErrorString(code).decode()}\n{log}")

    count = ctypes.c_int()
    check(nvrtc.nvrtcGetNumSupportedArchs(ctypes.byref(count)))
    known = (ctypes.c_int * count.value)()
    check(nvrtc.nvrtcGetSupportedArchs(known))

    headers = sorted(pathlib.Path("kernels").glob("*.cuh"))
    texts = (ctypes.c_char_p * len(headers))(*[header.read_bytes() for header in headers])
    names = (ctypes.c_char_p * len(headers))(*[header.name.encode() for header in headers])
    compiled = 0
    for architecture in sys.argv[2:]:
        if int(architecture) not in known:
            print(f"Skipped: this NVRTC doesn't know sm_{architecture}.")
            continue
        options = [f"--gpu-architecture=sm_{architecture}".encode(), b"--std=c++17"]
        for source in sorted(pathlib.Path("kernels").glob("*.cu")):
            program = ctypes.c_void_p()
            check(
                nvrtc.nvrtcCreateProgram(
                    ctypes.byref(program), source.read_bytes(), source.name.encode(), len(headers), texts, names
                )
            )
            code = nvrtc.nvrtcCompileProgram(program, len(options), (ctypes.c_char_p * len(options))(*options))
            size = ctypes.c_size_t()
            check(nvrtc.nvrtcGetProgramLogSize(program, ctypes.byref(size)))
            log = ctypes.create_string_buffer(size.value)
            check(nvrtc.nvrtcGetProgramLog(program, log))
            check(code, log.value.decode())
            check(nvrtc.nvrtcDestroyProgram(ctypes.byref(program)))
            compiled += 1
    print(f"NVRTC compiled {compiled} files.")


if __name__ == "__main__":
    main()
