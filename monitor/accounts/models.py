"""People who sign in to the console."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Role(models.TextChoices):
    """What a person may do; which sites they may do it for is the roster's `SiteAccess`."""

    SITE_ADMINISTRATOR = "site_administrator", "Site administrator"
    COUNSELOR = "counselor", "Counselor"
    IT = "it", "IT staff"


READS_CONTENT = frozenset({Role.SITE_ADMINISTRATOR, Role.COUNSELOR})


class UserManager(BaseUserManager["User"]):
    """Makes users with an e-mail address as their name."""

    def create_user(self, email: str, password: str | None, role: Role, **extra: Any) -> "User":
        """A new active user; `password=None` leaves the account without one."""
        user = self.model(email=self.normalize_email(email).lower(), role=role, **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """The user whose address is `username`, whatever its case."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A site administrator, a counselor or a member of IT staff."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=32, choices=Role.choices)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name", "role"]

    def __str__(self) -> str:
        return self.email

    @property
    def actor(self) -> str:
        """How the audit chain names this person."""
        return f"user:{self.pk}"

    @property
    def reads_content(self) -> bool:
        """Whether this person's role may ever see student text."""
        return self.role in READS_CONTENT
