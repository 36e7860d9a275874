"""One installation's settings, all from `HEED_*` variables; docs/reference/settings.md says each."""

from pathlib import Path
from urllib.parse import urlsplit

from config import env

BASE_DIR = Path(__file__).resolve().parent.parent
HEED_HOME = Path(env.text("HEED_HOME", "var")).expanduser().absolute()
HEED_HOME.mkdir(parents=True, exist_ok=True, mode=0o700)

# --- the rooms that hold tables or pages ---------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "monitor.audit",
    "monitor.accounts",
    "monitor.roster",
    "monitor.calendars",
    "monitor.intake",
    "monitor.detection",
    "monitor.triage",
    "monitor.tips",
    "monitor.handovers",
    "monitor.alerts",
    "monitor.insights",
    "monitor.jobs",
    "monitor.console",
]
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": env.database("HEED_DATABASE_URL", HEED_HOME / "heed.sqlite3")}
USE_TZ = True
TIME_ZONE = "UTC"

# --- languages ----------------------------------------------------------------------------------------
LANGUAGES = [("en", "English"), ("es", "Español")]
LANGUAGE_CODE = env.choice("HEED_LANGUAGE", LANGUAGES[0][0], [code for code, _ in LANGUAGES])
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "config.formats"
LANGUAGE_COOKIE_NAME = "heed_language"  # what somebody chose in their account, for the page on which they sign in
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_HTTPONLY = True

# --- secrets ------------------------------------------------------------------------------------------
SECRET_KEY = env.kept_secret("HEED_SECRET_KEY", HEED_HOME / "keys" / "session.key")
HEED_DATA_KEYS = env.secret("HEED_DATA_KEYS")  # comma-separated Fernet keys, newest first; empty = kept in HEED_HOME
HEED_INDEX_KEY = env.secret("HEED_INDEX_KEY")

# --- Google -------------------------------------------------------------------------------------------
HEED_GOOGLE_ENDPOINT = env.text("HEED_GOOGLE_ENDPOINT")  # empty = Google itself
HEED_QUOTA_FILE = BASE_DIR / "config" / "quota.toml"

# --- extraction ---------------------------------------------------------------------------------------
HEED_EXTRACT_SECONDS = env.number("HEED_EXTRACT_SECONDS", 15)
HEED_EXTRACT_MEMORY_MB = env.number("HEED_EXTRACT_MEMORY_MB", 1_000)
HEED_EXTRACT_MAX_MB = env.number("HEED_EXTRACT_MAX_MB", 50)  # Gmail takes no larger message
HEED_EXTRACT_UNPACKED_MB = env.number("HEED_EXTRACT_UNPACKED_MB", 200)

# Words in pictures and on scanned pages, where the program Tesseract is installed.
HEED_PICTURES = env.flag("HEED_PICTURES", default=True)
HEED_PICTURES_LANGUAGES = env.text("HEED_PICTURES_LANGUAGES", "eng+spa")  # as Tesseract names them
HEED_PICTURES_MOST = env.number("HEED_PICTURES_MOST", 10)  # of one message or file
HEED_PICTURES_SECONDS = env.number("HEED_PICTURES_SECONDS", 20)

# --- scoring ------------------------------------------------------------------------------------------
HEED_POLICY_FILE = Path(env.text("HEED_POLICY_FILE", str(BASE_DIR / "config" / "policy.toml")))
HEED_RETENTION_DAYS = env.number("HEED_RETENTION_DAYS", 365)

# --- figures ------------------------------------------------------------------------------------------
HEED_PUBLIC_FIGURES = env.flag("HEED_PUBLIC_FIGURES")  # the page /transparency/, for anybody
HEED_SMALLEST_GROUP = max(env.number("HEED_SMALLEST_GROUP", 10), 3)  # students; smaller groups are not shown

