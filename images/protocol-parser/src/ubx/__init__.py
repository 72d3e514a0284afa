"""The UBX protocol of u-blox receivers: frames, checksums and the messages that this application needs."""


def capture():
    """The capture that lies beside this package, as a view of its bytes."""
    path = __file__.rsplit("/", 1)[0] + "/capture.bin"
    f = open(path, "rb")
    try:
        # A file of an image gives its bytes where they lie in flash: nothing is copied.
        return memoryview(f)
    except TypeError:
        return memoryview(f.read())
