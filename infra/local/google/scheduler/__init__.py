"""Cloud Scheduler, version 1, for HTTP targets."""
