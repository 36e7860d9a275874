"""People who sign in to the console."""

from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from monitor.sealed.fields import SealedTextField


class Role(models.TextChoices):
    """What a person may do; which sites they may do it for is the roster's `SiteAccess`."""

    SITE_ADMINISTRATOR = "site_administrator", _("Site administrator")
    COUNSELOR = "counselor", _("Counselor")
    SAFETY_LEAD = "safety_lead", _("District safety lead")
    IT = "it", _("IT staff")
    AUDITOR = "auditor", _("Auditor")
    BOARD_VIEWER = "board_viewer", _("Board viewer")


READS_CONTENT = frozenset({Role.SITE_ADMINISTRATOR, Role.COUNSELOR, Role.SAFETY_LEAD})
SEES_EVERY_SITE = frozenset({Role.SAFETY_LEAD})


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
    """A person of the district's staff, in one role."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=32, choices=Role.choices)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # Google's own name for the person. An address may pass to somebody else one day; this never does.
    google_subject = models.CharField(max_length=255, null=True, unique=True)
    # Whether texts stand open once they are unveiled. Folded is the default: nobody reads more than they ask for.
    keeps_texts_open = models.BooleanField(default=False)
    language = models.CharField(max_length=8, blank=True, default="")  # one of LANGUAGES; "" = nothing chosen

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

    @property
    def sees_every_site(self) -> bool:
        """Whether this person's role covers the whole district without a row for each school."""
        return self.role in SEES_EVERY_SITE


class SecondFactor(models.Model):
    """An authenticator app of a person who signs in with a password. It counts once `confirmed_at` is set."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="second_factor")
    secret = SealedTextField()  # base 32
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)  # the newest time step whose code was used: none is used twice

    def __str__(self) -> str:
        return f"second factor of user:{self.user_id}"


class RecoveryCode(models.Model):
    """A code on paper that stands in once for the authenticator app. Only its keyed hash is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recovery_codes")
    code_index = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "code_index"], name="one_row_per_recovery_code")]

    def __str__(self) -> str:
        return f"recovery code of user:{self.user_id}"


class Way(models.TextChoices):
    """How somebody signed in."""

    PASSWORD = "password", _("Password")
    GOOGLE = "google", "Google"


class OpenSession(models.Model):
    """A browser in which somebody is signed in, so that they see it and can end it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="open_sessions")
    session_key = models.CharField(max_length=40, unique=True)
    way = models.CharField(max_length=16, choices=Way.choices)
    browser = models.CharField(max_length=80)  # such as "Chrome on Android"
    started_at = models.DateTimeField()

    class Meta:
        ordering = ["-started_at", "-id"]

    def __str__(self) -> str:
        return f"session of user:{self.user_id}"


class SavedView(models.Model):
    """A name that somebody gave to a filter of their queue. `query` is a query string without its question mark."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=200)

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="one_saved_view_per_name")]

    def __str__(self) -> str:
        return f"saved view {self.pk} of user:{self.user_id}"
