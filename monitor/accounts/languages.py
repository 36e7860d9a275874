"""In which language somebody is spoken to."""

from django.conf import settings

from monitor.accounts.models import User


def chosen_language(user: User) -> str:
    """What `user` chose in their account; "" where they chose nothing, or a language that is offered no more."""
    return user.language if user.language in dict(settings.LANGUAGES) else ""


def language_at(address: str) -> str:
    """The language for a message to `address`: that of the account with this address, else the installation's."""
    user = User.objects.filter(email=address.strip().lower(), is_active=True).first()
    return (chosen_language(user) if user else "") or str(settings.LANGUAGE_CODE)


def choose_language(user: User, code: str) -> bool:
    """Speak to `user` in `code` from now on, or "" for what the browser asks for; False for no such language."""
    if code and code not in dict(settings.LANGUAGES):
        return False
    User.objects.filter(pk=user.pk).update(language=code)
    user.language = code
    return True
