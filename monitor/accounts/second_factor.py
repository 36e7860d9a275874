"""The second factor of people who sign in with a password: an authenticator app, and codes on paper."""

import secrets

from django.db import transaction

from monitor.accounts.models import RecoveryCode, SecondFactor, User
from monitor.accounts.totp import matching_step, new_secret
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.lib import clock
from monitor.sealed.keys import blind_index

RECOVERY_CODES = 10
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that is read as something else
CODE_LETTERS = 10


def has_second_factor(user: User) -> bool:
    """Whether `user` must give a code after the password."""
    return SecondFactor.objects.filter(user=user).exclude(confirmed_at=None).exists()


def begin_second_factor(user: User) -> SecondFactor:
    """The factor that `user` is setting up; the same one until it is confirmed. A confirmed one is left as it is."""
    factor, _ = SecondFactor.objects.get_or_create(user=user, defaults={"secret": new_secret()})
    return factor


def confirm_second_factor(user: User, code: str) -> list[str] | None:
    """Put the factor in force if `code` is right; the recovery codes, to be shown once. None if it is wrong."""
    factor = SecondFactor.objects.filter(user=user, confirmed_at=None).first()
    if factor is None or not _spend_step(factor, code):
        return None
    with transaction.atomic():
        SecondFactor.objects.filter(pk=factor.pk).update(confirmed_at=clock.now())
        record(Tag.SECOND_FACTOR_SET, actor=user.actor, subject=user.actor)
        return _new_recovery_codes(user)


def accept_code(user: User, code: str) -> bool:
    """Whether `code` is the app's present code or an unused recovery code. Each is accepted once, then never again."""
    factor = SecondFactor.objects.filter(user=user).exclude(confirmed_at=None).first()
    if factor is None:
        return False
    return _spend_step(factor, code) or _spend_recovery_code(user, code)


def remove_second_factor(user: User, *, actor: str) -> bool:
    """Take the factor and its recovery codes away, as after a lost phone; whether there was one."""
    with transaction.atomic():
        RecoveryCode.objects.filter(user=user).delete()
        removed, _ = SecondFactor.objects.filter(user=user).delete()
        if removed:
            record(Tag.SECOND_FACTOR_REMOVED, actor=actor, subject=user.actor)
    return bool(removed)


def _spend_step(factor: SecondFactor, code: str) -> bool:
    """A compare-and-set: of two requests with the same code one alone moves `last_step`."""
    step = matching_step(factor.secret, code, clock.now(), factor.last_step)
    if step is None:
        return False
    return SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step).update(last_step=step) == 1


def _spend_recovery_code(user: User, code: str) -> bool:
    unused = RecoveryCode.objects.filter(user=user, code_index=_index(user, code), used_at=None)
    if unused.update(used_at=clock.now()) != 1:
        return False
    record(Tag.RECOVERY_CODE_USED, actor=user.actor, subject=user.actor)
    return True


def _new_recovery_codes(user: User) -> list[str]:
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(CODE_LETTERS)) for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, code_index=_index(user, code)) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _index(user: User, code: str) -> str:
    return blind_index(f"recovery:{user.pk}:{code.replace('-', '').replace(' ', '').lower()}")
