"""How parent and child of the sandbox frame what they say to each other."""

import struct

HEADER = struct.Struct("!II")
"""Of a job: length of its description (JSON) and of its bytes. Of an answer: of its JSON and of the pixels."""
