"""`worker.py serve`: the console alone."""

import argparse
import logging

import waitress
from django.core.wsgi import get_wsgi_application

logger = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on; put HTTPS in front of any other")
    parser.add_argument("--port", type=int, default=8000)


def run(arguments: argparse.Namespace) -> int:
    """Serve until stopped."""
    waitress.serve(get_wsgi_application(), host=arguments.host, port=arguments.port, threads=8, ident=None, _quiet=True)
    return 0
