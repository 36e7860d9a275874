"""A text column that is encrypted at rest."""

from typing import TYPE_CHECKING, Any

from django.db import models

from monitor.sealed.keys import seal, unseal

if TYPE_CHECKING:
    _Base = models.BinaryField[str, str]
else:
    _Base = models.BinaryField


class SealedTextField(_Base):
    """Text in Python, ciphertext in the database. It cannot be searched; pair it with a `blind_index` column."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def get_prep_value(self, value: Any) -> Any:
        """Seal on the way to the database."""
        return None if value is None else seal(str(value))

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> str | None:
        """Unseal on the way back."""
        return None if value is None else unseal(bytes(value))

    def value_to_string(self, obj: models.Model) -> str:  # noqa: ARG002 - what Django calls it with
        """Refuse: a dump would hold the text in clear."""
        message = f"{self.name} is sealed and is not serialised"
        raise TypeError(message)
