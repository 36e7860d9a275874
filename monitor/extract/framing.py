"""How parent and child of the sandbox frame what they say to each other."""

import struct

HEADER = struct.Struct("!II")
"""Of a job: length of its description (JSON) and of its bytes. Of an answer: length of its JSON, and zero."""
