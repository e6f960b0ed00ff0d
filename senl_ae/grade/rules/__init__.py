"""TOML -> Scale -> Reading: published tables loaded, checked, and asked as masks over whole columns."""
