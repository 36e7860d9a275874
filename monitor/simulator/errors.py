"""Google's refusals, in the shapes that Google's own services use."""

from dataclasses import dataclass
from typing import Any

MODERN = ("chat", "iamcredentials", "pubsub")
STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    416: "OUT_OF_RANGE",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
}


@dataclass
class GoogleError(Exception):
    """A refusal. `front_door` marks those that Google's shared front end gives, which always carry `status`."""

    code: int
    message: str
    reason: str
    domain: str = "global"
    location: str | None = None
    location_type: str = "parameter"
    details: list[dict[str, Any]] | None = None
    front_door: bool = False
    retry_after: int | None = None

    def body(self, api: str | None) -> dict[str, Any]:
        """The JSON body for `api`. Drive and Directory leave `status` out of what they refuse themselves; newer
        APIs have `status` alone and no list of errors."""
        item: dict[str, Any] = {"message": self.message, "domain": self.domain, "reason": self.reason}
        if self.location is not None:
            item |= {"location": self.location, "locationType": self.location_type}
        error: dict[str, Any] = {"code": self.code, "message": self.message, "errors": [item]}
        if api in MODERN:
            del error["errors"]
        if self.front_door or api in (None, "gmail", *MODERN):
            error["status"] = STATUS_NAMES.get(self.code, "UNKNOWN")
        if self.details:
            error["details"] = self.details
        return {"error": error}


def bad_value(message: str, location: str | None = None, reason: str = "invalid") -> GoogleError:
    """400 for a parameter whose value cannot be used."""
    return GoogleError(400, message, reason, location=location, front_door=True)


def not_found(message: str, location: str | None = None) -> GoogleError:
    """404 for a thing that does not exist or that the subject may not know of."""
    return GoogleError(404, message, "notFound", location=location)


def no_such_path(path: str) -> GoogleError:
    """404 for a path that no discovery document knows."""
    return GoogleError(404, f"Method not found: {path}", "notFound", front_door=True)


def unauthenticated(missing: bool) -> GoogleError:
    """401 as Google words it, for a missing or an unusable access token."""
    what = (
        "Request is missing required authentication credential."
        if missing
        else ("Request had invalid authentication credentials.")
    )
    return GoogleError(
        401,
        f"{what} Expected OAuth 2 access token, login cookie or other valid authentication credential. "
        "See https://developers.google.com/identity/sign-in/web/devconsole-project.",
        "required" if missing else "authError",
        location="Authorization",
        location_type="header",
        front_door=True,
    )


def scope_missing(method_id: str) -> GoogleError:
    """403 for a token whose scopes do not cover the method."""
    return GoogleError(
        403,
        "Request had insufficient authentication scopes.",
        "insufficientPermissions",
        details=[
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
                "domain": "googleapis.com",
                "metadata": {"method": method_id},
            }
        ],
        front_door=True,
    )
