"""`python -m infra.local.google`."""

from infra.local.google.app import main

if __name__ == "__main__":
    main()
