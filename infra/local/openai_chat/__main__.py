"""`python -m infra.local.openai_chat`."""

from infra.local.openai_chat.app import main

if __name__ == "__main__":
    main()
