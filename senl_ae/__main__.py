"""`python -m senl_ae` is the command line."""

from senl_ae.cli import main

main()
