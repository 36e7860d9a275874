"""Spanish as it is written in the United States: numbers as in English there, unlike in Spain (CLDR `es-US`)."""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
