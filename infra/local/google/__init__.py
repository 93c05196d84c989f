"""The lab's Google: OAuth 2, the certificates of its OIDC tokens, Calendar v3 and Cloud Scheduler. One process."""
