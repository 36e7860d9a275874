"""One file for each promise of docs/promises.md, by its number and name."""
