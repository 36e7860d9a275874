"""Which of the invited people came back from Google."""

from django.conf import settings

from monitor.accounts.models import User
from monitor.google.sign_in import Identity, SignInClient, SignInRefused


def google_client(redirect_uri: str) -> SignInClient | None:
    """This installation's OAuth client, or None where Google sign-in is not set up."""
    if not (settings.HEED_GOOGLE_SIGN_IN_ID and settings.HEED_GOOGLE_SIGN_IN_SECRET):
        return None
    return SignInClient(
        settings.HEED_GOOGLE_SIGN_IN_ID,
        settings.HEED_GOOGLE_SIGN_IN_SECRET,
        redirect_uri,
        settings.HEED_GOOGLE_ENDPOINT,
    )


def person_behind(identity: Identity) -> User:
    """The active user whom `identity` belongs to; their first sign-in binds Google's own name for them.

    Raises `SignInRefused`: with `not_invited`, or with `other_person` where the address has passed to somebody else.
    """
    known = User.objects.filter(google_subject=identity.subject).first()
    user = known or User.objects.filter(email=identity.email).first()
    if user is None or not user.is_active:
        raise SignInRefused("not_invited")
    if user.google_subject is None:
        User.objects.filter(pk=user.pk, google_subject=None).update(google_subject=identity.subject)
        user.refresh_from_db()
    if user.google_subject != identity.subject:
        raise SignInRefused("other_person")
    return user
