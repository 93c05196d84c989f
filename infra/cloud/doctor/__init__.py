"""Looks at a configuration before it hurts. Each check asks something harmless and says what it found."""