# --- the web console ----------------------------------------------------------------------------------
DEBUG = False
HEED_CONSOLE_URL = env.text("HEED_CONSOLE_URL", "http://127.0.0.1:8000").rstrip("/")
HEED_HTTPS = HEED_CONSOLE_URL.startswith("https://")
ALLOWED_HOSTS = [
    *env.text("HEED_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]").split(","),
    urlsplit(HEED_CONSOLE_URL).hostname or "localhost",
]
CSRF_TRUSTED_ORIGINS = [HEED_CONSOLE_URL]
ROOT_URLCONF = "config.urls"
LOGIN_URL = "console:sign_in"
LOGIN_REDIRECT_URL = "console:queue"
LOGOUT_REDIRECT_URL = "console:sign_in"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "monitor.console.middleware.closed",
    "monitor.console.static_files.compressed",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "monitor.console.middleware.no_store",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "monitor.console.middleware.by_account",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
        },
    },
]
STATIC_URL = "/static/"
STORAGES = {"staticfiles": {"BACKEND": "monitor.console.static_files.VersionedFiles"}}
WHITENOISE_USE_FINDERS = True  # the files lie beside the code; there is no second copy to keep up to date
WHITENOISE_ALLOW_ALL_ORIGINS = False  # nobody else's page has a use for them
WHITENOISE_IMMUTABLE_FILE_TEST = "."  # every address has the digest of its file in it, so that a browser may keep all
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_COOKIE_AGE = 8 * 3600  # a school day
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"  # a link in an alert mail must find the reader still signed in
SESSION_COOKIE_SECURE = HEED_HTTPS
CSRF_COOKIE_SECURE = HEED_HTTPS
LANGUAGE_COOKIE_SECURE = HEED_HTTPS
CSRF_COOKIE_HTTPONLY = True  # forms carry the token themselves; no script needs the cookie
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if HEED_HTTPS else 0
HEED_BEHIND_PROXY = env.flag("HEED_BEHIND_PROXY")  # a proxy in front ends HTTPS and says so in X-Forwarded-Proto
HEED_GOOGLE_SIGN_IN_ID = env.text("HEED_GOOGLE_SIGN_IN_ID")
HEED_GOOGLE_SIGN_IN_SECRET = env.secret("HEED_GOOGLE_SIGN_IN_SECRET")
# On one's own machine a password is enough; where others reach the console it never is.
HEED_REQUIRE_SECOND_FACTOR = env.flag("HEED_REQUIRE_SECOND_FACTOR", default=HEED_HTTPS)
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    },
}

# --- scoring ------------------------------------------------------------------------------------------
HEED_FIRST_PASS = env.flag("HEED_FIRST_PASS", default=True)
HEED_SCORE_CACHE = env.flag("HEED_SCORE_CACHE", default=True)
HEED_SCORE_CACHE_ROWS = env.number("HEED_SCORE_CACHE_ROWS", 500_000)  # about 90 MB

# --- mail ---------------------------------------------------------------------------------------------
HEED_MAIL_FOLDER = env.text("HEED_MAIL_FOLDER")  # write alerts to files here instead of sending them (demo)
EMAIL_BACKEND = f"django.core.mail.backends.{'filebased' if HEED_MAIL_FOLDER else 'smtp'}.EmailBackend"
EMAIL_FILE_PATH = HEED_MAIL_FOLDER or None
EMAIL_HOST = env.text("HEED_SMTP_HOST", "127.0.0.1")
EMAIL_PORT = env.number("HEED_SMTP_PORT", 25)
EMAIL_HOST_USER = env.text("HEED_SMTP_USER")
EMAIL_HOST_PASSWORD = env.secret("HEED_SMTP_PASSWORD")
EMAIL_USE_TLS = env.flag("HEED_SMTP_STARTTLS")
EMAIL_USE_SSL = env.flag("HEED_SMTP_TLS")
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.text("HEED_MAIL_FROM", "Heed <heed@localhost>")

# The mailbox that mails come back to, which is the one of HEED_MAIL_FROM.
HEED_IMAP_HOST = env.text("HEED_IMAP_HOST")  # empty = none is read
HEED_IMAP_ENCRYPTION = env.choice("HEED_IMAP_ENCRYPTION", "tls", ("tls", "starttls", "none"))
HEED_IMAP_PORT = env.number("HEED_IMAP_PORT", 993 if HEED_IMAP_ENCRYPTION == "tls" else 143)
HEED_IMAP_USER = env.text("HEED_IMAP_USER")
HEED_IMAP_PASSWORD = env.secret("HEED_IMAP_PASSWORD")
# Where a mailbox takes no passwords (Microsoft 365): an application that signs in with its own secret.
HEED_IMAP_TOKEN_URL = env.text("HEED_IMAP_TOKEN_URL")
HEED_IMAP_CLIENT_ID = env.text("HEED_IMAP_CLIENT_ID")
HEED_IMAP_CLIENT_SECRET = env.secret("HEED_IMAP_CLIENT_SECRET")
HEED_IMAP_SCOPE = env.text("HEED_IMAP_SCOPE", "https://outlook.office365.com/.default")
HEED_IMAP_FOLDER = env.text("HEED_IMAP_FOLDER", "INBOX")
HEED_IMAP_SECONDS = 20

