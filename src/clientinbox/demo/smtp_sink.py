"""The demo's SMTP server: takes what is sent, keeps it in memory, delivers nothing to anybody."""

import asyncio
import hmac
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Sink:
    def __init__(self, user: str, password: str) -> None:
        self._user = user.encode()
        self._password = password.encode()
        self.received: list[bytes] = []
        """Whole messages as they came, oldest first."""

    async def serve(self, host: str) -> asyncio.Server:
        return await asyncio.get_running_loop().create_server(self._session, host, 0)

    def _session(self) -> SMTP:
        return SMTP(
            self,
            hostname="demo.clientinbox.example",  # without asking the resolver for our own name
            ident="clientinbox demo",
            authenticator=self._authenticate,
            auth_required=True,
            auth_require_tls=False,  # loopback, and a password that lives as long as the process
        )

    def _authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:  # noqa: ARG002 - aiosmtpd's signature
        known = (
            isinstance(data, LoginPassword)
            and hmac.compare_digest(data.login, self._user)
            and hmac.compare_digest(data.password, self._password)
        )
        return AuthResult(success=known, handled=False)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: ARG002, N802 - aiosmtpd's signature
        self.received.append(bytes(envelope.content))
        return "250 kept, and delivered to nobody"
