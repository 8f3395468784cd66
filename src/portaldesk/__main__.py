"""`python -m portaldesk` is the command `portaldesk`."""

from portaldesk.cli.main import main

if __name__ == "__main__":
    main()
