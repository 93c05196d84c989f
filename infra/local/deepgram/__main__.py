"""`python -m infra.local.deepgram`."""

from infra.local.deepgram.app import main

if __name__ == "__main__":
    main()
