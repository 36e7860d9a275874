"""The ways in which an alert leaves. Each is a folder with a `transport.py` that has `send(AlertMessage)`."""
