"""Google Calendar, version 3, as its API shows it."""
