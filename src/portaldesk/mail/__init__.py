"""Mail: what each message says, the envelope it goes in, and who carries it."""
