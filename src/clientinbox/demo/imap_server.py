"""pymap's in-memory IMAP server, filled with the story, and the SMTP sink: what runs inside the demo's child process.

LOGIN, SELECT, FETCH, APPEND, IDLE, MOVE, UIDPLUS; no SPECIAL-USE (folders go by their names), no CONDSTORE.
"""

import asyncio
import json
import ssl
import sys
from argparse import Namespace
from base64 import b64encode
from collections.abc import Iterable
from datetime import datetime

from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import Config, Identity, Login
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxSet
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials.flag import Flag
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

from clientinbox.demo.scenario import FOLDERS, DemoMessage, scenario
from clientinbox.demo.smtp_sink import Sink


class _Config(Config):  # type: ignore[misc, unused-ignore]
    @property
    def greeting(self) -> bytes:
        """Without asking the resolver for our own name, which can take seconds on a train."""
        return b"Server ready demo.clientinbox.example"


async def serve(now: datetime, port: int, user: str, password: str) -> None:
    """Serve until stdin ends; says on stdout when it is ready, and answers what comes in on stdin."""
    config = _config(user, password, port)
    config.apply_context()
    login = Login(config)
    mailboxes = MailboxSet()
    config.set_cache[user] = (mailboxes, FilterSet())
    await Identity(user, login, None, frozenset()).set(UserMetadata(config, user, password=password))
    story = scenario(now)
    for folder in FOLDERS:
        if folder != "INBOX":
            await mailboxes.add_mailbox(folder)
    await _append(mailboxes, story.messages)
    accept = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(login, config))
    server = await asyncio.start_server(accept, config.host, config.port)
    sink = Sink(user, password)
    smtp_server = await sink.serve("127.0.0.1")
    ports = {"imap_port": _port(server), "smtp_port": _port(smtp_server)}
    _say({**ports, "user": user, "password": password})
    waiting = {message.id: message for message in story.later}
    questions = await _stdin()
    while line := await questions.readline():
        match json.loads(line):
            case {"deliver": list() as names}:
                wanted = [waiting.pop(one) for one in names if one in waiting]
                await _append(mailboxes, wanted)
                _say({"delivered": len(wanted)})
            case _:
                _say({"received": [b64encode(raw).decode() for raw in sink.received]})
    server.close()
    smtp_server.close()


def _port(server: asyncio.Server) -> int:
    return int(server.sockets[0].getsockname()[1])


def _config(user: str, password: str, port: int) -> Config:
    return _Config(
        Namespace(passlib_cfg=None, proxy_protocol=None),
        host="127.0.0.1",
        port=port,
        demo_data=False,
        demo_user=user,
        demo_password=password,
        tls_enabled=False,
        ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),  # never used: spares reading the system's certificates
        hash_context=Cleartext(),  # the password lives as long as the process: hashing it would cost 0.3 s a login
        reject_dnsbl=False,
    )


async def _append(mailboxes: MailboxSet, messages: Iterable[DemoMessage]) -> None:
    for message in messages:
        mailbox = await mailboxes.get_mailbox(message.folder)
        flags = frozenset(Flag(flag.encode()) for flag in message.flags)
        await mailbox.append(AppendMessage(message.raw, message.sent_at, flags))


async def _stdin() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


def _say(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
