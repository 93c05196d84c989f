"""`python -m infra.local.twilio`."""

from infra.local.twilio.app import main

if __name__ == "__main__":
    main()
