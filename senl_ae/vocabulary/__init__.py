"""TOML -> Items: what can be measured or recorded, and every way a site writes it."""
