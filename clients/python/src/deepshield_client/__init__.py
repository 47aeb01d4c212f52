"""Client of a DeepShield service."""

from deepshield_client.client import DeepShield
from deepshield_client.codes import Code
from deepshield_client.errors import ApiError, DeepShieldError, JobFailedError, NoAnswerError

__all__ = ["ApiError", "Code", "DeepShield", "DeepShieldError", "JobFailedError", "NoAnswerError"]
