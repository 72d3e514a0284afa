"""Streams: anything with read, readline and write that `select.poll` can watch; and TCP, where a board has `socket`."""

import sys

from . import core


class Stream:
    """Reads and writes without keeping other tasks from running. One class serves for both directions."""

    def __init__(self, s, extra=None):
        self.s = s
        self.e = extra or {}
        self.out_buf = b""

    def get_extra_info(self, name):
        return self.e[name]

    def close(self):
        pass

    async def wait_closed(self):
        self.s.close()

    # async
    def _when_readable(self, transfer, *args):
        """What a transfer gives once it need not wait."""
        while True:
            core._io_queue.queue_read(self.s)
            yield
            got = transfer(*args)
            if got is not None:
                return got

    # async
    def read(self, n=-1):
        if n >= 0:
            return (yield from self._when_readable(self.s.read, n))
        parts = []
        while True:
            part = yield from self._when_readable(self.s.read, n)
            if not part:
                return b"".join(parts)
            parts.append(part)

    # async
    def readinto(self, buf):
        core._io_queue.queue_read(self.s)
        yield
        return self.s.readinto(buf)

    # async
    def readexactly(self, n):
        got = b""
        while len(got) < n:
            part = yield from self._when_readable(self.s.read, n - len(got))
            if not part:
                raise EOFError
            got += part
        return got

    # async
    def readline(self):
        line = None
        while True:
            part = yield from self._when_readable(self.s.readline)
            line = part if line is None else line + part
            # A stream of text gives str.
            if not part or line[-1] in ("\n", 10):
                return line

    def write(self, buf):
        """Writes what can be written now and keeps the rest for `drain`."""
        if self.out_buf:
            self.out_buf += buf
            return
        n = self.s.write(buf) or 0
        if n < len(buf):
            # A buffer that its owner may change is copied.
            self.out_buf = buf if n == 0 and isinstance(buf, bytes) else bytes(memoryview(buf)[n:])

    # async
    def drain(self):
        if not self.out_buf:
            # It yields all the same: a loop of writes must not keep others from running.
            yield from core.sleep_ms(0)
            return
        rest = memoryview(self.out_buf)
        while rest:
            core._io_queue.queue_write(self.s)
            yield
            n = self.s.write(rest)
            if n:
                rest = rest[n:]
        self.out_buf = b""


StreamReader = Stream
StreamWriter = Stream


def _tls(ssl):
    if ssl is True:
        import ssl as module

        return module.SSLContext(module.PROTOCOL_TLS_CLIENT)
    return ssl


# async
def open_connection(host, port, ssl=None, server_hostname=None):
    import socket
    from errno import EINPROGRESS

    info = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)[0]
    s = socket.socket(info[0], info[1], info[2])
    s.setblocking(False)
    try:
        s.connect(info[-1])
    except OSError as error:
        if error.errno != EINPROGRESS:
            s.close()
            raise
    if ssl:
        s = _tls(ssl).wrap_socket(s, server_hostname=server_hostname or host, do_handshake_on_connect=False)
        s.setblocking(False)
    core._io_queue.queue_write(s)
    yield
    stream = Stream(s)
    return stream, stream


class Server:
    """Accepts connections in a task of its own until it is closed."""

    def __init__(self, s, handler, ssl):
        self._closing = False
        self.task = core.create_task(self._serve(s, handler, ssl))

    def close(self):
        self._closing = True
        self.task.cancel()

    async def wait_closed(self):
        await self.task

    async def __aenter__(self):
        return self

    async def __aexit__(self, kind, error, trace):
        self.close()
        await self.wait_closed()

    def _serve(self, s, handler, ssl):
        try:
            while True:
                core._io_queue.queue_read(s)
                yield
                self._accept(s, handler, ssl)
        except core.CancelledError:
            if not self._closing:
                raise
        finally:
            s.close()

    def _accept(self, s, handler, ssl):
        try:
            client, address = s.accept()
        except OSError:
            # The other side has gone already.
            return
        if ssl:
            try:
                client = ssl.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
            except OSError as error:
                sys.print_exception(error, sys.stderr)
                client.close()
                return
        client.setblocking(False)
        stream = Stream(client, {"peername": address})
        core.create_task(handler(stream, stream))


async def start_server(handler, host, port, backlog=5, ssl=None):
    import socket

    info = socket.getaddrinfo(host, port)[0]
    s = socket.socket(info[0])
    s.setblocking(False)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(info[-1])
    s.listen(backlog)
    server = Server(s, handler, ssl)
    try:
        # Its task has to have begun, so that closing it closes the socket.
        await core.sleep_ms(0)
    except core.CancelledError:
        server.task.cancel()
        raise
    return server
