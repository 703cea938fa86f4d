"""A TCP proxy that does to a connection, at a chosen octet, what networks do: cuts it, falls silent, changes an octet."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

_CHUNK = 65536


class Kind(StrEnum):
    CUT = "cut"
    """A reset, both ways."""
    CLOSE = "close"
    """An ordinary end, both ways."""
    STALL = "stall"
    """Nothing passes any more; the connection stays open until `end_stalls`."""
    CORRUPT = "corrupt"
    """One octet is another one."""
    MEANWHILE = "meanwhile"
    """Something else is done first; then all goes on."""


@dataclass(frozen=True, slots=True)
class Fault:
    kind: Kind
    at: int
    """So many octets pass in this direction, on one connection, before it strikes."""
    down: bool = True
    """From the server to the client."""
    meanwhile: Callable[[], None] = lambda: None


class _Session:
    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client, self.server = client, server
        self.stalled = threading.Event()
        self.passed = [0, 0]
        """Octets up, octets down, since a fault was armed."""
        self.pumps = 2

    def end(self, *, reset: bool) -> None:
        """Wake both pumps; whichever ends last closes. A descriptor closed under a thread that uses it may by then be
        another connection's.
        """
        for end in (self.client, self.server):
            with contextlib.suppress(OSError):
                if reset:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                end.shutdown(socket.SHUT_RD if reset else socket.SHUT_RDWR)

    def close(self) -> None:
        self.client.close()
        self.server.close()


class FaultProxy:
    """Listens on loopback at `port`. A fault is armed once, and strikes the first connection that carries enough."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self._armed: Fault | None = None
        self.most_passed = [0, 0]
        """Octets up and down on the connection that carried most, since `arm`."""
        self._sessions: set[_Session] = set()
        self._guard = threading.Lock()
        self.struck = 0
        """Faults that came to pass."""
        self.connections = 0
        self.refusing = False
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()

    def arm(self, fault: Fault | None) -> None:
        """From now on octets are counted; None lets all pass."""
        with self._guard:
            self._armed = fault
            self.most_passed = [0, 0]
            for session in self._sessions:
                session.passed = [0, 0]

    @property
    def armed(self) -> bool:
        """Is one still to strike?"""
        return self._armed is not None

    def cut_all(self) -> int:
        """Reset what is open now; returns how many connections that were."""
        with self._guard:
            sessions = tuple(self._sessions)
            self._sessions.clear()
        for session in sessions:
            session.end(reset=True)
        return len(sessions)

    def stall_all(self) -> int:
        """From now on nothing passes on what is open."""
        with self._guard:
            for session in self._sessions:
                session.stalled.set()
            return len(self._sessions)

    def end_stalls(self) -> None:
        with self._guard:
            stalled = {session for session in self._sessions if session.stalled.is_set()}
            self._sessions -= stalled
        for session in stalled:
            session.end(reset=True)

    def close(self) -> None:
        self._listener.close()
        self.cut_all()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                if self.refusing:
                    raise ConnectionRefusedError
                server = socket.create_connection(self._server, timeout=10)
                server.settimeout(None)
            except OSError:
                client.close()
                continue
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._guard:
                session = _Session(client, server)
                self._sessions.add(session)
                self.connections += 1
            for down in (False, True):
                threading.Thread(target=self._pump, args=(session, down), name="proxy", daemon=True).start()

    def _pump(self, session: _Session, down: bool) -> None:  # noqa: FBT001 - a thread's argument
        source, target = (session.server, session.client) if down else (session.client, session.server)
        reset = False
        with contextlib.suppress(OSError):
            while chunk := source.recv(_CHUNK):
                if session.stalled.is_set():
                    continue
                fault, at = self._due(session, len(chunk), down=down)
                if fault is not None:
                    chunk, ended = self._strike(session, fault, chunk, at, target)
                    if ended:
                        reset = fault.kind is Kind.CUT
                        break
                target.sendall(chunk)
        with self._guard:
            known = session in self._sessions
            self._sessions.discard(session)
        if known:
            session.end(reset=reset)
        with self._guard:
            session.pumps -= 1
            last = session.pumps == 0
        if last:
            session.close()

    def _due(self, session: _Session, octets: int, *, down: bool) -> tuple[Fault | None, int]:
        """The fault that strikes within the next octets, and at which of them."""
        with self._guard:
            passed = session.passed[down]
            session.passed[down] += octets
            self.most_passed[down] = max(self.most_passed[down], session.passed[down])
            fault = self._armed
            if fault is None or fault.down is not down or passed + octets <= fault.at:
                return None, 0
            self._armed = None
            self.struck += 1
            return fault, max(0, fault.at - passed)

    @staticmethod
    def _strike(session: _Session, fault: Fault, chunk: bytes, at: int, target: socket.socket) -> tuple[bytes, bool]:
        """What is still to be passed on, and whether to end."""
        match fault.kind:
            case Kind.CUT | Kind.CLOSE:
                target.sendall(chunk[:at])
                return b"", True
            case Kind.STALL:
                target.sendall(chunk[:at])
                session.stalled.set()
                return b"", False
            case Kind.CORRUPT:
                return chunk[:at] + bytes([chunk[at] ^ 0x15]) + chunk[at + 1 :], False
            case Kind.MEANWHILE:
                fault.meanwhile()
                return chunk, False