# --- addresses that people type in --------------------------------------------------------------------
# Hosts inside our own network that a webhook or calendar may name; all other addresses of private networks are refused.
HEED_INTERNAL_HOSTS = frozenset(filter(None, env.text("HEED_INTERNAL_HOSTS").replace(" ", "").split(",")))

# --- text messages, calls and webhooks -----------------------------------------------------------------
HEED_TWILIO_ACCOUNT = env.text("HEED_TWILIO_ACCOUNT")
HEED_TWILIO_TOKEN = env.secret("HEED_TWILIO_TOKEN")
HEED_TWILIO_FROM = env.text("HEED_TWILIO_FROM")
HEED_TWILIO_ENDPOINT = env.text("HEED_TWILIO_ENDPOINT").rstrip("/")  # empty = Twilio itself
HEED_WEBHOOK_SECRET = env.secret("HEED_WEBHOOK_SECRET")

# --- tips ---------------------------------------------------------------------------------------------
HEED_TIPS_SMS_URL = env.text("HEED_TIPS_SMS_URL", f"{HEED_CONSOLE_URL}/report/sms/")  # as Twilio calls it

# --- hand-overs ---------------------------------------------------------------------------------------
HEED_EMERGENCY_DISCLOSURE = env.flag("HEED_EMERGENCY_DISCLOSURE")
HEED_HANDOVER_WEBHOOK_URL = env.text("HEED_HANDOVER_WEBHOOK_URL")
HEED_HANDOVER_WEBHOOK_SECRET = env.secret("HEED_HANDOVER_WEBHOOK_SECRET")

# --- the queue ----------------------------------------------------------------------------------------
HEED_BROKER_URL = env.secret("HEED_BROKER_URL", "memory://localhost")

# --- logs ---------------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.text("HEED_LOG_LEVEL", "INFO").upper()},
    # These log addresses and URLs with ids in them at INFO; nothing of a person belongs in a log.
    "loggers": {
        "apprise": {"level": "CRITICAL"},
        "googleapiclient": {"level": "ERROR"},
        "google": {"level": "ERROR"},
        "httplib2": {"level": "ERROR"},
        "celery": {"level": "WARNING"},
        "kombu": {"level": "WARNING"},
        "waitress": {"level": "WARNING"},
    },
}

# --- how often ----------------------------------------------------------------------------------------
HEED_GMAIL_POLL_SECONDS = env.number("HEED_GMAIL_POLL_SECONDS", 300)
HEED_GMAIL_WATCHED_SECONDS = env.number("HEED_GMAIL_WATCHED_SECONDS", 1800)
HEED_GMAIL_TOPIC = env.text("HEED_GMAIL_TOPIC")  # projects/…/topics/…; empty: every mailbox is polled
HEED_GMAIL_SUBSCRIPTION = env.text("HEED_GMAIL_SUBSCRIPTION")
HEED_DRIVE_POLL_SECONDS = env.number("HEED_DRIVE_POLL_SECONDS", 1800)
HEED_DRIVE_SWEEP_SECONDS = env.number("HEED_DRIVE_SWEEP_SECONDS", 86_400)
HEED_CHAT_POLL_SECONDS = env.number("HEED_CHAT_POLL_SECONDS", 600)
HEED_CHAT_SWEEP_SECONDS = env.number("HEED_CHAT_SWEEP_SECONDS", 21_600)  # below a day: history may be off
HEED_IDLE_POLL_FACTOR = env.number("HEED_IDLE_POLL_FACTOR", 6)
HEED_TICK_SECONDS = env.number("HEED_TICK_SECONDS", 15)
HEED_WORKER_THREADS = env.number("HEED_WORKER_THREADS", 4)
