"""``python -m cli``: what the launcher hands over to."""

from cli.app import main

if __name__ == "__main__":
    main()
