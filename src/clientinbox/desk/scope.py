"""May this mail be stored? With scope = "clients" only what is with a client: by its header, or by its conversation.

A message that is left out has a reason from here; it stays countable and can come back into question.
"""

from dataclasses import dataclass

from clientinbox.desk.people import Ours, WithClients
from clientinbox.mail.message import Envelope

INTERNAL = "internal: nobody but us is on it"
OURS_ELSEWHERE = "written by us to nobody who is a client"
AUTOMATIC = "automatic mail, not from a client"
STRANGER = "from somebody who is no client"
SCOPE_REASONS = (INTERNAL, OURS_ELSEWHERE, AUTOMATIC, STRANGER)

NOT_WITH_A_CLIENT = "no client in From, To or Cc"
"""What stores made before there were four reasons say."""


@dataclass(frozen=True, slots=True)
class ScopeRule:
    ours: Ours
    clients: WithClients

    def left_out(self, envelope: Envelope) -> str:
        """Why a header alone says that this is no mail with a client; "" where it is one."""
        if self.clients.in_envelope(envelope):
            return ""
        if self.ours.includes(envelope.sender):
            others = [a for a in (*envelope.to, *envelope.cc) if not self.ours.includes(a)]
            return OURS_ELSEWHERE if others else INTERNAL
        return AUTOMATIC if envelope.automatic else STRANGER
