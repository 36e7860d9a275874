"""The one exception of all transports."""


class TransportError(Exception):
    """A message was not taken over; `permanent` says whether trying again could help."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.message = message
        self.permanent = permanent
