"""`worker.py serve`: the console alone."""

import argparse

import waitress
from django.conf import settings
from django.core.wsgi import get_wsgi_application

# The proxy is whoever connects: behind one, nobody else can reach the port. Its two headers are believed, no other.
BEHIND_PROXY = {
    "trusted_proxy": "*",
    "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
    "clear_untrusted_proxy_headers": True,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on; put HTTPS in front of any other")
    parser.add_argument("--port", type=int, default=8000)


def run(arguments: argparse.Namespace) -> int:
    """Serve until stopped."""
    waitress.serve(
        get_wsgi_application(),
        host=arguments.host,
        port=arguments.port,
        threads=8,
        ident=None,
        _quiet=True,
        **(BEHIND_PROXY if settings.HEED_BEHIND_PROXY else {}),
    )
    return 0
