"""What a person has to do when Google refuses access: one text per cause, naming subject, scopes and place."""

from monitor.google.errors import CallContext

_DELEGATION = "Admin console → Security → Access and data control → API controls → Manage domain-wide delegation"
_API_NAMES = {
    "gmail": "Gmail API",
    "drive": "Google Drive API",
    "directory": "Admin SDK API",
    "reports": "Admin SDK API",
    "chat": "Google Chat API",
    "pubsub": "Cloud Pub/Sub API",
}
_API_HOSTS = {
    "gmail": "gmail.googleapis.com",
    "drive": "drive.googleapis.com",
    "directory": "admin.googleapis.com",
    "reports": "admin.googleapis.com",
    "chat": "chat.googleapis.com",
    "pubsub": "pubsub.googleapis.com",
}
_SERVICES = {
    "gmail": "Gmail",
    "drive": "Drive and Docs",
    "directory": "the Admin SDK",
    "reports": "the Admin SDK",
    "chat": "Google Chat",
}


def grant_delegation(context: CallContext) -> str:
    """The client id lacks one of the scopes, or delegation altogether."""
    scopes = ", ".join(context.scopes)
    return (
        f"Grant domain-wide delegation: {_DELEGATION} → Add new, client ID {context.client_id}, "
        f"OAuth scopes {scopes}. A change can take up to 24 hours to have effect."
    )


def trust_app(context: CallContext) -> str:
    """An app access policy of the domain blocks the client id."""
    return (
        f"A policy of the domain blocks client ID {context.client_id}: Admin console → Security → Access and data "
        f"control → API controls → Manage app access, set it to Trusted. {grant_delegation(context)}"
    )


def check_subject(context: CallContext) -> str:
    """Google does not know the address that Heed acts for."""
    return (
        f"Google knows no account {context.subject} in a domain that trusts this key: check the address in the "
        f"Admin console → Directory → Users (deleted, renamed, or typed wrongly in the district file)."
    )


def check_suspended(context: CallContext) -> str:
    """The account exists but may not be acted for."""
    return (
        f"Google gives no access to {context.subject}: see in the Admin console → Directory → Users whether the "
        f"account is suspended, archived or still has to accept the terms of service."
    )


def renew_key(context: CallContext) -> str:
    """The service account or its key is gone."""
    return (
        f"The key of client ID {context.client_id} is no longer valid: Google Cloud console → IAM & Admin → Service "
        f"accounts, see that the account exists and is enabled, create a new JSON key and configure its path."
    )


def allow_signing(context: CallContext) -> str:
    """The proof of identity is good, but IAM does not sign for it."""
    return (
        f"Google does not sign in the name of client ID {context.client_id}: Google Cloud console → IAM & Admin → "
        f"Service accounts → Permissions, give the workload identity the roles Service Account Token Creator and "
        f"Workload Identity User on this account, and enable the IAM Service Account Credentials API."
    )


def renew_proof(context: CallContext) -> str:
    """Google does not take this machine's proof of who it is."""
    return (
        f"Google does not take this machine's proof of identity for client ID {context.client_id}: see that the "
        f"credential_source of the credential file is there and fresh, and that the workload identity pool and its "
        f"provider accept it: Google Cloud console → IAM & Admin → Workload Identity Federation."
    )


def set_clock(context: CallContext) -> str:
    """Google found the time in the signed request out of range."""
    return (
        f"The clock of this machine is wrong by minutes (request for {context.subject} was refused): "
        f"switch time synchronisation (NTP) on, then try again."
    )


def enable_api(context: CallContext) -> str:
    """The API is switched off in the Google Cloud project of the key."""
    name = _API_NAMES.get(context.api, context.api)
    host = _API_HOSTS.get(context.api, context.api)
    return (
        f"Enable the {name} ({host}) in the Google Cloud project that owns the key: Google Cloud console → APIs & "
        f"Services → Library. It takes a few minutes to have effect."
    )


def enable_service(context: CallContext) -> str:
    """The Workspace service is off, or has never been on, for this account."""
    service = _SERVICES.get(context.api, context.api)
    return (
        f"{service} is not switched on for {context.subject}: Admin console → Apps → Google Workspace → {service} → "
        f"Service status for the account's organisational unit, and see that the account has a licence. "
        f"If it is meant to be off, nothing needs to be done."
    )


def check_role(context: CallContext) -> str:
    """The token is good, but the account it stands for may not do this."""
    if context.api == "reports":
        return (
            f"{context.subject} may not read the audit log: Admin console → Account → Admin roles, give it a role with "
            f"Reports. Until then Drive is swept account by account, which is slower and costs more."
        )
    if context.api == "pubsub":
        return (
            "The service account may not pull this subscription: Google Cloud console → Pub/Sub → Subscriptions → the "
            "one named in HEED_GMAIL_SUBSCRIPTION → Permissions, give it the role Pub/Sub Subscriber."
        )
    if context.api == "directory":
        return (
            f"{context.subject} may not read the directory: Admin console → Account → Admin roles, give it a role with "
            f"Users → Read and Organizational units → Read, or name another delegated admin in the district file."
        )
    return f"{context.subject} may not do this ({context.method}). {grant_delegation(context)}"
