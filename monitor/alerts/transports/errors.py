"""The one exception of all transports."""


class TransportError(Exception):
    """A message was not taken over; `permanent` says that trying again cannot help.

    `in_doubt` says that no answer came, so that the message may have been taken over after all.
    """

    def __init__(self, message: str, *, permanent: bool, in_doubt: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.permanent = permanent
        self.in_doubt = in_doubt
