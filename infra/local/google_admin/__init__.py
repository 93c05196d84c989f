"""Stand-in for the Google APIs that a deployment talks to."""
