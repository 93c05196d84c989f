"""What may go wrong while deploying; each message says what to do."""


class DeploymentFailed(Exception):
    """A step was not carried out. Repeating the deployment goes on where this one ended."""
