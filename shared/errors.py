"""Every exception of our own, as one tree.

    SophieError
    ├── ConfigurationError     the operator's settings or shop file are wrong: says which and how to mend them
    ├── Misuse                 our own code broke a contract: a bug, never an answer to a caller
    ├── Refused                a rule of the workshop or of safety said no: the sentence may be told to the caller
    ├── RowRefused             a row or a statement does not fit the schema: nothing was written
    └── PeerError              another system did not do its part
        ├── Unavailable        refused, closed, timed out
        └── ProtocolError      it sent what its contract does not allow

What this module refuses to know: who catches them. Vendors' exceptions are translated at the edge that talks to the
vendor.
"""


class SophieError(Exception):
    """The root; never raised itself."""


class ConfigurationError(SophieError):
    """Settings or shop file are wrong. The message names every fault at once."""


class Misuse(SophieError):
    """Our own code called something in a way its contract forbids."""


class Refused(SophieError):
    """A rule said no. The message is a sentence that may be told to the caller."""


class RowRefused(SophieError):
    """The schema refused a row or a statement. The message names the rule and no value."""


class PeerError(SophieError):
    """Another system did not do its part."""


class Unavailable(PeerError):
    """The peer refused, closed or did not answer in time."""


class ProtocolError(PeerError):
    """The peer sent what its contract does not allow."""
